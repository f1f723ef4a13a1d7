"""What a customer's class and the policy of the house come to when a job is booked.

Source: article 004 (a policy that covers everyone, exceptions with a reason, an author and an end), article 002 (change
the terms of the best and of the worst), article 003 (cash up front for whom one does not know).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from server.core.words import msgid as _


class RiskClass(StrEnum):
    """How a customer pays, as the books show it. `ordinary` is whoever the others do not describe."""

    RELIABLE = "reliable"
    SLOW_BUT_SURE = "slow_but_sure"
    ORDINARY = "ordinary"
    NEW_UNKNOWN = "new_unknown"
    DETERIORATING = "deteriorating"
    HIGH = "high"


class PayerType(StrEnum):
    """Why a customer does not pay, as the office sees it."""

    UNKNOWN = "unknown"
    SHORT_OF_CASH = "short_of_cash"
    WILFUL = "wilful"
    NON_PAYER = "non_payer"


class Standing(StrEnum):
    """Whether we work for them: as usual, with an eye on it, for money up front, or not at all."""

    OK = "ok"
    WATCH = "watch"
    HOLD = "hold"
    STOP = "stop"


CLASSES: dict[str, str] = {
    RiskClass.RELIABLE: _("Reliable"),
    RiskClass.SLOW_BUT_SURE: _("Slow but sure"),
    RiskClass.ORDINARY: _("Ordinary"),
    RiskClass.NEW_UNKNOWN: _("New, unknown"),
    RiskClass.DETERIORATING: _("Getting worse"),
    RiskClass.HIGH: _("High risk"),
}
PAYERS: dict[str, str] = {
    PayerType.UNKNOWN: _("Nobody knows"),
    PayerType.SHORT_OF_CASH: _("Short of cash"),
    PayerType.WILFUL: _("Could pay, and does not want to"),
    PayerType.NON_PAYER: _("Never pays"),
}
OFFERS: dict[str, str] = {
    PayerType.UNKNOWN: _("Ask why before anything else."),
    PayerType.SHORT_OF_CASH: _("Offer parts, in writing, with the first one today."),
    PayerType.WILFUL: _("No more time: firm steps in their order, and no parts without a saved card."),
    PayerType.NON_PAYER: _("Nothing more on credit; weigh letting go against what pursuing costs."),
}
STANDINGS: dict[str, str] = {
    Standing.OK: _("As usual"),
    Standing.WATCH: _("Watched"),
    Standing.HOLD: _("On hold: everything is paid up front"),
    Standing.STOP: _("Do not book"),
}


@dataclass(frozen=True, kw_only=True)
class ClassPolicy:
    """What the house does with a class: how much of a job is paid up front, how much may be open, whether it books."""

    up_front_percent: int = 0
    limit_minor: int | None = None
    do_not_book: bool = False


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What the house does with each class. Limits are in the business's currency; what is open in others has none."""

    classes: Mapping[RiskClass, ClassPolicy]

    def of(self, risk_class: RiskClass) -> ClassPolicy:
        """Return what holds for a class."""
        return self.classes.get(risk_class, ClassPolicy())


# Until somebody decides otherwise only a broken word stops anything: a deposit asked of every new customer is the
# house's own choice.
DEFAULT = Policy(classes={RiskClass.HIGH: ClassPolicy(up_front_percent=100, do_not_book=True)})


def read_policy(written: Mapping[str, Any]) -> Policy:
    """Return a policy from its data."""
    return Policy(classes={RiskClass(name): ClassPolicy(**said) for name, said in written.items()})


def write_policy(policy: Policy) -> dict[str, Any]:
    """Return a policy as data, every class named."""
    return {each.value: asdict(policy.of(each)) for each in RiskClass}


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """What a person agreed with one customer; None where the policy of their class holds."""

    limit_minor: int | None = None
    up_front_percent: int | None = None
    do_not_book: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Terms:
    """On what terms a job may be booked today. `because` is a code a program knows."""

    standing: Standing
    up_front_percent: int
    limit_minor: int | None
    because: str
    exception_until_on: date | None = field(default=None)

    @property
    def do_not_book(self) -> bool:
        """Whether a job is refused."""
        return self.standing is Standing.STOP


REASONS: dict[str, str] = {
    "policy": _("So says the policy for this class."),
    "agreed": _("So somebody agreed with this customer."),
    "over_limit": _("More is open than their credit limit."),
    "slips": _("They pay later than they used to."),
    "exception": _("Somebody made an exception."),
    "usual": _("Nothing stands against it."),
}


def terms(
    policy: Policy,
    *,
    risk_class: RiskClass,
    agreed: Agreed,
    open_minor: int,
    slips: bool,
    exception_until_on: date | None,
    today: date,
) -> Terms:
    """Return the terms of a customer. An exception lifts every restriction up to and on its last day; a limit that is
    no longer exceeded, and a class that got better, lift theirs by themselves."""
    by_class = policy.of(risk_class)
    limit_minor = by_class.limit_minor if agreed.limit_minor is None else agreed.limit_minor
    asked = by_class.up_front_percent if agreed.up_front_percent is None else agreed.up_front_percent
    refused = by_class.do_not_book if agreed.do_not_book is None else agreed.do_not_book
    if exception_until_on is not None and today <= exception_until_on:
        return Terms(
            standing=Standing.WATCH,
            up_front_percent=0,
            limit_minor=limit_minor,
            because="exception",
            exception_until_on=exception_until_on,
        )
    if refused:
        because = "policy" if agreed.do_not_book is None else "agreed"
        return Terms(standing=Standing.STOP, up_front_percent=100, limit_minor=limit_minor, because=because)
    if limit_minor is not None and open_minor > limit_minor:
        return Terms(standing=Standing.HOLD, up_front_percent=100, limit_minor=limit_minor, because="over_limit")
    if slips or risk_class is RiskClass.DETERIORATING:
        return Terms(standing=Standing.WATCH, up_front_percent=asked, limit_minor=limit_minor, because="slips")
    because = "agreed" if agreed.up_front_percent is not None else "policy" if asked else "usual"
    return Terms(standing=Standing.OK, up_front_percent=asked, limit_minor=limit_minor, because=because)


def usual_days(facts: Mapping[str, Any]) -> int:
    """Return after how many days a customer pays as a rule, from the numbers their class follows from: never less than
    none, a part of a day as a whole one."""
    return max(math.ceil(Decimal(facts.get("average_days") or "0")), 0)
