"""The office asks what ever happened at Stripe for an invoice: everything is named, and the sums agree."""

from __future__ import annotations

from server.cli.story.players import DECLINED_CARD, VISA, Players, line, new


def test_the_office_proves_an_invoice_and_the_technician_may_not(street: Players) -> None:
    invoice = street.do_job("Luce Roy", "Robinet", [line("Robinet", "1", 40000, "none")])
    _, session_id = street.open_checkout(invoice["pay_url"])
    declined = street.collect(invoice, "card_reader", 30000)
    street.present(DECLINED_CARD)
    street.payment(declined["payment_id"], "failed")
    paid = street.collect(invoice, "card_reader", 30000)
    street.present(VISA)
    street.payment(paid["payment_id"], "succeeded")
    asked = {"refund_id": new("ref"), "amount_minor": 5000, "reason": "An hour too many"}
    street.phone("POST", f"/payments/{paid['payment_id']}/refunds", asked, status=201)
    proof = street.office("GET", f"/invoices/{invoice['invoice_id']}/proof")
    assert [each["payment_ids"] for each in proof["intents"]] == [[declined["payment_id"], paid["payment_id"]]]
    assert [(each["session_id"], each["status"]) for each in proof["sessions"]] == [(session_id, "expired")]
    assert [each["refund_id"] for each in proof["refunds"]] == [asked["refund_id"]]
    assert (proof["captured_minor"], proof["refunded_minor"], proof["ledger_minor"]) == (30000, 5000, 25000)
    assert proof["agrees"] is True
    path = f"/invoices/{invoice['invoice_id']}/proof"
    assert street.send("GET", path, None, street.phone_token).status_code == 403
