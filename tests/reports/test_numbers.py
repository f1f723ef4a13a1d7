"""Numbers of real books: they equal the ledger on every day, and nothing that came later changes them."""

from __future__ import annotations

import csv
import io
import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from server.access import operations as access
from server.core import clock, database
from server.core.database import transaction
from server.invoices import operations as invoicing
from server.invoices import queries as invoice_queries
from server.invoices.models import Invoice
from server.ledger.rules import Kind
from server.payments.rules import Method
from server.reports import queries
from server.reports.queries import DayToCome
from tests.payments import test_deposits as deposits
from tests.shop import Shop

ZONE = "America/Toronto"


def today() -> date:
    return clock.local_date(clock.now(), ZONE)


def pay(shop: Shop, invoice: Invoice, amount_minor: int = Shop.TOTAL) -> None:
    shop.collect(invoice, f"pay_{invoice.id}_{amount_minor}", method=Method.CASH, amount_minor=amount_minor)


def aging(on: date) -> dict[str, int]:
    with transaction() as session:
        found = queries.aging(session, on=on, time_zone=ZONE, today=today())
    return {bucket.value: minor for bucket, minor in found[0].buckets.items() if minor} if found else {}


@pytest.fixture
def desk(app: Flask, shop: Shop) -> FlaskClient:
    """The office's key, sent with every request."""
    with transaction() as session:
        _, key = access.create_api_key(session, name="Office", now=shop.now())
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


def test_what_is_open_grows_old_and_a_past_day_stays_as_it_was(shop: Shop) -> None:
    first_day = today()
    invoice = shop.invoice()
    assert aging(first_day) == {"current": Shop.TOTAL}
    shop.pass_time(days=31)
    assert aging(today()) == {"up_to_30": Shop.TOTAL}
    pay(shop, invoice, 10000)
    shop.pass_time(days=60)
    assert aging(today()) == {"up_to_90": Shop.TOTAL - 10000}
    pay(shop, invoice, Shop.TOTAL - 10000)
    assert aging(today()) == {}
    assert aging(first_day) == {"current": Shop.TOTAL}
    assert aging(first_day + timedelta(days=31)) == {"up_to_30": Shop.TOTAL - 10000}


@pytest.mark.parametrize("seed", range(3))
def test_on_every_day_of_a_made_up_half_year_the_aging_equals_the_ledger(shop: Shop, seed: int) -> None:
    chance = random.Random(seed)
    opened: list[Invoice] = []
    held: dict[date, int] = {}
    for number in range(20):
        if chance.random() < 0.6:
            opened.append(shop.invoice())
        for invoice in list(opened):
            if chance.random() < 0.3:
                part = chance.choice([Shop.TOTAL, 5000])
                amount_minor = min(part, shop.balance(invoice))
                shop.collect(invoice, f"pay_{number}_{invoice.id}", method=Method.CASH, amount_minor=amount_minor)
                if shop.balance(invoice) == 0:
                    opened.remove(invoice)
        held[today()] = shop.books(Kind.RECEIVABLE)
        shop.pass_time(days=chance.randrange(1, 20))
    assert {day: sum(aging(day).values()) for day in held} == held


def test_numbers_of_a_small_business_are_those_worked_out_by_hand(shop: Shop) -> None:
    paid_on_site, paid_later, never = shop.invoice(), shop.invoice(), shop.invoice()
    pay(shop, paid_on_site)
    shop.pass_time(days=40)
    pay(shop, paid_later)
    with transaction() as session:
        (found,) = queries.numbers(session, on=today(), time_zone=ZONE, today=today())
    assert (found.invoiced_minor, found.on_site_minor, found.on_site_percent) == (
        3 * Shop.TOTAL,
        Shop.TOTAL,
        Decimal("33.3"),
    )
    assert found.dso_days == Decimal("45.0")
    assert found.dso_all_sales_days == Decimal("30.0")
    assert found.best_possible_dso_days == Decimal("0.0")
    assert found.average_days_delinquent == Decimal("45.0")
    assert found.dso_true_days == Decimal("26.7")
    assert found.effectiveness_percent == Decimal("50.0")
    assert found.expected_recovery_minor + found.provision_minor == shop.balance(never)


def test_money_given_back_is_open_again_from_that_day(shop: Shop) -> None:
    first_day = today()
    invoice = shop.invoice()
    pay(shop, invoice)
    shop.pass_time(days=10)
    shop.refund(f"pay_{invoice.id}_{Shop.TOTAL}", "ref_1", 5000)
    assert (aging(first_day), aging(today())) == ({}, {"current": 5000})


def test_the_number_of_questions_does_not_grow_with_the_number_of_invoices(shop: Shop) -> None:
    def asked() -> int:
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            seen.append(statement)

        event.listen(database.engine(), "before_cursor_execute", note)
        with transaction() as session:
            queries.numbers(session, on=today(), time_zone=ZONE, today=today())
        event.remove(database.engine(), "before_cursor_execute", note)
        return len(seen)

    shop.invoice()
    few = asked()
    for _ in range(4):
        shop.invoice()
    assert asked() == few <= 10


def test_the_wire_tells_the_numbers_and_refuses_a_day_to_come(desk: FlaskClient, shop: Shop) -> None:
    invoice = shop.invoice()
    told = desk.get("/api/v1/reports/numbers").get_json()
    assert told["items"][0]["aging"]["total_minor"] == Shop.TOTAL
    assert told["items"][0]["dso_days"] == "90.0"
    assert "ABC-Amega" in told["curve_source"]
    rows = list(csv.reader(io.StringIO(desk.get("/api/v1/reports/aging.csv").text)))
    assert rows[1][0] == invoice.number
    assert rows[1][-3:] == ["current", "218.45", "0.00"]
    refused = desk.get(f"/api/v1/reports/aging?on={today() + timedelta(days=1)}")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "day_to_come")
    with pytest.raises(DayToCome), transaction() as session:
        queries.aging(session, on=today() + timedelta(days=1), time_zone=ZONE, today=today())


def test_a_deposit_is_no_sale_beside_the_invoice_of_the_work(shop: Shop) -> None:
    deposits.plan(shop)
    deposits.pay(shop, deposits.ask(shop, 1), "pay_deposit")
    final = deposits.finish(shop)
    deposits.pay(shop, final, "pay_rest", amount_minor=shop.balance(final))
    with transaction() as session:
        [found] = queries.numbers(session, on=today(), time_zone=ZONE, today=today())
    assert (found.invoiced_minor, found.on_site_minor) == (Shop.TOTAL, Shop.TOTAL)


def test_what_is_taken_off_or_let_go_is_paid_by_nobody(shop: Shop) -> None:
    credited, kept = shop.invoice(), shop.invoice()
    credit(shop, credited, Shop.TOTAL)
    pay(shop, kept)
    assert figures() == (2 * Shop.TOTAL, Shop.TOTAL, Decimal("0.0"), Decimal("-30.0"))
    shop.pass_time(days=40)
    credit(shop, shop.invoice(), Shop.TOTAL)
    assert figures() == (3 * Shop.TOTAL, Shop.TOTAL, Decimal("0.0"), Decimal("-30.0"))
    credit(shop, kept, 10000, paid_minor=10000)  # what was paid of it is the customer's credit, and was paid that day
    assert figures() == (3 * Shop.TOTAL, Shop.TOTAL, Decimal("0.0"), Decimal("-30.0"))
    late = shop.invoice()
    shop.pass_time(days=40)
    credit(shop, late, Shop.TOTAL)
    with transaction() as session:
        assert queries.conduct(session, on=today(), time_zone=ZONE, today=today()).late_received_minor == 0


def credit(shop: Shop, invoice: Invoice, amount_minor: int, *, paid_minor: int = 0) -> None:
    said: dict[str, Any] = {"credit_note_id": f"crn_{invoice.id}", "reason": None, "now": shop.now()}
    with transaction() as session:
        locked = invoice_queries.get_invoice(session, invoice.id, lock=True)
        invoicing.credit(session, locked, amount_minor=amount_minor, paid_minor=paid_minor, **said)


def figures() -> tuple[int, int, Decimal | None, Decimal | None]:
    with transaction() as session:
        [found] = queries.numbers(session, on=today(), time_zone=ZONE, today=today())
    return found.invoiced_minor, found.on_site_minor, found.dso_true_days, found.weighted_delay_days
