"""A cheque bounces: the office takes it back with a reason, the customer is told and pays another way."""

from __future__ import annotations

from server.cli.story.players import Players, line, new, understood, until


def test_a_bounced_cheque_is_owed_again_and_paid_in_cash(street: Players) -> None:
    invoice = street.do_job("Paul Fortin", "Prises", [line("Prises", "1", 20000, "none")])
    paid = {"payment_id": new("pay"), "invoice_id": invoice["invoice_id"], "method": "cheque", "amount_minor": 20000}
    payment = street.phone("POST", "/payments", {**paid, "reference": "0042"}, status=201)
    street.must_be_paid(invoice)
    reversal = f"/payments/{payment['payment_id']}/reversal"
    bounced = {"reversal_id": new("rev"), "reason": "Sans provision", "fee_minor": 4500}
    assert street.send("POST", reversal, bounced, street.phone_token).status_code == 403
    first = street.office("POST", reversal, bounced, status=201)
    assert street.office("POST", reversal, bounced, status=201) == first
    assert (first["status"], first["reversal_reason"], first["balance_minor"]) == ("succeeded", "Sans provision", 20000)
    assert (
        street.send("POST", reversal, {**bounced, "reversal_id": new("rev")}, street.world["api_key"]).status_code
        == 409
    )
    assert (street.invoice(invoice)["status"], street.invoice(invoice)["balance_minor"]) == ("issued", 20000)
    mails = until(
        lambda: street.mails(street.addresses[-1]),
        lambda found: any("pas passé" in mail["subject"] for mail in found),
        "the mail that tells of it",
    )
    assert sum("pas passé" in mail["subject"] for mail in mails) == 1
    back = {"refund_id": new("ref"), "amount_minor": 100, "reason": "No"}
    refused = street.send("POST", f"/payments/{payment['payment_id']}/refunds", back, street.world["api_key"])
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_refund")
    understood(street.attempt(invoice, "cash", 20000), 201)
    street.must_be_paid(invoice)
