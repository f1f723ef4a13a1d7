"""What may be charged for paying late: the least of what was signed and what the place allows the debtor's kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from server.core.words import msgid as _
from server.law.rules.rows import Row, in_force

# Article 002 (seven things when clients refuse to pay): where nobody knows the law, this much a year is probably safe.
UNKNOWN_CAP_PERCENT = Decimal(10)


@dataclass(frozen=True, kw_only=True)
class Ceiling:
    """What a place allows of a kind of debtor. `percent` a year is None where the contract alone decides; with
    `all_charges` it counts fixed fees too. `unless_yearly_percent` bounds a rate that is not stated per year."""

    row: str
    source: str
    is_forbidden: bool
    percent: Decimal | None
    all_charges: bool
    unless_yearly_percent: Decimal | None


@dataclass(frozen=True, kw_only=True)
class FeeCeiling:
    """What a place allows as a fixed fee; `most_minor` None where the contract alone decides, 0 where none may be."""

    row: str
    source: str
    most_minor: int | None


@dataclass(frozen=True, kw_only=True)
class Statutory:
    """What a place's law gives of a kind of debtor where the contract says nothing: so many `points` over a reference
    rate. The fixed fee is what the place allows at most; where `fee_is_printed` only on invoices that print it."""

    source: str
    reference: str
    points: Decimal
    fee_is_printed: bool


# The reference rates that rows name. Their values are no part of the rows: whoever reviews a row enters them.
REFERENCES = {"ecb": _("The ECB's rate"), "boe": _("The Bank of England's base rate")}
# Both are fixed for half a year in these laws: what was entered counts so long, then it has to be entered again.
COUNTS_DAYS = 184


def statutory(row: Row, *, kind: str, on: date) -> Statutory | None:
    """Return what the law of a place gives without a clause; None where it gives nothing, or we know of nothing."""
    rule = in_force(row, "statutory", on=on)
    said = rule.value[kind] if rule is not None else None
    if rule is None or said is None:
        return None
    return Statutory(
        source=rule.source,
        reference=said["reference"],
        points=Decimal(said["points"]),
        fee_is_printed=said["fee"] == "printed",
    )


def least_rate(entered: Mapping[date, Decimal], *, since: date, until: date) -> Decimal | None:
    """Return the least of a reference rate over some days, which never is more than the law gives: `entered` are rates
    by their first day. None where on one of the days none was known."""
    found, missing = [], since
    days = sorted(entered)
    for first, following in pairwise([*days, date.max]):
        last = min(following - timedelta(days=1), first + timedelta(days=COUNTS_DAYS - 1))
        if first <= missing <= last and missing <= until:
            found.append(entered[first])
            missing = last + timedelta(days=1)
    return min(found) if found and missing > until else None


def ceiling(row: Row, *, kind: str, on: date) -> Ceiling | None:
    """Return the ceiling on interest from a kind of debtor (business, consumer); None where the row has none yet."""
    rule = in_force(row, "interest", on=on)
    if rule is None:
        return None
    said = rule.value[kind]
    percent = said.get("cap_percent")
    yearly = said.get("unless_yearly_percent")
    return Ceiling(
        row=row.key,
        source=rule.source,
        is_forbidden=said.get("forbidden", False),
        percent=UNKNOWN_CAP_PERCENT if percent == "unknown" else None if percent is None else Decimal(percent),
        all_charges=said.get("all_charges", False),
        unless_yearly_percent=None if yearly is None else Decimal(yearly),
    )


def fee_ceiling(row: Row, *, kind: str, currency: str, debt_minor: int, on: date) -> FeeCeiling | None:
    """Return the ceiling on a fixed fee on a debt of so much; None where the row has none yet."""
    rule = in_force(row, "fees", on=on)
    if rule is None:
        return None
    tiers = rule.value[kind]["most"]
    most_minor = None if tiers is None else 0
    for tier in tiers or ():
        if tier["currency"] == currency and (tier["up_to_minor"] is None or debt_minor <= tier["up_to_minor"]):
            most_minor = tier["fee_minor"]
            break
    return FeeCeiling(row=row.key, source=rule.source, most_minor=most_minor)
