"""A customer paid by card and gets a part of it back; the technician may give back little, the office more."""

from __future__ import annotations

from server.cli.story.players import VISA, Json, Players, line, new, until
from tests.journeys.desk import Desk

FAILS_LATER = "4000000000005126"


def pay(street: Players, card: str, amount_minor: int = 30000) -> tuple[Json, str]:
    """Do a job that is paid by card; return its invoice and the address of the payment's refunds."""
    invoice = street.do_job("Lise Roy", "Chauffe-eau", [line("Chauffe-eau", "1", amount_minor, "none")])
    payment = street.collect(invoice, "card_reader", amount_minor)
    street.present(card)
    street.payment(payment["payment_id"], "succeeded")
    return invoice, f"/payments/{payment['payment_id']}/refunds"


def test_a_card_gets_a_part_back_and_everybody_sees_it(street: Players) -> None:
    invoice, refunds = pay(street, VISA)
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


def test_a_second_person_lets_go_what_is_above_the_limit(street: Players) -> None:
    invoice, refunds = pay(street, VISA)
    asked = {"refund_id": new("ref"), "amount_minor": 25000, "reason": "The wrong heater"}
    assert street.phone("POST", refunds, asked, status=201)["status"] == "awaiting_approval"
    assert street.invoice(invoice)["balance_minor"] == 0
    desk, here = Desk(street), f"/invoices/{invoice['invoice_id']}"
    assert "Refund to approve" in desk.read(here)
    assert "Refund to approve" not in desk.send(f"/refunds/{asked['refund_id']}/decision", on=here, decision="approve")
    until(lambda: street.phone("GET", refunds)["items"][0], lambda it: it["status"] == "succeeded", "it to go back")
    assert street.invoice(invoice)["balance_minor"] == 25000


def test_a_refund_that_the_bank_sends_back_is_paid_again_and_the_customer_is_told(street: Players) -> None:
    invoice, refunds = pay(street, FAILS_LATER)
    asked = {"refund_id": new("ref"), "amount_minor": 4000, "reason": "An hour too many"}
    assert street.phone("POST", refunds, asked, status=201)["status"] == "succeeded"
    street.wait(seconds=10)
    failed = until(
        lambda: street.phone("GET", refunds)["items"][0], lambda it: it["status"] == "failed", "the refund to fail"
    )
    assert failed["failure"]["code"] == "expired_or_canceled_card"
    assert street.invoice(invoice)["balance_minor"] == 0
    until(
        lambda: len(street.mails(street.addresses[-1])), lambda count: count == 4, "invoice, receipt, refund, failure"
    )


def test_cash_is_given_back_from_the_float_of_who_gives_it(street: Players) -> None:
    invoice = street.do_job("Lise Roy", "Prise", [line("Prise", "1", 9000, "none")])
    paid = street.collect(invoice, "cash", 9000)
    asked = {"refund_id": new("ref"), "amount_minor": 1500, "reason": "Too much"}
    back = street.phone("POST", f"/payments/{paid['payment_id']}/refunds", asked, status=201)
    assert (back["status"], street.invoice(invoice)["balance_minor"]) == ("succeeded", 1500)
