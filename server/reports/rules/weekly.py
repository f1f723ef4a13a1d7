"""What the report of a week says: each number beside that of the week before, by currency; counts; who is late."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from server.contacts.rules import NAMES
from server.core import money, words
from server.core.words import msgid as _
from server.standing.rules import CLASSES

Rows = tuple[tuple[str, str], ...]

WEEK = timedelta(days=7)

# What is counted, in the order in which it is told.
COUNTED = (
    "message_sent", "call_closed", "promise_made", "promise_kept", "promise_partly_kept", "promise_broken",
    "dispute_opened", "payment_reversed", "case_opened", "case_closed", "override_made",
)  # fmt: skip
LATEST = 10
_CHANGE = _("%(now)s (%(before)s the week before)")
_MONEY = {
    "open": _("Open"),
    "past_due": _("Past due"),
    "over_90": _("Over 90 days late"),
    "in_collection": _("In collection"),
    "invoiced": _("Invoiced in the week"),
    "received": _("Received in the week"),
    "on_site": _("Of it, on the day of the invoice"),
    "expected": _("Expected to be recovered"),
}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """An amount at the end of a week, or over it, and the same a week before, in minor units."""

    name: str
    now_minor: int
    before_minor: int

    @property
    def change_minor(self) -> int:
        """What changed."""
        return self.now_minor - self.before_minor


@dataclass(frozen=True, kw_only=True)
class WeekMoney:
    """The week in one currency. Days of sales outstanding count over 90 days."""

    currency: str
    figures: tuple[Figure, ...]
    dso_days: Decimal | None
    dso_before_days: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Count:
    """How often something happened in a week and in the one before (`contacts.rules.Kind`)."""

    kind: str
    now: int
    before: int


@dataclass(frozen=True, kw_only=True)
class LateCustomer:
    """What one customer is past due on, and was a week before."""

    customer_id: str
    name: str
    currency: str
    past_due_minor: int
    before_minor: int


@dataclass(frozen=True, kw_only=True)
class ClassMove:
    """A customer whose class changed in the week."""

    customer_id: str
    name: str
    was: str
    became: str


@dataclass(frozen=True, kw_only=True)
class Weekly:
    """A week as the books and the log knew it when it ended: what came to be known later is in a later week, so that
    the same week always says the same. `log_*` is where the log of contacts ended."""

    first: date
    last: date
    money: tuple[WeekMoney, ...]
    counts: tuple[Count, ...]
    late: tuple[LateCustomer, ...]
    moves: tuple[ClassMove, ...]
    log_sequence: int
    log_hash: str


def last_day(on: date) -> date:
    """Return the last day, a Sunday, of the week of a day (ISO 8601)."""
    return on + timedelta(days=7 - on.isoweekday())


def headline(weekly: Weekly, locale: str) -> str:
    """Return what the report is called."""
    days = {"first": words.date(weekly.first, locale), "last": words.date(weekly.last, locale)}
    return words.say(locale, _("The week of %(first)s to %(last)s"), **days)


def sections(weekly: Weekly, locale: str) -> tuple[tuple[str, Rows], ...]:
    """Return the report in words: (heading, rows of (label, value))."""
    said = [(_heading(of, locale), _money_rows(of, locale)) for of in weekly.money]
    counts = tuple(
        (words.say(locale, NAMES[count.kind]), _beside(locale, str(count.now), str(count.before)))
        for count in weekly.counts
    )
    said.append((words.say(locale, _("What was done, and what came of it")), counts))
    if weekly.late:
        said.append((words.say(locale, _("Who is latest")), tuple(_late(each, locale) for each in weekly.late)))
    if weekly.moves:
        said.append((words.say(locale, _("Who pays otherwise than before")), _moves(weekly.moves, locale)))
    end = words.say(locale, _("row %(sequence)s, %(hash)s"), sequence=str(weekly.log_sequence), hash=weekly.log_hash)
    said.append((words.say(locale, _("Proof")), ((words.say(locale, _("The log of contacts ended at")), end),)))
    return tuple(said)


def _heading(of: WeekMoney, locale: str) -> str:
    return words.say(locale, _("Money, in %(currency)s"), currency=of.currency)


def _money_rows(of: WeekMoney, locale: str) -> Rows:
    rows = [
        (
            words.say(locale, _MONEY[figure.name]),
            _amounts(locale, of.currency, figure.now_minor, figure.before_minor),
        )
        for figure in of.figures
    ]
    nothing = words.say(locale, _("nothing to tell yet"))
    days = (nothing if each is None else words.number(each, locale) for each in (of.dso_days, of.dso_before_days))
    return (*rows, (words.say(locale, _("Days of sales outstanding")), _beside(locale, *days)))


def _amounts(locale: str, currency: str, now_minor: int, before_minor: int) -> str:
    return _beside(locale, words.money(now_minor, currency, locale), words.money(before_minor, currency, locale))


def _beside(locale: str, now: str, before: str) -> str:
    return words.say(locale, _CHANGE, now=now, before=before)


def _late(each: LateCustomer, locale: str) -> tuple[str, str]:
    return each.name, _amounts(locale, each.currency, each.past_due_minor, each.before_minor)


def _moves(moves: Sequence[ClassMove], locale: str) -> Rows:
    return tuple(
        (move.name, " → ".join(words.say(locale, CLASSES[each]) for each in (move.was, move.became))) for move in moves
    )


def as_csv(weekly: Weekly) -> str:
    """Return the report as CSV: section, name, currency, this week, the week before; amounts in the main unit."""
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(["section", "name", "currency", "week", "week_before"])
    for of in weekly.money:
        for figure in of.figures:
            amounts = (money.major(minor, of.currency) for minor in (figure.now_minor, figure.before_minor))
            rows.writerow(["money", figure.name, of.currency, *amounts])
        rows.writerow(["money", "dso_days", of.currency, of.dso_days, of.dso_before_days])
    rows.writerows(["count", count.kind, "", count.now, count.before] for count in weekly.counts)
    for each in weekly.late:
        amounts = (money.major(minor, each.currency) for minor in (each.past_due_minor, each.before_minor))
        rows.writerow(["late", words.cell(each.name), each.currency, *amounts])
    rows.writerows(["class", words.cell(move.name), "", move.became, move.was] for move in weekly.moves)
    rows.writerow(["log", weekly.log_hash, "", weekly.log_sequence, ""])
    return written.getvalue()
