"""Amounts as people type them."""

from __future__ import annotations

import pytest

from server.core import money


@pytest.mark.parametrize(
    ("text", "currency", "amount_minor"),
    [
        ("85", "CAD", 8500),
        ("85,5", "CAD", 8550),
        (" 85.50 ", "CAD", 8550),
        ("1 234,50", "CAD", 123450),
        ("1\u202f234,50", "EUR", 123450),
        ("12'345.60", "CHF", 1234560),
        ("1,234.50", "CAD", 123450),
        ("1,234,567", "CAD", 123456700),
        ("1500", "JPY", 1500),
        ("1.234", "KWD", 1234),
        ("1,234", "KWD", 1234),
        ("1,234.500", "KWD", 1234500),
        ("12,345,678", "KWD", 12345678000),
        ("0", "CAD", 0),
    ],
)
def test_an_amount_is_read_as_it_is_meant(text: str, currency: str, amount_minor: int) -> None:
    assert money.typed(text, currency) == amount_minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "CAD"),
        ("ten", "CAD"),
        ("-5", "CAD"),
        ("1e3", "CAD"),
        ("1.234", "CAD"),
        ("1,23,4", "CAD"),
        ("1.2.3", "CAD"),
        ("1.5", "JPY"),
        ("12 34", "CAD"),
        ("NaN", "CAD"),
        ("9" * 16, "CAD"),
    ],
)
def test_what_cannot_be_read_or_could_mean_two_things_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"amount|decimals"):
        money.typed(text, currency)
