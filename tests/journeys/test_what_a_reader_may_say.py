"""Everything that may go wrong at the reader, one after the other on one invoice, until a card pays it once."""

from __future__ import annotations

import requests

from server.cli.story.players import DECLINED_CARD, VISA, Json, Players, line, until
from tests.journeys.desk import Desk

# What happens: a button of the reader, a fault of one call or a card; then the code, and what the phone reads.
WRONG: list[tuple[str, str, str, str, str]] = [
    ("card", DECLINED_CARD, "generic_decline", "The card was declined.", "La carte a été refusée."),
    ("press", "wrong_pin", "incorrect_pin", "The PIN was wrong.", "Le NIP est erroné."),
    ("press", "expire", "expired_card", "The card has expired.", "La carte est expirée."),
    ("press", "cancel", "customer_canceled", "The customer canceled on the reader.", "Le client a annulé"),
    ("press", "pull", "card_removed", "The card was taken out too early.", "La carte a été retirée trop tôt."),
    ("press", "replace", "reader_replaced", "The reader went on to something else.", "Le lecteur est passé à"),
    ("fault", "reader_busy", "terminal_reader_busy", "The reader is busy", "Le lecteur est occupé"),
    ("fault", "reader_offline", "terminal_reader_offline", "The reader is offline.", "Le lecteur est hors ligne."),
    ("fault", "error_429", "stripe_busy", "The card service is busy.", "Le service de cartes est"),
]


def press(street: Players, button: str) -> None:
    street.sandbox(f"readers/{street.world['reader_id']}/{button}", {})


def read(street: Players, payment_id: str, language: str) -> Json:
    """Read a payment on a phone in a language."""
    address = f"{street.world['web']}/api/v1/payments/{payment_id}"
    headers = {"Authorization": f"Bearer {street.phone_token}", "Accept-Language": language}
    found: Json = requests.get(address, headers=headers, timeout=30).json()
    return found


def test_each_is_told_in_both_languages_and_the_invoice_is_paid_once_in_the_end(street: Players) -> None:
    invoice = street.do_job("Paul Roy", "Prise", [line("Prise", "1", 9000, "none")])
    before = street.captured_minor()
    for kind, what, code, english, french in WRONG:
        if kind == "fault":
            street.sandbox("faults", [{"kind": what, "path": "*/process_payment_intent"}])
        payment_id = street.collect(invoice, "card_reader", 9000)["payment_id"]
        if kind == "press":
            press(street, what)
        elif kind == "card":
            street.present(what)
        street.payment(payment_id, "failed", "canceled")
        said = [read(street, payment_id, language)["failure"] for language in ("en", "fr")]
        assert [each["code"] for each in said] == [code, code]
        assert said[0]["message"].startswith(english)
        assert said[1]["message"].startswith(french), said[1]
        assert all(each["what_to_do"] for each in said)
    street.collect(invoice, "card_reader", 9000)
    street.present(VISA)
    street.must_be_paid(invoice)
    assert street.captured_minor() - before == 9000


def test_a_reader_that_is_stuck_is_checked_and_given_up_by_who_began(street: Players) -> None:
    invoice = street.do_job("Paul Roy", "Prise", [line("Prise", "1", 9000, "none")])
    payment_id = street.collect(invoice, "card_reader", 9000)["payment_id"]
    press(street, "freeze")
    assert street.phone("POST", f"/payments/{payment_id}/check")["status"] == "waiting"
    reader = f"/readers/{street.world['reader_id']}"
    assert street.phone("GET", reader)["doing"]["code"] == "collecting"
    street.give_up(payment_id)
    assert street.phone("GET", reader)["doing"]["code"] == "ready"


def test_an_answer_that_is_lost_stops_every_other_way_until_stripe_is_asked(street: Players) -> None:
    invoice = street.do_job("Paul Roy", "Prise", [line("Prise", "1", 9000, "none")])
    lost = {"kind": "drop_after", "method": "POST", "path": "*/process_payment_intent", "times": 3}
    street.sandbox("faults", [lost, {"kind": "webhook_lost", "event": "*", "times": 50}])
    payment = street.collect(invoice, "card_reader", 9000)
    assert (payment["status"], payment["failure"]) == ("unknown", None)
    street.present(VISA)
    assert street.attempt(invoice, "card_reader", 9000).json()["code"] == "payment_outcome_unknown"
    assert street.attempt(invoice, "pay_link", 9000).json()["code"] == "payment_outcome_unknown"
    assert street.attempt(invoice, "cash", 9000).json()["code"] == "payment_outcome_unknown"
    page = requests.get(invoice["pay_url"], headers={"Accept-Language": "fr"}, timeout=30).text
    assert '/checkout"' not in page
    street.forget_faults()
    checked = street.phone("POST", f"/payments/{payment['payment_id']}/check")
    assert (checked["status"], checked["balance_minor"]) == ("succeeded", 0)
    until(lambda: len(street.mails(street.addresses[-1])), lambda count: count == 2, "the receipt, once")


def test_an_outcome_that_stays_unknown_alarms_everybody_and_is_learnt_by_itself(street: Players) -> None:
    invoice = street.do_job("Paul Roy", "Prise", [line("Prise", "1", 9000, "none")])
    lost = {"kind": "drop_after", "method": "POST", "path": "*/process_payment_intent", "times": 3}
    silent = {"kind": "drop_before", "path": "/v1/payment_intents/*", "times": 500}
    street.sandbox("faults", [lost, silent, {"kind": "webhook_lost", "event": "*", "times": 50}])
    payment_id = street.collect(invoice, "card_reader", 9000)["payment_id"]
    street.present(VISA)
    street.wait(seconds=16 * 60)
    desk, here = Desk(street), f"/invoices/{invoice['invoice_id']}"
    assert "For more than a quarter of an hour" in desk.read("/")
    page = desk.read(here)
    assert ("We do not know yet whether $90.00 was taken" in page, "Record the payment" in page) == (True, False)
    assert "We are checking with the bank" in requests.get(f"{invoice['pay_url']}?lang=en", timeout=30).text
    street.forget_faults()
    street.wait(seconds=3600)
    street.payment(payment_id, "succeeded")
    street.must_be_paid(invoice)
