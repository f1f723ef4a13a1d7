"""What is wrong with a plan that somebody wrote, each fault by its place and a code a program knows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from server.core import money
from server.core.words import msgid
from server.dunning.rules.plans import CALLS, FINAL, Channel, Plan, Step, Treatment, is_final

# What may be said by each channel. A text or a script that no language has cannot be planned.
REMINDERS = frozenset({"reminder_1", "reminder_2", "reminder_3", "final_demand"})
TEMPLATES = {
    Channel.EMAIL: REMINDERS,
    Channel.TEXT: REMINDERS,
    Channel.LETTER: REMINDERS,
    Channel.SURVEY: frozenset({"customer_service_survey"}),
    Channel.CALL: frozenset({"customer_service_call", "reminder_call_1", "reminder_call_2", "final_demand_call"}),
    Channel.SUPERVISOR_CALL: frozenset({"escalation_call"}),
    Channel.REFERRAL: frozenset({"agency", "agency_or_write_off"}),
}
# What may follow a call in writing.
RESULTS = REMINDERS | {"call_result"}
RISK_CLASSES = ("reliable", "slow_but_sure", "ordinary", "new_unknown", "deteriorating", "high")
LONGEST_GAP = 60
_EXITS = (
    ("unanswered_calls", 1, 10),
    ("broken_promises", 1, 10),
    ("unanswered_contacts", 1, 10),
    ("days_past_due", 30, 3650),
)

FAULTS = {
    "no_steps": msgid("A plan has at least one step."),
    "not_ascending": msgid("Steps are numbered upwards, each number once."),
    "window_backwards": msgid("The window closes before it opens."),
    "window_overlaps": msgid("The window opens before the one of the step before has closed."),
    "gap_out_of_range": msgid("Between two messages there are 1 to 60 days."),
    "template_unknown": msgid("There is no such text for this channel."),
    "result_unknown": msgid("There is no such text to follow a call."),
    "result_without_call": msgid("Only a call is followed by a text."),
    "otherwise_not_written": msgid("The other way must be an e-mail, a text message or a letter."),
    "before_due_backwards": msgid("The days before the due date run backwards: the larger number comes first."),
    "before_due_must_lapse": msgid("A step before the due date lapses: it is not made up for later."),
    "referral_without_final_demand": msgid("Nobody is referred before a final demand was made."),
    "currency_unknown": msgid("This is not a currency of ISO 4217."),
    "threshold_twice": msgid("A currency has one threshold."),
    "threshold_negative": msgid("A threshold is zero or more."),
    "class_unknown": msgid("There is no such risk class."),
    "step_unknown": msgid("The plan has no such step."),
    "days_out_of_range": msgid("A step opens 0 to 30 days earlier."),
    "final_passed_over": msgid("A final demand is never passed over."),
    "age_out_of_range": msgid("Patience ends 30 to 3650 days past due."),
    "exit_out_of_range": msgid("Patience ends after 1 to 10 times."),
}


def faults(plan: Plan) -> dict[str, list[str]]:
    """Return the codes of what is wrong with a plan, by path (`steps.2.small.template`); empty where nothing is."""
    found: dict[str, list[str]] = {}
    for path, code in (*_whole(plan), *_steps(plan), *_accounts(plan), *_modifiers(plan)):
        found.setdefault(path, []).append(code)
    return found


def _whole(plan: Plan) -> Iterator[tuple[str, str]]:
    if not plan.steps:
        yield "steps", "no_steps"
    if not 1 <= plan.min_gap_days <= LONGEST_GAP:
        yield "min_gap_days", "gap_out_of_range"
    for name, least, most in _EXITS:
        limit = getattr(plan.exits, name)
        if limit is not None and not least <= limit <= most:
            yield f"exits.{name}", "age_out_of_range" if name == "days_past_due" else "exit_out_of_range"


def _steps(plan: Plan) -> Iterator[tuple[str, str]]:
    demanded = {"large": False, "small": False}
    for at, step in enumerate(plan.steps):
        if step.closes_day < step.opens_day:
            yield f"steps.{at}.closes_day", "window_backwards"
        for size in ("large", "small"):
            each: Treatment = getattr(step, size)
            yield from _treatment(f"steps.{at}.{size}", each, step)
            if each.channel is Channel.REFERRAL and not demanded[size]:
                yield f"steps.{at}.{size}.channel", "referral_without_final_demand"
            demanded[size] |= FINAL in (each.template, each.then)
    for at, (before, after) in enumerate(pairwise(plan.steps), start=1):
        if after.seq <= before.seq:
            yield f"steps.{at}.seq", "not_ascending"
        if after.opens_day <= before.closes_day:
            yield f"steps.{at}.opens_day", "window_overlaps"


def _treatment(path: str, each: Treatment, step: Step) -> Iterator[tuple[str, str]]:
    if each.template not in TEMPLATES[each.channel]:
        yield f"{path}.template", "template_unknown"
    if each.then is not None and each.channel not in CALLS:
        yield f"{path}.then", "result_without_call"
    elif each.then is not None and each.then not in RESULTS:
        yield f"{path}.then", "result_unknown"
    if each.otherwise is not None and each.template not in TEMPLATES[each.otherwise]:
        yield f"{path}.otherwise", "otherwise_not_written"
    if each.days_before_due is not None:
        if not each.days_before_due[0] >= each.days_before_due[1] >= 0:
            yield f"{path}.days_before_due", "before_due_backwards"
        if not step.lapses:
            yield f"{path}.days_before_due", "before_due_must_lapse"


def _accounts(plan: Plan) -> Iterator[tuple[str, str]]:
    seen = set()
    for at, threshold in enumerate(plan.large_accounts):
        if not money.known(threshold.currency):
            yield f"large_accounts.{at}.currency", "currency_unknown"
        if threshold.currency in seen:
            yield f"large_accounts.{at}.currency", "threshold_twice"
        if threshold.above_minor < 0:
            yield f"large_accounts.{at}.above_minor", "threshold_negative"
        seen.add(threshold.currency)


def _modifiers(plan: Plan) -> Iterator[tuple[str, str]]:
    known = {step.seq for step in plan.steps}
    final = {step.seq for step in plan.steps if is_final(step.large) or is_final(step.small)}
    for at, each in enumerate(plan.modifiers):
        if each.risk_class not in RISK_CLASSES:
            yield f"modifiers.{at}.risk_class", "class_unknown"
        if not set(each.steps) <= known:
            yield f"modifiers.{at}.steps", "step_unknown"
        if each.passed_over and final & set(each.steps):
            yield f"modifiers.{at}.passed_over", "final_passed_over"
        if each.broken_promises is not None and not 1 <= each.broken_promises <= 10:
            yield f"modifiers.{at}.broken_promises", "exit_out_of_range"
        if not 0 <= each.earlier_days <= 30:
            yield f"modifiers.{at}.earlier_days", "days_out_of_range"
