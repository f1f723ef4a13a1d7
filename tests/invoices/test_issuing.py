"""Issuing: everything that must be on an invoice, numbers without gaps, a text that never changes."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from server.business import queries as business
from server.core import config
from server.core.database import transaction
from server.invoices import operations, queries
from server.invoices.models import MUTABLE, Invoice
from server.invoices.operations import InvoiceIncomplete
from server.invoices.rules import Status
from server.jobs import operations as jobs
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from tests import quebec
from tests.quebec import NOW


def done(session: Session, number: int = 1, **said: Any) -> Invoice:
    """Plan a job, complete it, issue its invoice."""
    planned = quebec.plan_job(session, f"job_{number}", **said)
    job, _ = jobs.complete(session, job_id=planned.id, completion_id=f"cmp_{number}", completed_at=NOW, now=NOW)
    return operations.issue(session, job=job, invoice_id=f"inv_{number}", now=NOW)


@pytest.fixture
def trade(session: Session) -> Session:
    quebec.open_business(session)
    quebec.add_customer(session)
    return session


def test_the_invoice_says_who_what_how_much_and_until_when(trade: Session) -> None:
    invoice = done(trade, po_number="PO-7")
    assert (invoice.number, invoice.issued_on, invoice.due_on) == ("F-000001", date(2026, 3, 2), date(2026, 4, 1))
    assert (invoice.subtotal_minor, invoice.total_minor) == (19000, 21845)
    assert [(tax["name"], tax["amount_minor"]) for tax in invoice.taxes] == [("TPS", 950), ("TVQ", 1895)]
    assert invoice.seller["tax_ids"][0]["number"] == "123456789 RT0001"
    assert (invoice.buyer["name"], invoice.po_number, invoice.language) == ("Marie Tremblay", "PO-7", "fr")


def test_the_balance_is_the_ledgers(trade: Session) -> None:
    invoice = done(trade)
    assert queries.balance_of(trade, invoice) == 21845
    assert queries.balance_of(trade, invoice, at=NOW.replace(year=2025)) == 0


def test_each_tax_has_one_account_whatever_the_language_of_the_invoice(trade: Session) -> None:
    quebec.add_customer(trade, "cus_2", language="en")
    done(trade, 1)
    done(trade, 2, customer_id="cus_2")
    owed = {account: ledger.balance_of(trade, Kind.TAX, account, "CAD") for account in ("GST", "QST")}
    assert owed == {"GST": 1900, "QST": 3790}


def test_an_invoice_that_lacks_something_is_refused_with_the_list(trade: Session) -> None:
    profile = business.get_profile(trade)
    profile.line1, profile.tax_ids = None, []
    with pytest.raises(InvoiceIncomplete) as refused:
        done(trade)
    assert refused.value.facts["missing"] == ["line1", "tax_ids"]


def test_a_job_without_lines_is_not_invoiced(trade: Session) -> None:
    with pytest.raises(InvoiceIncomplete) as refused:
        done(trade, lines=[])
    assert refused.value.facts["missing"] == ["lines"]


def test_an_invoice_of_nothing_is_paid_at_once(trade: Session) -> None:
    assert done(trade, lines=[quebec.line(unit_price_minor=0)]).status is Status.PAID


def test_the_database_refuses_to_change_an_invoice(trade: Session) -> None:
    done(trade)
    with pytest.raises(DBAPIError, match="only status may change"):
        trade.execute(text("UPDATE invoices SET total_minor = 1"))


def test_the_database_refuses_to_delete_an_invoice(trade: Session) -> None:
    done(trade)
    with pytest.raises(DBAPIError, match="append-only"):
        trade.execute(text("DELETE FROM invoices"))


def test_only_the_status_may_change() -> None:
    assert MUTABLE == ("status",)


def test_a_currency_without_decimals_is_invoiced_in_whole_units(trade: Session) -> None:
    invoice = done(trade, currency="JPY", lines=[quebec.line(quantity="1.5", unit_price_minor=333, tax_code="none")])
    assert (invoice.currency, invoice.total_minor) == ("JPY", 500)


def test_fifty_at_once_leave_no_gap_and_no_number_twice_though_some_roll_back(product: config.Config) -> None:
    with transaction() as session:
        quebec.open_business(session)
        quebec.add_customer(session)
    gate = threading.Barrier(50)

    def issue(number: int) -> None:
        gate.wait()
        try:
            with transaction() as session:
                done(session, number)
                if number % 5 == 0:
                    raise ConnectionAbortedError
        except ConnectionAbortedError:
            pass

    threads = [threading.Thread(target=issue, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction() as session:
        numbers = sorted(session.scalars(text("SELECT number FROM invoices")))
        owed = session.scalar(
            text("SELECT count(*) FROM ledger_accounts WHERE kind = :kind"), {"kind": Kind.RECEIVABLE}
        )
    assert numbers == [f"F-{n:06d}" for n in range(1, 41)]
    assert owed == 40
