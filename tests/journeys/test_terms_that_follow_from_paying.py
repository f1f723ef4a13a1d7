"""A customer's payment bounces: no further job is booked, until the office makes an exception or they pay."""

from __future__ import annotations

from server.cli.story.players import Players, line, new, until


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
    override = {"override_id": new("ovr"), "reason": "Burst pipe", "until_on": street.now()[:10]}
    assert street.office("POST", f"/customers/{customer_id}/overrides", override, status=201)["overrides"]
    street.office("POST", "/jobs", job, status=201)
    street.office("POST", f"/customers/{customer_id}/overrides/{override['override_id']}/end")
    street.collect(invoice, "cash", 40000)
    street.wait(seconds=90)
    until(
        lambda: street.office("GET", path),
        lambda it: it["terms"]["standing"] == "ok",
        "the stop to end by itself once everything is paid",
    )
    street.office("POST", "/jobs", {**job, "job_id": new("job")}, status=201)
