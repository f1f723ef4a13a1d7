"""A customer's payment bounces: no further job is booked, until the office makes an exception or they pay."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from server.cli.story.players import Players, line, new, until
from tests.journeys.desk import Desk


def day(street: Players) -> str:
    """Today, by the business's clocks."""
    return datetime.fromisoformat(street.now()).astimezone(ZoneInfo("America/Toronto")).date().isoformat()


def test_a_bounced_cheque_stops_bookings_until_an_exception_or_payment(street: Players) -> None:
    invoice = street.do_job("Omer Roy", "Fuite", [line("Réparation", "1", 40000, "none")])
    customer_id = invoice["customer_id"]
    cheque = {"payment_id": new("pay"), "invoice_id": invoice["invoice_id"], "method": "cheque"}
    street.office("POST", "/payments", {**cheque, "amount_minor": 40000, "reference": "881"}, status=201)
    bounced = {"reversal_id": new("rev"), "reason": "No funds", "fee_minor": 0}
    street.office("POST", f"/payments/{cheque['payment_id']}/reversal", bounced)
    street.wait(days=1)
    path = f"/customers/{customer_id}/standing"
    known = until(lambda: street.office("GET", path), lambda it: it["risk_class"] == "high", "the nightly review")
    assert known["terms"]["do_not_book"] is True
    assert "a payment bounced" in known["explanation"]
    job = {"job_id": new("job"), "customer_id": customer_id, "title": "Robinet", "scheduled_at": street.now()}
    refusal = street.send("POST", "/jobs", job, street.world["api_key"])
    assert (refusal.status_code, refusal.json()["code"]) == (409, "do_not_book")
    counted = street.office("GET", "/reports/conduct")["overrides"]
    desk, here = Desk(street, "clerk"), f"/customers/{customer_id}/standing"
    override_id = desk.hidden(desk.read(here), "override_id")
    desk.send(
        f"/customers/{customer_id}/overrides",
        on=here,
        override_id=override_id,
        reason="Burst pipe",
        until_on=day(street),
    )
    (made,) = street.office("GET", path)["overrides"]
    assert (made["reason"], made["until_on"]) == ("Burst pipe", day(street))
    assert street.office("GET", "/reports/conduct")["overrides"] == counted + 1
    street.office("POST", "/jobs", job, status=201)
    desk.send(f"/customers/{customer_id}/overrides/{override_id}/end", on=here)
    assert "Simon Roy" in desk.read(here)
    again = street.send("POST", "/jobs", {**job, "job_id": new("job")}, street.world["api_key"])
    assert again.json()["code"] == "do_not_book"
    street.collect(invoice, "cash", 40000)
    street.wait(seconds=90)
    until(
        lambda: street.office("GET", path),
        lambda it: it["terms"]["standing"] == "ok",
        "the stop to end by itself once everything is paid",
    )
    street.office("POST", "/jobs", {**job, "job_id": new("job")}, status=201)
