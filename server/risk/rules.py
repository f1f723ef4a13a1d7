"""The class of a customer from how they paid so far, and the other terms that follow for the best and the worst.

Source: the classes of the treatment plan's risk modifiers; articles 001 and 002. Days late count from the due date;
below 0 is early. Averages are weighted by amount.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from server.core import words
from server.core.words import msgid as _
from server.standing.rules import PayerType, RiskClass, Standing

KNOWN_AFTER = 3
JUDGED_AFTER = 6
RELIABLE_DAYS = 5
SLOW_DAYS = (15, 45)
SMALL_SPREAD_DAYS = 10
SLIPS = 3
# Whoever is reliable may break so many promises before they are taken for a high risk: one is forgiven.
RELIABLE_BREAKS = 2
NEVER_PAID_DAYS = 60
# Whose exact habit is to pay on the day may still be this much later once.
_LEAST_BAND_DAYS = 5
_BEST_LIMIT = Decimal("1.5")
SIGNALS: dict[str, str] = {
    "promise_broken": _("a promise was broken"),
    "payment_reversed": _("a payment bounced"),
    "chargeback_lost": _("a bank took a payment back"),
    "message_bounced": _("our messages do not reach them"),
    "wrong_number": _("their number is wrong"),
}


@dataclass(frozen=True, kw_only=True)
class Paid:
    """An invoice paid in full: how many days after its due day, and how much it was."""

    days_late: int
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class Record:
    """How a customer paid, in the business's currency: `paid` by the day of payment, the oldest first; `running` are
    the days that open invoices are late so far.

    `signals` are what happened since the oldest invoice that is still open was issued: once it is paid, they are over.
    """

    paid: Sequence[Paid] = ()
    running: Sequence[int] = ()
    open_minor: int = 0
    in_parts: bool = False
    broken_promises: int = 0
    signals: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A class, the numbers it follows from, whether a good payer slips out of their own band, and why they may not
    pay."""

    risk_class: RiskClass
    facts: Mapping[str, Any] = field(default_factory=dict)
    slips: bool = False
    payer_type: PayerType = PayerType.UNKNOWN


def weighted_days(paid: Sequence[Paid]) -> Decimal | None:
    """Return the average days late, each invoice weighted by its amount, to a tenth; None where nothing was paid."""
    weight = sum(each.amount_minor for each in paid)
    if weight <= 0:
        return None
    return _tenth(Decimal(sum(each.days_late * each.amount_minor for each in paid)) / weight)


def spread_days(days: Sequence[int]) -> Decimal:
    """Return the standard deviation of days late, to a tenth."""
    if not days:
        return Decimal(0)
    mean = Decimal(sum(days)) / len(days)
    squares = sum(((day - mean) ** 2 for day in days), Decimal(0))
    return _tenth((squares / len(days)).sqrt())


def band_ends(days: Sequence[int]) -> Decimal:
    """Return the last day late that is still this customer's habit: two standard deviations above their average, and
    never less than five days above it. Source: Shewhart's control chart, with limits at 2 for an early word."""
    mean = Decimal(sum(days)) / len(days)
    return _tenth(mean + max(2 * spread_days(days), Decimal(_LEAST_BAND_DAYS)))


def classify(record: Record) -> Verdict:
    """Return the class of a customer: a broken word before everything else, then who is new, who gets worse, and what
    the long run says."""
    days = [each.days_late for each in record.paid]
    latest = [*days, *sorted(record.running)]
    average, spread = weighted_days(record.paid), spread_days(days)
    facts: dict[str, Any] = {"paid": len(days), "average_days": _plain(average), "spread_days": _plain(spread)}
    beyond = 0
    if len(days) >= JUDGED_AFTER:
        ends = band_ends(latest[:-SLIPS])
        beyond = _run_beyond(latest[-SLIPS:], ends)
        facts |= {"band_days": _plain(ends), "beyond": beyond}
    payer = _payer_type(record)
    risk_class = _by_history(len(days), average, spread, beyond)
    broken, signals = record.signals.count("promise_broken"), set(record.signals)
    if risk_class is RiskClass.RELIABLE and broken < RELIABLE_BREAKS:
        signals.discard("promise_broken")
    if signals:
        return Verdict(risk_class=RiskClass.HIGH, facts={**facts, "signals": sorted(signals)}, payer_type=payer)
    good = risk_class in (RiskClass.RELIABLE, RiskClass.SLOW_BUT_SURE)
    return Verdict(risk_class=risk_class, facts=facts, slips=good and (beyond > 0 or broken > 0), payer_type=payer)


def _by_history(count: int, average: Decimal | None, spread: Decimal, beyond: int) -> RiskClass:
    if count < KNOWN_AFTER or average is None:
        return RiskClass.NEW_UNKNOWN
    if count < JUDGED_AFTER:
        return RiskClass.ORDINARY
    if beyond >= SLIPS:
        return RiskClass.DETERIORATING
    if average <= RELIABLE_DAYS:
        return RiskClass.RELIABLE
    if SLOW_DAYS[0] <= average <= SLOW_DAYS[1] and spread <= SMALL_SPREAD_DAYS:
        return RiskClass.SLOW_BUT_SURE
    return RiskClass.ORDINARY


def _run_beyond(latest: Sequence[int], ends: Decimal) -> int:
    """Return how many of the latest in a row, from the last one back, are beyond the band."""
    count = 0
    for day in reversed(latest):
        if day <= ends:
            break
        count += 1
    return count


def _payer_type(record: Record) -> PayerType:
    """Return why they may not pay, as far as the books tell; the office decides."""
    late = max(record.running, default=0)
    if not record.paid and not record.in_parts and late > NEVER_PAID_DAYS:
        return PayerType.NON_PAYER
    if record.broken_promises >= 2:
        return PayerType.WILFUL
    return PayerType.SHORT_OF_CASH if record.in_parts and late > 0 else PayerType.UNKNOWN


def explain(locale: str, risk_class: RiskClass, facts: Mapping[str, Any]) -> str:
    """Say in a sentence what a class follows from, in the reader's language."""
    if risk_class is RiskClass.HIGH:
        said = [words.say(locale, SIGNALS[name]) for name in facts.get("signals", ()) if name in SIGNALS]
        return words.say(locale, _("Something is open, and since then %(what)s."), what=", ".join(said))
    days, band, spread = (Decimal(facts.get(name) or "0") for name in ("average_days", "band_days", "spread_days"))
    when = _("%(days)s days before the due date") if days < 0 else _("%(days)s days after the due date")
    named = {
        "paid": str(facts.get("paid", 0)),
        "when": words.say(locale, when, days=words.number(abs(days), locale)),
        "band": words.number(band, locale),
        "spread": words.number(spread, locale),
    }
    sentences = {
        RiskClass.NEW_UNKNOWN: _("Invoices paid so far: %(paid)s, too few to know them."),
        RiskClass.DETERIORATING: _(
            "The last three are later than day %(band)s after the due date, beyond their habit."
        ),
        RiskClass.RELIABLE: _("%(paid)s invoices paid, on average %(when)s."),
        RiskClass.SLOW_BUT_SURE: _(
            "%(paid)s invoices paid, on average %(when)s, always about the same (give or take %(spread)s)."
        ),
        RiskClass.ORDINARY: _("%(paid)s invoices paid, on average %(when)s, give or take %(spread)s."),
    }
    return words.say(locale, sentences[risk_class], **named)


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """Other terms for a customer: a code for why, and what changes."""

    because: str
    limit_minor: int | None = None
    up_front_percent: int | None = None
    do_not_book: bool | None = None


PROPOSALS: dict[str, str] = {
    "best": _("They are among the best: ask nothing up front, and let more be open."),
    "worst": _("They cost more than they bring: everything up front from now on."),
    "never_paid": _("They never paid anything: book nothing more."),
}


def propose(
    risk_class: RiskClass, payer_type: PayerType, *, standing: Standing, limit_minor: int | None, up_front_percent: int
) -> Proposed | None:
    """Return other terms for the best and the worst, or None where today's are right."""
    if risk_class is RiskClass.RELIABLE and (up_front_percent or standing is Standing.HOLD):
        wider = None if limit_minor is None else int(limit_minor * _BEST_LIMIT)
        return Proposed(because="best", limit_minor=wider, up_front_percent=0)
    if standing is Standing.STOP:
        return None
    if payer_type is PayerType.NON_PAYER:
        return Proposed(because="never_paid", do_not_book=True)
    worst = risk_class is RiskClass.DETERIORATING or payer_type is PayerType.WILFUL
    return Proposed(because="worst", up_front_percent=100) if worst and up_front_percent < 100 else None


def as_of(today: date) -> date:
    """Return from which day on invoices count: two years."""
    return today.replace(year=today.year - 2, day=min(today.day, 28))


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _tenth(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
