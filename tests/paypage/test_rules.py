"""What a customer is told of an invoice, by what is under way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from server.payments.rules import Method, Status
from server.paypage.rules import State, state


@dataclass(frozen=True)
class Attempt:
    """A payment under way."""

    method: Method
    status: Status
    capture_before: datetime | None = None


@pytest.mark.parametrize(
    ("method", "status", "is_back", "told"),
    [
        (Method.CARD_READER, Status.WAITING, False, State.AT_READER),
        (Method.MOBILE_READER, Status.WAITING, False, State.AT_READER),
        (Method.MOBILE_READER, Status.UNKNOWN, False, State.UNKNOWN),
        (Method.PAY_LINK, Status.WAITING, False, State.TO_PAY),
        (Method.PAY_LINK, Status.WAITING, True, State.CONFIRMING),
        (Method.PAY_LINK, Status.PROCESSING, False, State.AT_BANK),
        (Method.PAY_LINK, Status.CANCELED, True, State.TO_PAY),
    ],
)
def test_what_is_under_way_says_how_the_invoice_stands(
    method: Method, status: Status, is_back: bool, told: State
) -> None:
    assert state(status="issued", balance_minor=100, attempts=[Attempt(method, status)], is_back=is_back) is told
    assert state(status="paid", balance_minor=0, attempts=[Attempt(method, status)], is_back=is_back) is State.PAID


@pytest.mark.parametrize("status", ["void", "written_off"])
def test_what_was_withdrawn_or_let_go_is_never_said_to_be_paid_nor_asked_for(status: str) -> None:
    waits, moves = Attempt(Method.PAY_LINK, Status.WAITING), Attempt(Method.PAY_LINK, Status.PROCESSING)
    told = {
        State.CLOSED: ([], [waits], [Attempt(Method.PAY_LINK, Status.SUCCEEDED)]),
        State.AT_BANK: ([moves],),
    }
    for expected, cases in told.items():
        for attempts in cases:
            assert state(status=status, balance_minor=0, attempts=attempts, is_back=False) is expected
    assert state(status=status, balance_minor=0, attempts=[waits], is_back=True) is State.CONFIRMING


def test_what_a_card_holds_is_not_said_to_be_under_way() -> None:
    held = Attempt(Method.CARD_READER, Status.PROCESSING, capture_before=datetime(2026, 3, 4, tzinfo=UTC))
    assert state(status="issued", balance_minor=100, attempts=[held], is_back=False) is State.HELD
    unknown = Attempt(Method.CARD_READER, Status.UNKNOWN, capture_before=held.capture_before)
    assert state(status="issued", balance_minor=100, attempts=[unknown], is_back=False) is State.UNKNOWN
