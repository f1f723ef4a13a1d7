"""One payment for several invoices decided: who gets how much of it, and in which order it goes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from server.core import money


def allocate(amount_minor: int, wanted: Mapping[str, int]) -> dict[str, int]:
    """Return how much of an amount goes to each invoice, in the order given: the first gets all it wants, then the
    next. Those that get nothing are left out."""
    shares, left_minor = {}, amount_minor
    for invoice_id, wanted_minor in wanted.items():
        taken_minor = min(max(wanted_minor, 0), left_minor)
        if taken_minor:
            shares[invoice_id] = taken_minor
        left_minor -= taken_minor
    return shares


def in_proportion(amount_minor: int, parts: Mapping[str, int]) -> dict[str, int]:
    """Return an amount divided as `parts` are, to the minor unit: each share is what it and those before it come to,
    rounded half up, less what those before it got."""
    whole_minor, before_minor, divided_minor = sum(parts.values()), 0, 0
    shares = {}
    for invoice_id, minor in parts.items():
        before_minor += minor
        shares[invoice_id] = money.share(amount_minor, Decimal(before_minor) / whole_minor) - divided_minor
        divided_minor += shares[invoice_id]
    return shares


def follow(parts: Mapping[str, int], finals: Mapping[str, str]) -> dict[str, int]:
    """Return what of a payment is for which invoice, where those in `finals` have given their place to another."""
    followed: dict[str, int] = {}
    for invoice_id, minor in parts.items():
        there = finals.get(invoice_id, invoice_id)
        followed[there] = followed.get(there, 0) + minor
    return followed


@dataclass(frozen=True, kw_only=True)
class Split:
    """Where received money goes: what settles each invoice, and what is more than was owed."""

    settled_minor: Mapping[str, int]
    beyond_minor: int


def split(received_minor: int, *, parts: Mapping[str, int], balances: Mapping[str, int]) -> Split:
    """Return where received money goes: to each invoice at most its part, and at most what it still owes."""
    settled = allocate(received_minor, {each: min(minor, balances.get(each, 0)) for each, minor in parts.items()})
    return Split(settled_minor=settled, beyond_minor=received_minor - sum(settled.values()))


def give_back(amount_minor: int, *, paid: Mapping[str, int]) -> dict[str, int]:
    """Return what is owed again on each invoice when an amount goes back: the last that was paid comes first, so that
    the oldest stays paid the longest."""
    return allocate(amount_minor, dict(reversed(list(paid.items()))))
