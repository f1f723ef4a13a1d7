"""A customer adds a tip on the reader; the technician is paid it, and the invoice never sees it."""

from __future__ import annotations

from datetime import date, timedelta

import requests

from server.cli.story.players import Players, line, new


def test_a_tip_goes_to_the_technician(street: Players) -> None:
    street.office("PUT", "/tips/options", {"tips": {"CAD": {"percentages": [10]}}})
    try:
        invoice = street.do_job("Yves Blais", "Lustre", [line("Lustre", "1", 10000, "none")])
        payment = street.collect(invoice, "card_reader", 10000)
        street.payment(payment["payment_id"], "waiting")
        tap = f"{street.world['sandbox']}/_sandbox/readers/{street.world['reader_id']}/tap"
        requests.post(tap, json={"tip": 1000}, timeout=30).raise_for_status()
        paid = street.payment(payment["payment_id"], "succeeded")
        assert (paid["amount_minor"], paid["tip_minor"]) == (10000, 1000)
        street.must_be_paid(invoice)
    finally:
        street.office("PUT", "/tips/options", {"tips": {}})
    today = date.fromisoformat(street.now()[:10])
    span = f"from={today - timedelta(days=1)}&to={today + timedelta(days=1)}"
    technician_id = street.world["technician"]["id"]
    payout = {"tip_payout_id": new("tip"), "technician_id": technician_id, "amount_minor": 1000}
    payout |= {"currency": "CAD", "method": "cash"}
    street.office("POST", "/tips/payouts", payout, status=201)
    rows = street.office("GET", f"/tips?{span}")["items"]
    mine = next(row for row in rows if row["technician_id"] == technician_id)
    assert (mine["received_minor"], mine["paid_out_minor"], mine["held_minor"]) == (1000, 1000, 0)
