"""A customer adds a tip on the reader; the technician is paid it, and the invoice never sees it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import requests

from server.cli.story.players import Json, Players, line, new, until
from tests.journeys.desk import Desk


@pytest.fixture
def tipping(street: Players) -> Iterator[Players]:
    """Readers that offer ten percent."""
    street.office("PUT", "/tips/options", {"tips": {"CAD": {"percentages": [10]}}})
    yield street
    street.office("PUT", "/tips/options", {"tips": {}})


def pay_with_tip(street: Players) -> tuple[Json, str]:
    """Pay 100.00 and 10.00 beside it; return the invoice and the payment's id."""
    invoice = street.do_job("Yves Blais", "Lustre", [line("Lustre", "1", 10000, "none")])
    wanted = {"payment_id": new("pay"), "invoice_id": invoice["invoice_id"], "method": "card_reader"}
    wanted |= {"reader_id": street.world["reader_id"], "amount_minor": 10000}
    street.phone("POST", "/payments", wanted, status=201)
    street.payment(wanted["payment_id"], "waiting")
    tap = f"{street.world['sandbox']}/_sandbox/readers/{street.world['reader_id']}/tap"
    requests.post(tap, json={"tip": 1000}, timeout=30).raise_for_status()
    return invoice, wanted["payment_id"]


def row_of(street: Players) -> Json:
    """What the technician got, was paid and is owed of tips."""
    today = date.fromisoformat(street.now()[:10])
    span = f"from={today - timedelta(days=1)}&to={today + timedelta(days=1)}"
    rows = street.office("GET", f"/tips?{span}")["items"]
    none = dict.fromkeys(("received_minor", "given_back_minor", "paid_out_minor", "held_minor"), 0)
    return next((row for row in rows if row["technician_id"] == street.world["technician"]["id"]), none)


def change(street: Players, before: Json) -> tuple[int, ...]:
    after = row_of(street)
    names = ("received_minor", "given_back_minor", "paid_out_minor", "held_minor")
    return tuple(after[name] - before[name] for name in names)


def test_a_tip_goes_to_the_technician(tipping: Players) -> None:
    before = row_of(tipping)
    invoice, payment_id = pay_with_tip(tipping)
    paid = tipping.payment(payment_id, "succeeded")
    assert (paid["amount_minor"], paid["tip_minor"]) == (10000, 1000)
    tipping.must_be_paid(invoice)
    receipt = tipping.phone("GET", f"/payments/{payment_id}/receipt")
    assert (receipt["amount_minor"], receipt["tip_minor"], receipt["total_minor"]) == (10000, 1000, 11000)
    payout = {"tip_payout_id": new("tip"), "technician_id": tipping.world["technician"]["id"], "amount_minor": 1000}
    payout |= {"currency": "CAD", "method": "cash"}
    for _twice in range(2):
        tipping.office("POST", "/tips/payouts", payout, status=201)
    assert change(tipping, before) == (1000, 0, 1000, 0)


def test_a_tip_typed_wrong_goes_back_and_the_invoice_stays_paid(tipping: Players) -> None:
    before = row_of(tipping)
    invoice, payment_id = pay_with_tip(tipping)
    tipping.payment(payment_id, "succeeded")
    refund = {"refund_id": new("ref"), "amount_minor": 1000, "tip_minor": 1000, "reason": "Tip typed wrong"}
    tipping.office("POST", f"/payments/{payment_id}/refunds", refund, status=201)
    assert change(tipping, before) == (1000, 1000, 0, 0)
    tipping.must_be_paid(invoice)


def test_a_tip_on_a_held_amount_is_captured_with_it(tipping: Players) -> None:
    before, desk = row_of(tipping), Desk(tipping)
    desk.send("/settings/capture", on="/settings", capture_later="on")
    try:
        invoice, payment_id = pay_with_tip(tipping)
    finally:
        desk.send("/settings/capture", on="/settings")
    until(lambda: tipping.payment(payment_id, "processing"), lambda it: bool(it["capture_before"]), "the card to hold")
    tipping.office("POST", f"/payments/{payment_id}/capture", {})
    paid = tipping.payment(payment_id, "succeeded")
    assert (paid["amount_minor"], paid["tip_minor"]) == (10000, 1000)
    tipping.must_be_paid(invoice)
    assert change(tipping, before) == (1000, 0, 0, 1000)


def test_the_desk_offers_tips_and_pays_them_out(street: Players) -> None:
    desk = Desk(street)
    desk.send("/settings/tips", on="/settings", offer_tips="on", tip_kind="percentages", tip=["10", "", ""])
    before = row_of(street)
    _, payment_id = pay_with_tip(street)
    street.payment(payment_id, "succeeded")
    page = desk.read("/tips")
    who = {name: desk.hidden(page, name) for name in ("tip_payout_id", "technician_id", "currency")}
    done = desk.send("/tips/payouts", on="/tips", **who, amount="10.00", method="bank_transfer", reference="Pay 7")
    assert ("The payout is written down" in done, "Pay 7" in done) == (True, True)
    assert change(street, before) == (1000, 0, 1000, 0)
    desk.send("/settings/tips", on="/settings", tip_kind="percentages")
