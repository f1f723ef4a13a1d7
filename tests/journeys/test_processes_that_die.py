"""kill -9 of the web server and of the worker in the middle of the day: the demo starts them again, no cent is lost."""

from __future__ import annotations

import psutil
import pytest
import requests

from server.cli.story.chapters import quebec_tax
from server.cli.story.players import VISA, Players, line, until
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


def alive(street: Players) -> bool:
    """Say whether the product answers, worker included."""
    try:
        return requests.get(f"{street.world['web']}/readyz", timeout=5).ok
    except requests.RequestException:
        return False
