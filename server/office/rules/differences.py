"""How two versions of a plan differ, and what its texts are called, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from server.core.words import msgid as _
from server.dunning.rules.plans import Plan
from server.dunning.rules.texts import PROPOSED, RESULT, SCRIPTS, SURVEY

TEXT_NAMES: dict[str, str] = {
    "reminder_1": _("First reminder"),
    "reminder_2": _("Second reminder"),
    "reminder_3": _("Third reminder"),
    "final_demand": _("Final demand"),
    SURVEY: _("Questions about our work"),
    RESULT: _("What was said, in writing"),
    **{name: script.title for name, script in SCRIPTS.items()},
    **PROPOSED,
}
PLAN_NAMES: dict[str, str] = {
    "abc_amega": _("By the age of the invoice"),
    "abc_amega_due": _("By the due date"),
}
FIELDS: dict[str, str] = {
    "basis": _("Counts from"),
    "min_gap_days": _("Days between two messages"),
    "above_minor": _("An account is large above"),
    "currency": _("Currency of the large accounts"),
    "large_accounts": _("An account is large above"),
    "steps": _("The whole step"),
    "opens_day": _("Opens on day"),
    "closes_day": _("Closes on day"),
    "lapses": _("Not made up for"),
    "channel": _("The way"),
    "template": _("Text"),
    "otherwise": _("Where that does not reach them"),
    "then": _("Then in writing"),
    "days_before_due": _("Days before the due date"),
    "modifiers": _("For a class of customers"),
    "risk_class": _("Class of customers"),
    "modifier_steps": _("At the steps"),
    "earlier_days": _("Days earlier"),
    "account": _("Treated as"),
    "passed_over": _("Passed over"),
    "unanswered_calls": _("How often a call is tried"),
    "unanswered_contacts": _("Calls in vain until a person decides"),
    "days_past_due": _("Days past due until a person decides"),
    "broken_promises": _("Broken words until a person decides"),
}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One field that differs: of a step (its number), for `large` or `small` accounts, of what changes for a class of
    customers, or of the plan as a whole.

    `field` is its name in the plan, `currency` that of an amount.
    """

    step: int | None
    size: str | None
    field: str
    currency: str | None
    risk_class: str | None
    before: Any
    after: Any


def differences(changes: Iterable[Mapping[str, Any]], plan: Plan) -> list[Difference]:
    """Return what differs, from changes by path (`steps.2.small.template`); `plan` is the version they lead to."""
    found = []
    for change in changes:
        parts = change["path"].split(".")
        names = [part for part in parts if not part.isdigit()]
        at = next((int(part) for part in parts if part.isdigit()), 0)
        number = plan.steps[at].seq if at < len(plan.steps) else at
        accounts, modifiers = plan.large_accounts, plan.modifiers
        of_class = parts[0] == "modifiers"
        found.append(
            Difference(
                step=number if parts[0] == "steps" else None,
                size=next((name for name in names if name in ("large", "small")), None),
                field="modifier_steps" if of_class and names[-1] == "steps" else names[-1],
                currency=accounts[at].currency if parts[0] == "large_accounts" and at < len(accounts) else None,
                risk_class=modifiers[at].risk_class if of_class and at < len(modifiers) else None,
                before=change["before"],
                after=change["after"],
            )
        )
    return found
