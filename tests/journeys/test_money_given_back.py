"""A customer paid by card and gets a part of it back; the technician may give back little, the office more."""

from __future__ import annotations

from server.cli.story.players import VISA, Players, line, new


def test_a_card_gets_a_part_back_and_everybody_sees_it(street: Players) -> None:
    invoice = street.do_job("Lise Roy", "Chauffe-eau", [line("Chauffe-eau", "1", 30000, "none")])
    payment = street.collect(invoice, "card_reader", 30000)
    street.present(VISA)
    street.payment(payment["payment_id"], "succeeded")
    refunds = f"/payments/{payment['payment_id']}/refunds"
    asked = {"refund_id": new("ref"), "amount_minor": 5000, "reason": "An hour too many"}
    back = street.phone("POST", refunds, asked, status=201)
    assert (back["status"], back["invoice_id"]) == ("succeeded", invoice["invoice_id"])
    again = street.phone("POST", refunds, asked, status=201)
    assert again == back
    assert street.invoice(invoice)["balance_minor"] == 5000
    too_much = street.phone("POST", refunds, {**asked, "refund_id": new("ref"), "amount_minor": 20000}, status=201)
    assert too_much["status"] == "awaiting_approval"
    assert street.send("POST", f"/refunds/{too_much['refund_id']}/approval", {}, street.phone_token).status_code == 403
    listed = street.office("GET", refunds)["items"]
    assert [refund["status"] for refund in listed] == ["awaiting_approval", "succeeded"]
