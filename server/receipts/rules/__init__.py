"""Receipts decided: what they keep, in which language they speak, how they say it."""

from server.receipts.rules.facts import (
    MOST_SENDINGS,
    OPENS_AGAIN_AFTER,
    Card,
    Channel,
    Facts,
    Kind,
    Outcome,
    Part,
    kept,
    language,
    link_token,
    number,
    place,
    printed_card,
    read,
)
from server.receipts.rules.wording import in_short, printed, subject, title

__all__ = [
    "MOST_SENDINGS",
    "OPENS_AGAIN_AFTER",
    "Card",
    "Channel",
    "Facts",
    "Kind",
    "Outcome",
    "Part",
    "in_short",
    "kept",
    "language",
    "link_token",
    "number",
    "place",
    "printed",
    "printed_card",
    "read",
    "subject",
    "title",
]
