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

_ARTICLE = Path(__file__).parent.parent / "plans" / "abc_amega.json"

# Jobs are due on completion or soon after; by the age of the invoice their first reminder would be 35 days late.
DEFAULT_PLAN = "abc_amega_due"
# How long a demand that names a day leaves.
PAY_WITHIN = timedelta(days=10)
FINAL = "final_demand"


class Basis(StrEnum):
    """From which of the carrying invoice's days a plan counts."""

    INVOICE_DATE = "invoice_date"
    DUE_DATE = "due_date"


class Channel(StrEnum):
    """How a step is taken."""

    EMAIL = "email"
    SURVEY = "survey"
    TEXT = "text"
    LETTER = "letter"
    CALL = "call"
    SUPERVISOR_CALL = "supervisor_call"
    REFERRAL = "referral"


class Account(StrEnum):
    """How much a customer owes, as plans see it."""

    LARGE = "large"
    SMALL = "small"


# What goes out by itself, and what a person does.
WRITTEN = frozenset({Channel.EMAIL, Channel.SURVEY, Channel.TEXT, Channel.LETTER})
CALLS = frozenset({Channel.CALL, Channel.SUPERVISOR_CALL})


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """What is done to an account: the channel it goes by, and the text or script it uses.

    `otherwise` is the channel for those whom the first cannot reach, `then` the text that follows a call in writing.
    `days_before_due`, (first, last), is a window of its own, counted back from the due date.
    """

    channel: Channel
    template: str
    otherwise: Channel | None = None
    then: str | None = None
    days_before_due: tuple[int, int] | None = None


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
class Modifier:
    """What a risk class changes at some steps: how many days earlier they open, as which account it is treated, and
    whether they are passed over, so that the chase goes on with the first that is not.

    `broken_promises` is how many a customer of the class may break, whatever the step, where that is more than others.
    """

    risk_class: str
    steps: tuple[int, ...]
    earlier_days: int = 0
    account: Account | None = None
    passed_over: bool = False
    broken_promises: int | None = None


@dataclass(frozen=True, kw_only=True)
class Exits:
    """What ends the patience of a plan: how often a call is tried before the plan goes on, promises that were broken,
    calls in a row that nobody answered by the end of the final demand, days past due. None where it does not end so."""

    unanswered_calls: int = 3
    broken_promises: int = 1
    unanswered_contacts: int | None = None
    days_past_due: int | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A version of a treatment plan. In a currency that `large_accounts` does not name every account is small."""

    name: str
    version: int
    basis: Basis
    min_gap_days: int
    large_accounts: tuple[Threshold, ...]
    steps: tuple[Step, ...]
    modifiers: tuple[Modifier, ...] = ()
    exits: Exits = Exits()


def account(plan: Plan, *, open_minor: int, currency: str) -> Account:
    """Return how large an account is."""
    for threshold in plan.large_accounts:
        if threshold.currency == currency and open_minor > threshold.above_minor:
            return Account.LARGE
    return Account.SMALL


def treatment(step: Step, plan: Plan, *, open_minor: int, currency: str, risk_class: str | None = None) -> Treatment:
    """Return what a step means for an account of this size and class."""
    size = account(plan, open_minor=open_minor, currency=currency)
    for each in reversed(modifiers(step, plan, risk_class)):
        size = each.account or size
    return step.large if size is Account.LARGE else step.small


def modifiers(step: Step, plan: Plan, risk_class: str | None) -> list[Modifier]:
    """Return what a class changes at a step."""
    if risk_class is None:
        return []
    return [each for each in plan.modifiers if each.risk_class == risk_class and step.seq in each.steps]


def patience(plan: Plan, risk_class: str | None, *, of_business: int) -> int:
    """Return how many broken words lead to a proposal of a referral: the most that the business, the plan and the class
    bear.

    Source: ABC-Amega, "Nine Collection Tips", tip 9: one. Two of the reliable are this house's.
    """
    of_class = (each.broken_promises or 0 for each in plan.modifiers if each.risk_class == risk_class)
    return max(of_business, plan.exits.broken_promises, *of_class, 1)


def is_final(each: Treatment) -> bool:
    """Say whether a treatment is the final demand: in writing, or as a call that one follows."""
    return FINAL in (each.template, each.then) or each.template == f"{FINAL}_call"


def earliest_before_due(plan: Plan) -> int:
    """Return how many days before the due date the first step of a plan may come; 0 where none does."""
    windows = (each.days_before_due for step in plan.steps for each in (step.large, step.small))
    return max((window[0] for window in windows if window), default=0)


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
            Step(**{**step, "large": _treatment(step["large"]), "small": _treatment(step["small"])})
            for step in written["steps"]
        ),
        modifiers=tuple(_modifier(each) for each in written.get("modifiers", ())),
        exits=Exits(**(written.get("exits") or {})),
    )


def _treatment(written: Mapping[str, Any]) -> Treatment:
    window = written.get("days_before_due")
    return Treatment(
        channel=Channel(written["channel"]),
        template=written["template"],
        otherwise=Channel(written["otherwise"]) if written.get("otherwise") else None,
        then=written.get("then"),
        days_before_due=(window[0], window[1]) if window else None,
    )


def _modifier(written: Mapping[str, Any]) -> Modifier:
    return Modifier(
        risk_class=written["risk_class"],
        steps=tuple(written["steps"]),
        earlier_days=written.get("earlier_days", 0),
        account=Account(written["account"]) if written.get("account") else None,
        passed_over=written.get("passed_over", False),
        broken_promises=written.get("broken_promises"),
    )
