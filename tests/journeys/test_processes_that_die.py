"""kill -9 of the web server and of the worker in the middle of the day: the demo starts them again, no cent is lost."""

from __future__ import annotations

import threading
from contextlib import suppress

import psutil
import pytest
import requests

from server.cli.story.chapters import quebec_tax
from server.cli.story.players import VISA, Json, Players, line, new, understood, until
from tests.cli.test_demo import Demo


def family(demo: Demo, word: str) -> list[psutil.Process]:
    """Return the demo's processes whose command line holds a word."""
    return [
        process for process in psutil.Process(demo.process.pid).children(recursive=True) if word in process.cmdline()
    ]


@pytest.mark.parametrize("word", ["worker", "serve"])
def test_a_payment_goes_on_though_a_process_was_killed(street: Players, demo: Demo, word: str) -> None:
    invoice = street.do_job("Yves Côté", "Lustre", [line("Lustre", "1", 20000, quebec_tax(street))])
    before = street.captured_minor()
    waiting = street.collect(invoice, "card_reader", invoice["total_minor"])
    victims = family(demo, word)
    assert victims, "nobody to kill"
    for victim in victims:
        victim.kill()
    street.present(VISA)
    until(lambda: alive(street), bool, "the product to be back")
    street.wait(seconds=120)
    street.payment(waiting["payment_id"], "succeeded")
    street.must_be_paid(invoice)
    assert street.captured_minor() - before == invoice["total_minor"]


def test_what_was_not_answered_is_asked_about_once_its_keys_are_forgotten(street: Players, demo: Demo) -> None:
    invoice = street.do_job("Yves Côté", "Lustre", [line("Lustre", "1", 9000, "none")])
    before = street.captured_minor()
    slow = {"kind": "latency", "path": "*/process_payment_intent", "seconds": 3600}
    silent = {"kind": "drop_before", "method": "GET", "path": "/v1/payment_intents/*", "times": 5000}
    street.sandbox("faults", [slow, silent])
    wanted = {"payment_id": new("pay"), "invoice_id": invoice["invoice_id"], "method": "card_reader"}
    wanted |= {"amount_minor": 9000, "reader_id": street.world["reader_id"]}
    die_unanswered(street, demo, wanted)
    street.wait(seconds=2 * 3600)
    reader = f"/readers/{wanted['reader_id']}"
    until(lambda: street.phone("GET", reader)["doing"]["code"], lambda code: code == "collecting", "it to arrive late")
    street.present(VISA)
    street.wait(seconds=26 * 3600)
    sent = keys_sent(street, wanted["payment_id"])
    again = understood(street.send("POST", "/payments", wanted, street.phone_token))
    assert again["status"] == "created", "it cannot be asked about"
    assert keys_sent(street, wanted["payment_id"]) == sent
    street.forget_faults()
    checked = street.phone("POST", f"/payments/{wanted['payment_id']}/check")
    assert (checked["status"], checked["balance_minor"]) == ("succeeded", 0)
    assert street.captured_minor() - before == 9000


def die_unanswered(street: Players, demo: Demo, wanted: Json) -> None:
    """Begin a payment, and kill the web server while it waits for what Stripe says of the reader."""

    def begin() -> None:
        with suppress(requests.RequestException):
            street.send("POST", "/payments", wanted, street.phone_token)

    phone = threading.Thread(target=begin)
    phone.start()
    faults = f"{street.world['sandbox']}/_sandbox/faults"
    until(lambda: requests.get(faults, timeout=30).json()["fired"], bool, "the command to be sent")
    for victim in family(demo, "serve"):
        victim.kill()
    phone.join()
    until(lambda: alive(street), bool, "the product to be back")


def keys_sent(street: Players, payment_id: str) -> list[str]:
    """Return the key of everything Stripe was sent for a payment, oldest first."""
    journal = requests.get(f"{street.world['sandbox']}/_sandbox/journal", timeout=30).json()
    keys = [row["idempotency_key"] or "" for row in journal["items"]]
    return [key for key in keys if key.startswith(payment_id)]


def alive(street: Players) -> bool:
    """Say whether the product answers, worker included."""
    try:
        return requests.get(f"{street.world['web']}/readyz", timeout=5).ok
    except requests.RequestException:
        return False
