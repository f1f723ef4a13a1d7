"""Interac at the door, and its money back at the reader."""

from __future__ import annotations

from server.cli.story.players import Players, line, new, until

INTERAC = "4506445006931933"


def test_interac_is_paid_and_given_back_to_the_same_card(street: Players) -> None:
    invoice = street.do_job("Marc Lavoie", "Robinet", [line("Robinet", "1", 12000, "none")])
    paying = street.collect(invoice, "card_reader", 12000)
    street.present(INTERAC)
    assert street.payment(paying["payment_id"], "succeeded")["card_kind"] == "interac_present"
    street.must_be_paid(invoice)

    wanted = {"refund_id": new("ref"), "amount_minor": 2000, "reason": "Trop"}
    path = f"/payments/{paying['payment_id']}/refunds"
    refused = street.send("POST", path, wanted, street.phone_token)
    assert (refused.status_code, refused.json()["code"]) == (422, "reader_needed")
    wanted |= {"reader_id": street.world["reader_id"]}
    assert street.phone("POST", path, wanted, status=201)["status"] == "waiting"
    street.present(INTERAC)
    until(
        lambda: street.phone("GET", path)["items"][0]["status"],
        lambda status: status == "succeeded",
        "the refund to be given back",
    )
    assert street.invoice(invoice)["balance_minor"] == 2000


def test_a_refund_nobody_comes_for_is_taken_off_the_reader(street: Players) -> None:
    invoice = street.do_job("Luce Roy", "Robinet", [line("Robinet", "1", 12000, "none")])
    paying = street.collect(invoice, "card_reader", 12000)
    street.present(INTERAC)
    street.payment(paying["payment_id"], "succeeded")
    said = {"refund_id": new("ref"), "amount_minor": 2000, "reason": "Trop", "reader_id": street.world["reader_id"]}
    street.phone("POST", f"/payments/{paying['payment_id']}/refunds", said, status=201)
    canceled = street.phone("POST", f"/refunds/{said['refund_id']}/cancellation")
    assert (canceled["status"], canceled["failure"]["code"]) == ("canceled", "canceled")
    assert street.invoice(invoice)["balance_minor"] == 0
