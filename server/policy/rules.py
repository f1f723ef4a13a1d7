"""What the policy says, from settings as plain facts.

Source: article 004 (a written policy that covers everybody, handed over with the contract and known by the staff).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from server.core import words
from server.core.words import msgid as _
from server.documents.facts import Section
from server.standing.rules import CLASSES

# What a step of the plan is, by its channel.
CHANNELS: dict[str, str] = {
    "survey": _("a few questions by e-mail"),
    "email": _("an e-mail"),
    "text": _("a text message"),
    "letter": _("a letter"),
    "call": _("a call"),
    "supervisor_call": _("a call by a supervisor"),
    "referral": _("a decision whether to refer or to let go"),
}
_FROM = {
    "due_date": _("day %(opens)s to %(closes)s after the due date"),
    "invoice_date": _("day %(opens)s to %(closes)s after the invoice"),
}


def digest(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 by which a version is known."""
    written = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()


def sections(content: Mapping[str, Any], locale: str, *, for_staff: bool) -> tuple[Section, ...]:
    """Return the policy in words: sections of (label, value). What one person alone may give back is the staff's."""
    for_everybody = (_payment(content, locale), _classes(content, locale), _plan(content, locale))
    return (*for_everybody, _refunds(content, locale)) if for_staff else for_everybody


def _payment(content: Mapping[str, Any], locale: str) -> Section:
    late = content["late_percent_per_year"]
    rows = [
        (
            words.say(locale, _("An invoice is due")),
            words.say(locale, _("%(days)s days after it is issued"), days=str(content["payment_days"])),
        ),
        (
            words.say(locale, _("Late charge")),
            words.say(locale, _("none"))
            if late is None
            else words.say(
                locale,
                _("%(rate)s a year, only where the signed contract says so and the law allows it"),
                rate=words.percent(Decimal(late), locale),
            ),
        ),
    ]
    return Section(heading=words.say(locale, _("Paying")), rows=tuple(rows))


def _classes(content: Mapping[str, Any], locale: str) -> Section:
    rows = tuple(
        (words.say(locale, name), _class(content["classes"][each], content["currency"], locale))
        for each, name in CLASSES.items()
    )
    return Section(heading=words.say(locale, _("Credit, by how a customer pays")), rows=rows)


def _class(said: Mapping[str, Any], currency: str, locale: str) -> str:
    if said["do_not_book"]:
        return words.say(locale, _("no further job until what is open is settled"))
    told = []
    if said["up_front_percent"]:
        part = words.percent(Decimal(said["up_front_percent"]), locale)
        told.append(words.say(locale, _("%(part)s before the work is done"), part=part))
    if said["limit_minor"] is not None:
        limit = words.money(said["limit_minor"], currency, locale)
        told.append(words.say(locale, _("at most %(limit)s open"), limit=limit))
    return ", ".join(told) or words.say(locale, _("nothing up front"))


def _plan(content: Mapping[str, Any], locale: str) -> Section:
    plan, heading = content["plan"], words.say(locale, _("When an invoice stays unpaid"))
    if plan is None:
        nobody = words.say(locale, _("nobody is reminded yet"))
        return Section(heading=heading, rows=((words.say(locale, _("The plan")), nobody),))
    above = " · ".join(words.money(each["above_minor"], each["currency"], locale) for each in plan["large_accounts"])
    rows = [_step(step, plan["basis"], locale) for step in plan["steps"]]
    rows.append((words.say(locale, _("A large account owes more than")), above or words.say(locale, _("not set"))))
    gap = words.say(locale, _("%(days)s days"), days=str(plan["min_gap_days"]))
    rows.append((words.say(locale, _("Between two messages at least")), gap))
    return Section(heading=heading, rows=tuple(rows))


def _step(step: Mapping[str, Any], basis: str, locale: str) -> tuple[str, str]:
    when = words.say(locale, _FROM[basis], opens=str(step["opens_day"]), closes=str(step["closes_day"]))
    if step["opens_day"] < 0:
        when = words.say(locale, _("in the %(days)s days before the due date"), days=str(-step["opens_day"]))
    large, small = (words.say(locale, CHANNELS.get(step[size], step[size])) for size in ("large", "small"))
    if large == small:
        return when, large
    return when, words.say(locale, _("large accounts: %(large)s; others: %(small)s"), large=large, small=small)


def _refunds(content: Mapping[str, Any], locale: str) -> Section:
    limits = {name: words.money(minor, content["currency"], locale) for name, minor in content["refunds"].items()}
    return Section(
        heading=words.say(locale, _("Giving money back")),
        rows=(
            (words.say(locale, _("A technician alone, up to")), limits["technician_minor"]),
            (words.say(locale, _("One person at the desk, up to")), limits["office_minor"]),
            (words.say(locale, _("Above that")), words.say(locale, _("two people agree"))),
        ),
    )
