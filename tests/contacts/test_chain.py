"""The log of contacts is a chain: whatever is changed in it is found, and the first wrong row is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from server.audit import operations as audit
from server.audit.queries import list_wrong_log
from server.contacts import operations, queries
from server.contacts.models import LogRow
from server.contacts.rules import BEFORE_THE_FIRST, Row, digest, first_wrong
from server.core.database import transaction
from tests.shop import Shop

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


def chain(count: int) -> list[Row]:
    rows: list[Row] = []
    before = BEFORE_THE_FIRST
    for number in range(1, count + 1):
        said: dict[str, Any] = {
            "id": number * 3,
            "sequence": number,
            "prev_hash": before,
            "kind": "message_sent",
            "customer_id": "cus_1",
            "invoice_id": None,
            "case_id": None,
            "subject_id": f"msg_{number}",
            "by": "",
            "facts": {"channel": "email", "attempt": number},
            "happened_at": NOW,
            "recorded_at": NOW,
        }
        before = digest(said)
        rows.append(Row(**said, hash=before))
    return rows


OTHER: dict[str, Any] = {
    "id": 1,
    "kind": "payment_received",
    "customer_id": None,
    "invoice_id": "inv_9",
    "case_id": "cas_9",
    "subject_id": "other",
    "by": "staff:anne",
    "facts": {"channel": "text"},
    "happened_at": NOW + timedelta(microseconds=1),
    "recorded_at": NOW - timedelta(days=1),
    "hash": "f" * 64,
    "prev_hash": "e" * 64,
    "sequence": 77,
}


@given(st.integers(1, 12), st.data())
def test_whatever_is_changed_in_any_row_is_found_and_the_row_is_named(count: int, data: st.DataObject) -> None:
    rows = chain(count)
    assert first_wrong(rows) is None
    place = data.draw(st.integers(1, count))
    field = data.draw(st.sampled_from(sorted(OTHER)))
    rows[place - 1] = replace(rows[place - 1], **{field: OTHER[field]})
    wrong = first_wrong(rows)
    assert wrong is not None
    assert wrong.sequence == place


@given(st.integers(2, 12), st.data())
def test_a_row_that_is_removed_slipped_in_or_moved_is_found(count: int, data: st.DataObject) -> None:
    rows, whole = chain(count), chain(count)
    place = data.draw(st.integers(1, count - 1))
    match data.draw(st.sampled_from(["removed", "doubled", "swapped"])):
        case "removed":
            del rows[place - 1]
        case "doubled":
            rows.insert(place - 1, rows[place - 1])
            place += 1
        case _:
            rows[place - 1], rows[place] = rows[place], rows[place - 1]
    wrong = first_wrong(rows, anchors={count: whole[-1].hash})
    assert wrong is not None
    assert wrong.sequence == place


@given(st.integers(1, 12), st.data())
def test_what_an_audit_wrote_down_finds_an_end_cut_off_and_a_chain_made_anew(count: int, data: st.DataObject) -> None:
    whole = chain(count)
    kept = data.draw(st.integers(0, count - 1))
    cut = first_wrong(whole[:kept], anchors={count: whole[-1].hash})
    assert cut is not None
    assert cut.sequence == kept + 1
    anew = first_wrong(whole, anchors={count: "d" * 64})
    assert anew is not None
    assert anew.sequence == count


def note(session: Session, subject_id: str, *, at: datetime = NOW) -> None:
    facts: dict[str, str | int | bool | None] = {
        "recipient": "zoé@exemple.example",
        "attempt": 3,
        "late": True,
        "code": None,
    }
    operations.note(session, kind="message_sent", subject_id=subject_id, customer_id="cus_1", facts=facts, now=at)


def test_rows_are_sealed_in_order_and_read_back_as_they_were_hashed(session: Session) -> None:
    for number in range(5):
        note(session, f"msg_{number}")
    assert operations.seal(session) == 5
    note(session, "msg_5")
    assert (operations.seal(session), operations.seal(session)) == (1, 0)
    session.expire_all()
    assert [row.subject_id for row in queries.stream_sealed(session)] == [f"msg_{number}" for number in range(6)]
    assert list_wrong_log(session, now=NOW) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE contact_log SET facts = '{}'",
        "UPDATE contact_log SET sequence = 9, prev_hash = 'x', hash = 'y'",
        "UPDATE contact_log SET sequence = NULL, prev_hash = NULL, hash = NULL",
        "DELETE FROM contact_log",
        "TRUNCATE contact_log",
    ],
)
def test_the_database_refuses_to_change_the_log(session: Session, change: str) -> None:
    note(session, "msg_1")
    operations.seal(session)
    with pytest.raises(DBAPIError, match="refused"):
        session.execute(text(change))


def test_a_row_is_refused_change_before_it_is_sealed_too(session: Session) -> None:
    note(session, "msg_1")
    with pytest.raises(DBAPIError, match="refused"):
        session.execute(text("UPDATE contact_log SET by = 'staff:anne'"))


def test_an_audit_names_the_row_somebody_changed_behind_the_databases_back(session: Session) -> None:
    for number in range(4):
        note(session, f"msg_{number}")
    operations.seal(session)
    audit.keep(session, findings=[], now=NOW)
    session.execute(text("ALTER TABLE contact_log DISABLE TRIGGER ALL"))
    session.execute(text("UPDATE contact_log SET facts = facts - 'attempt' WHERE sequence = 3"))
    (changed,) = list_wrong_log(session, now=NOW)
    assert (changed.check, changed.subject_id) == ("log_holds", "log 3")
    session.execute(text("DELETE FROM contact_log WHERE sequence >= 3"))
    (cut,) = list_wrong_log(session, now=NOW)
    assert (cut.subject_id, cut.found) == ("log 3", "the end of the log")


def test_an_audit_names_a_row_that_nobody_sealed(session: Session) -> None:
    note(session, "msg_1")
    assert list_wrong_log(session, now=NOW + timedelta(minutes=59)) == []
    (waits,) = list_wrong_log(session, now=NOW + timedelta(minutes=61))
    assert (waits.check, waits.found) == ("log_is_sealed", "none")


def test_money_and_messages_tell_the_log_in_their_own_transaction(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("tap")
    shop.ask("pay_1")
    with transaction() as session:
        operations.seal(session)
        rows = list(session.scalars(select(LogRow).where(LogRow.invoice_id == invoice.id).order_by(LogRow.sequence)))
        assert list_wrong_log(session, now=shop.now()) == []
    assert [row.kind for row in rows] == ["invoice_issued", "message_written", "payment_received", "message_written"]
    assert [row.facts.get("change_minor") for row in rows] == [21845, None, -21845, None]
