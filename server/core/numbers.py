"""Whole numbers as an address, a form or a header bears them: anybody may have typed them, thousands of digits too."""

from __future__ import annotations

# What a column of PostgreSQL holds: `integer`, and `bigint`.
LARGEST = 2**31 - 1
LARGEST_BIG = 2**63 - 1


def whole(text: str, *, most: int = LARGEST) -> int | None:
    """Return the number from 0 on that these digits are, or None where they are none or say more than `most`."""
    if not text.isdecimal() or len(text) > len(str(most)):
        return None
    number = int(text)
    return number if number <= most else None
