"""A business that authorizes first: held, captured in part or by itself, or let go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from server.cli.story.players import VISA, Players, line, until
from tests.journeys.desk import Desk


@pytest.fixture
def careful(street: Players) -> Iterator[Players]:
    """The business while it authorizes first, as its owner chose at the desk."""
    _choose(street, later=True)
    yield street
    _choose(street, later=False)


def _choose(street: Players, *, later: bool) -> None:
    Desk(street).send("/settings/capture", on="/settings", **({"capture_later": "on"} if later else {}))


def held(street: Players) -> tuple[dict[str, Any], str]:
    invoice = street.do_job("Sylvie Roy", "Panneau", [line("Panneau", "1", 50000, "none")])
    payment_id = street.collect(invoice, "card_reader", 50000)["payment_id"]
    street.present(VISA)
    paying = until(
        lambda: street.phone("GET", f"/payments/{payment_id}"), lambda it: it["capture_before"], "the card to hold it"
    )
    assert (paying["status"], street.invoice(invoice)["paid_minor"]) == ("processing", 0)
    return invoice, payment_id


def test_a_part_is_captured_and_the_rest_still_owed(careful: Players) -> None:
    invoice, payment_id = held(careful)
    taken = careful.phone("POST", f"/payments/{payment_id}/capture", {"amount_minor": 30000})
    assert (taken["status"], taken["amount_minor"], taken["balance_minor"]) == ("succeeded", 30000, 20000)
    assert careful.invoice(invoice)["status"] == "partly_paid"


def test_what_is_let_go_is_owed_again(careful: Players) -> None:
    invoice, payment_id = held(careful)
    released = careful.phone("POST", f"/payments/{payment_id}/cancellation")
    assert (released["status"], released["failure"]["code"]) == ("canceled", "authorization_released")
    assert careful.invoice(invoice)["balance_minor"] == 50000


def test_what_everybody_forgot_is_captured_before_the_bank_lets_go(careful: Players) -> None:
    invoice, _ = held(careful)
    careful.wait(seconds=42 * 3600 + 600)
    careful.must_be_paid(invoice)
