"""Until when a debt can be sued for."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from server.law import rules
from server.law.rules import Interruption

ANCHORS = {"issued_on": date(2024, 1, 10), "service_on": date(2024, 1, 5), "due_on": date(2024, 2, 29)}
TODAY = date(2026, 3, 2)
ACK, DEMAND, PAYMENT, SUIT = (
    Interruption.ACKNOWLEDGEMENT,
    Interruption.DEMAND,
    Interruption.PAYMENT,
    Interruption.LAWSUIT,
)


@pytest.mark.parametrize(
    ("key", "kind", "acts", "ends_on"),
    [
        ("ca-qc", "consumer", [], date(2027, 2, 28)),
        ("ca-qc", "business", [(PAYMENT, date(2025, 6, 1))], date(2028, 6, 1)),
        ("ca-qc", "business", [(DEMAND, date(2025, 6, 1))], date(2027, 2, 28)),
        ("ca-on", "consumer", [], date(2026, 2, 28)),
        ("ca-bc", "consumer", [(ACK, date(2025, 6, 1))], date(2027, 6, 1)),
        # It is over by then: nothing revives it.
        ("ca-bc", "consumer", [(ACK, date(2026, 3, 1))], date(2026, 2, 28)),
        ("ca-on", "business", [(SUIT, date(2026, 2, 1)), (ACK, date(2024, 12, 1))], date(2028, 2, 1)),
        ("fr", "consumer", [], date(2026, 1, 5)),
        ("fr", "business", [], date(2029, 1, 5)),
        # In France neither a demand letter nor, by itself, a payment.
        ("fr", "consumer", [(DEMAND, date(2025, 6, 1)), (PAYMENT, date(2025, 6, 1))], date(2026, 1, 5)),
        ("gb", "business", [], date(2030, 2, 28)),
        ("us", "business", [], date(2027, 2, 28)),
        ("house", "business", [], date(2026, 2, 28)),
    ],
)
def test_the_period_its_anchor_and_what_interrupts_it(
    key: str, kind: str, acts: list[tuple[Interruption, date]], ends_on: date
) -> None:
    found = rules.limitation(rules.rows()[key], kind=kind, anchors=ANCHORS, acts=acts, on=TODAY)
    assert found.ends_on == ends_on
    assert found.row == key


@pytest.mark.parametrize(
    ("days_before", "rings"), [(200, None), (180, 180), (61, 180), (60, 60), (14, 14), (1, 14), (0, 14), (-1, 0)]
)
def test_alarms_before_it_ends(days_before: int, rings: int | None) -> None:
    found = rules.limitation(rules.rows()["ca-qc"], kind="consumer", anchors=ANCHORS, acts=[], on=TODAY)
    assert found.alarm(found.ends_on - timedelta(days=days_before)) == rings
