"""Treatment plans as data: steps by age, for large and for small accounts.

Source: ABC-Amega, "Nine Collection Tips for Small Business", the treatment plan
(https://www.abc-amega.com/Articles/Collections/collection-tips-for-small-business).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from server.messages.rules import TONES

_ARTICLE = Path(__file__).parent.parent / "plans" / "abc_amega.json"

# Jobs are due on completion or soon after; by the age of the invoice their first reminder would be 35 days late.
DEFAULT_PLAN = "abc_amega_due"

# What can be written so far. A step that needs another text, a call or a letter waits, and runs say so.
WRITABLE = frozenset(TONES)
# How long a demand that names a day leaves.
PAY_WITHIN = timedelta(days=10)


class Basis(StrEnum):
    """From which of the carrying invoice's days a plan counts."""

    INVOICE_DATE = "invoice_date"
    DUE_DATE = "due_date"


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """What is done to an account: the channel it goes by, and the text or script it uses."""

    channel: str
    template: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """A line of a plan: from `opens_day` to `closes_day` after the plan's basis, for large and for small accounts.

    A step missed in its window is made up for later, unless it `lapses`: what belongs before the due date does.
    """

    seq: int
    opens_day: int
    closes_day: int
    lapses: bool
    large: Treatment
    small: Treatment


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """Above how much, in one currency, an account is large."""

    currency: str
    above_minor: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A version of a treatment plan. In a currency that `large_accounts` does not name every account is small."""

    name: str
    version: int
    basis: Basis
    min_gap_days: int
    large_accounts: tuple[Threshold, ...]
    steps: tuple[Step, ...]


def treatment(step: Step, plan: Plan, *, open_minor: int, currency: str) -> Treatment:
    """Return what a step means for an account of this size."""
    above = (threshold.above_minor for threshold in plan.large_accounts if threshold.currency == currency)
    return step.large if any(open_minor > least for least in above) else step.small


def plans() -> tuple[Plan, Plan]:
    """Return the article's plan, by the age of the invoice, and its twin by due date: 30 days less, the usual terms."""
    article = read(json.loads(_ARTICLE.read_text()))
    twin = replace(
        article,
        name=DEFAULT_PLAN,
        basis=Basis.DUE_DATE,
        steps=tuple(
            replace(step, opens_day=step.opens_day - 30, closes_day=step.closes_day - 30) for step in article.steps
        ),
    )
    return article, twin


def read(written: Mapping[str, Any]) -> Plan:
    """Return a plan from its data."""
    return Plan(
        name=written["name"],
        version=written["version"],
        basis=Basis(written["basis"]),
        min_gap_days=written["min_gap_days"],
        large_accounts=tuple(Threshold(**threshold) for threshold in written["large_accounts"]),
        steps=tuple(
            Step(**{**step, "large": Treatment(**step["large"]), "small": Treatment(**step["small"])})
            for step in written["steps"]
        ),
    )
