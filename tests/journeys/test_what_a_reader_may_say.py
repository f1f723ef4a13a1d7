"""Everything that may go wrong at the reader, one after the other on one invoice, until a card pays it once."""

from __future__ import annotations

import requests

from server.cli.story.players import DECLINED_CARD, VISA, Json, Players, line, understood, until
from tests.journeys.desk import Desk

# What happens, step by step (an attempt goes on from a row to the next one that does not collect anew); then its status
# and code, and what the phone reads.
OUTCOMES: list[tuple[str, str, str | None, str, str]] = [
    (f"collect, card {DECLINED_CARD}", "failed", "generic_decline", "The card was declined", "La carte a été refusée"),
    ("collect, press wrong_pin", "failed", "incorrect_pin", "The PIN was wrong.", "Le NIP est erroné."),
    ("collect, press expire", "failed", "expired_card", "The card has expired.", "La carte est expirée."),
    ("collect, press cancel", "canceled", "customer_canceled", "The customer canceled on the", "Le client a annulé"),
    ("collect, press pull", "failed", "card_removed", "The card was taken out too", "La carte a été retirée trop tôt."),
    ("fault reader_busy, collect", "failed", "terminal_reader_busy", "The reader is busy", "Le lecteur est occupé"),
    ("fault reader_offline, collect", "failed", "terminal_reader_offline", "The reader is offline", "Le lecteur est"),
    ("fault error_429, collect", "failed", "stripe_busy", "The card service is busy.", "Le service de cartes est"),
    ("fault reader_timeout, collect", "unknown", None, "We do not know yet whether", "Nous ne savons pas encore si"),
    ("wait", "failed", "reader_interrupted", "The reader stopped before a card", "Le lecteur s’est arrêté avant"),
    ("collect, press replace", "failed", "reader_replaced", "The reader went on", "Le lecteur est passé à autre"),
    ("fault reader_timeout_delivered, collect", "unknown", None, "We do not know yet", "Nous ne savons pas encore"),
    ("check", "waiting", None, "The customer has not paid yet.", "Le client n’a pas encore payé."),
    (f"card {VISA}", "succeeded", None, "The payment was received.", "Le paiement a été reçu."),
    # What came of this one Stripe tells by itself: nobody asks.
    (f"fault reader_timeout_delivered, collect, card {VISA}", "succeeded", None, "The payment was", "Le paiement a"),
    ("collect, press lose", "succeeded", None, "The payment was received.", "Le paiement a été reçu."),
    (f"fault connection_error, collect, card {VISA}", "failed", "connection_error", "The reader lost", "Le lecteur a"),
    ("collect, press freeze", "waiting", None, "The customer has not paid yet.", "Le client n’a pas encore payé."),
    ("give up", "canceled", None, "The payment was given up.", "Le paiement a été abandonné."),
    # The next attempt would go on with its PaymentIntent, which is not as we believe: it says so, and leaves it.
    ("void, collect", "canceled", "intent_canceled", "This payment was canceled at the", "Ce paiement a été annulé"),
    ("collect, void", "canceled", "intent_canceled", "This payment was canceled at the", "Ce paiement a été annulé"),
]


def press(street: Players, button: str) -> None:
    street.sandbox(f"readers/{street.world['reader_id']}/{button}", {})


def read(street: Players, payment_id: str, language: str) -> Json:
    """Read a payment on a phone in a language."""
    address = f"{street.world['web']}/api/v1/payments/{payment_id}"
    headers = {"Authorization": f"Bearer {street.phone_token}", "Accept-Language": language}
    found: Json = requests.get(address, headers=headers, timeout=30).json()
    return found


def happen(street: Players, step: str, invoice: Json, payment_id: str) -> str:
    """Let one step happen; return the id of the attempt under way."""
    match step.split():
        case ["collect"]:
            return str(street.collect(invoice, "card_reader", 1000)["payment_id"])
        case ["fault", kind]:
            street.sandbox("faults", [{"kind": kind, "path": "*/process_payment_intent"}])
        case ["press", button]:
            press(street, button)
        case ["card", number]:
            street.present(number)
        case ["wait"]:
            street.wait(seconds=40)
        case ["check"]:
            street.phone("POST", f"/payments/{payment_id}/check")
        case ["give", "up"]:
            street.give_up(payment_id)
        case ["void"]:
            void(street, payment_id)
    return payment_id


def void(street: Players, payment_id: str) -> None:
    """Cancel a payment's PaymentIntent at Stripe, as somebody may in its dashboard."""
    stripe, key = f"{street.world['sandbox']}/v1/payment_intents", {"Authorization": "Bearer sk_test_story"}
    found = requests.get(stripe, params={"limit": 100}, headers=key, timeout=30).json()["data"]
    (intent_id,) = [each["id"] for each in found if each["metadata"].get("payment_id") == payment_id]
    understood(requests.post(f"{stripe}/{intent_id}/cancel", headers=key, timeout=30))


def test_each_outcome_is_told_in_both_languages_and_the_invoice_is_paid_once_in_the_end(street: Players) -> None:
    invoice = street.do_job("Paul Roy", "Prise", [line("Prise", "1", 9000, "none")])
    before, payment_id = street.captured_minor(), ""
    for steps, status, code, english, french in OUTCOMES:
        for step in steps.split(", "):
            payment_id = happen(street, step, invoice, payment_id)
        street.payment(payment_id, status)
        said = [read(street, payment_id, language) for language in ("en", "fr")]
        assert [each["failure"] and each["failure"]["code"] for each in said] == [code, code], steps
        assert said[0]["advice"]["message"].startswith(english), steps
        assert said[1]["advice"]["message"].startswith(french), steps
        assert all(each["advice"]["what_to_do"] for each in said)
    street.collect(invoice, "card_reader", 6000)
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
