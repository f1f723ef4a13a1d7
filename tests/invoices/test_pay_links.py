"""Pay links: the same on every reprint, useless to whoever stole the database, ended at will."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from server.contacts.models import LogRow
from server.core.database import Base
from server.invoices import operations, queries, rules
from server.invoices.models import Invoice
from server.invoices.queries import LinkDead
from server.invoices.rules import Subject
from server.messages.models import Message
from tests import quebec
from tests.invoices.test_issuing import done

ANNE = "staff:anne"


@pytest.fixture
def invoice(session: Session) -> Invoice:
    quebec.open_business(session)
    quebec.add_customer(session)
    return done(session)


def token(session: Session, invoice: Invoice) -> str:
    return queries.pay_urls(session, Subject.INVOICE, [invoice.id])[invoice.id].rsplit("/", 1)[1]


def test_every_reprint_shows_the_same_link(session: Session, invoice: Invoice) -> None:
    assert token(session, invoice) == token(session, invoice)
    assert queries.get_link(session, token(session, invoice)).subject_id == invoice.id


def test_a_link_has_at_least_128_bits(session: Session, invoice: Invoice) -> None:
    assert len(token(session, invoice)) * 5 >= 128


def test_no_row_of_any_table_holds_a_working_link(session: Session, invoice: Invoice) -> None:
    live = token(session, invoice).encode()
    message = session.scalars(select(Message)).one()
    assert live in message.html.encode(), "the customer's own copy has it"
    for table in Base.metadata.sorted_tables:
        for row in session.execute(text(f"SELECT row_to_json(t)::text, t::text FROM {table.name} t")):
            for column in row:
                seen = column.encode()
                assert live not in seen, table.name
                assert live.hex().encode() not in seen, table.name


def test_links_follow_from_a_key_that_is_not_in_the_database(session: Session, invoice: Invoice) -> None:
    live = token(session, invoice)
    assert rules.link_token("another key of 32 characters and more", Subject.INVOICE, invoice.id, 1) != live


def test_renewing_ends_the_link_before(session: Session, invoice: Invoice) -> None:
    before = token(session, invoice)
    operations.renew_link(session, subject=Subject.INVOICE, subject_id=invoice.id, by=ANNE, now=quebec.NOW)
    session.flush()
    assert queries.get_link(session, token(session, invoice)).subject_id == invoice.id
    with pytest.raises(LinkDead):
        queries.get_link(session, before)


def test_a_revoked_link_opens_nothing_and_is_shown_nowhere(session: Session, invoice: Invoice) -> None:
    before = token(session, invoice)
    operations.revoke_link(session, subject=Subject.INVOICE, subject_id=invoice.id, by=ANNE, now=quebec.NOW)
    session.flush()
    assert queries.pay_urls(session, Subject.INVOICE, [invoice.id]) == {}
    with pytest.raises(LinkDead):
        queries.get_link(session, before)


def test_opening_a_link_again_does_not_revive_a_revoked_one(session: Session, invoice: Invoice) -> None:
    operations.revoke_link(session, subject=Subject.INVOICE, subject_id=invoice.id, by=ANNE, now=quebec.NOW)
    session.flush()
    operations.open_link(session, subject=Subject.INVOICE, subject_id=invoice.id)
    assert queries.pay_urls(session, Subject.INVOICE, [invoice.id]) == {}


def noted(session: Session) -> list[tuple[str, str, str | None, str | None, dict[str, str]]]:
    """Return what the log tells of links: what, by whom, of which customer and invoice, and the facts."""
    rows = session.scalars(select(LogRow).where(LogRow.kind.startswith("link_")).order_by(LogRow.id))
    return [(row.kind, row.by, row.customer_id, row.invoice_id, row.facts) for row in rows]


def test_the_log_tells_who_renewed_or_revoked_which_link_and_tells_it_once(session: Session, invoice: Invoice) -> None:
    customer_id = invoice.customer_id
    operations.open_link(session, subject=Subject.CUSTOMER, subject_id=customer_id)
    operations.renew_link(session, subject=Subject.INVOICE, subject_id=invoice.id, by=ANNE, now=quebec.NOW)
    for _ in range(2):
        operations.revoke_link(session, subject=Subject.CUSTOMER, subject_id=customer_id, by=ANNE, now=quebec.NOW)
    of_one = {"link_to": "invoice", "number": invoice.number}
    assert noted(session) == [
        ("link_renewed", ANNE, customer_id, invoice.id, of_one),
        ("link_revoked", ANNE, customer_id, None, {"link_to": "customer"}),
    ]
