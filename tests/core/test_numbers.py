"""Whole numbers as anybody may type them."""

from __future__ import annotations

import pytest

from server.core import numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("17", 17),
        ("2147483647", 2147483647),
        ("2147483648", None),
        ("9" * 5000, None),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        (" 7", None),
    ],
)
def test_a_number_is_read_or_it_is_none(text: str, number: int | None) -> None:
    assert numbers.whole(text) == number
    assert numbers.whole(text, most=20) == (number if number is not None and number <= 20 else None)
