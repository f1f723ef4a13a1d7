"""What a customer reads about their promise, payment plan or objection: in their language, polite, and exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from server.core import words
from server.core.words import msgid as _
from server.dunning.rules.disputes import DisputeStatus
from server.dunning.rules.instalments import GRACE, Part


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A letter in the reader's language: its subject, its paragraphs, and rows of (label, value)."""

    subject: str
    said: tuple[str, ...]
    rows: tuple[tuple[str, str], ...] = ()


class Word(Protocol):
    """A promise, as far as its letter goes."""

    amount_minor: int
    currency: str
    due_on: date


class Objection(Protocol):
    """An objection, as far as its letter goes."""

    status: DisputeStatus
    amount_minor: int
    credited_minor: int
    currency: str
    answer: str | None


def promise_letter(promise: Word, locale: str, business: str) -> Letter:
    """Return the confirmation of a promise."""
    amount, day = words.money(promise.amount_minor, promise.currency, locale), words.date(promise.due_on, locale)
    return Letter(
        subject=words.say(locale, "Your promise to pay %(amount)s to %(business)s", amount=amount, business=business),
        said=(
            words.say(
                locale,
                "Thank you. We have noted that you will pay %(amount)s by %(day)s, and send you no reminders until"
                " then. If you pay earlier, there is nothing more to do.",
                amount=amount,
                day=day,
            ),
            words.say(locale, "Something comes in between? Tell us before that day."),
        ),
        rows=((words.say(locale, "Amount promised"), amount), (words.say(locale, "To be paid by"), day)),
    )


def objection_letter(dispute: Objection, number: str, locale: str, business: str) -> Letter:
    """Return the confirmation that we look into an objection."""
    amount = words.money(dispute.amount_minor, dispute.currency, locale)
    return Letter(
        subject=words.say(locale, "%(business)s: we look into invoice %(number)s", number=number, business=business),
        said=(
            words.say(
                locale,
                "Thank you for telling us what is wrong with invoice %(number)s. We look into it and answer you. Until"
                " then we do not ask you for the %(amount)s you object to.",
                number=number,
                amount=amount,
            ),
            words.say(locale, "What you do not object to stays due as before."),
        ),
    )


_ANSWERS = {
    DisputeStatus.UPHELD: _("You were right about invoice %(number)s: we took %(amount)s off it."),
    DisputeStatus.REJECTED: _(
        "We looked into your objection to invoice %(number)s and found that the %(amount)s are owed as invoiced. You"
        " do not see it that way? Answer this message."
    ),
    DisputeStatus.WITHDRAWN: _(
        "You withdrew your objection to invoice %(number)s, thank you. The %(amount)s are due as before."
    ),
}


def answer_letter(dispute: Objection, number: str, paid_minor: int, locale: str, business: str) -> Letter:
    """Return what became of an objection, with our own words about it; `paid_minor` of it had been paid."""
    minor = dispute.credited_minor if dispute.status is DisputeStatus.UPHELD else dispute.amount_minor
    decided = words.say(
        locale, _ANSWERS[dispute.status], number=number, amount=words.money(minor, dispute.currency, locale)
    )
    kept = words.say(
        locale,
        "You had paid %(amount)s of it: it is your credit. Ask us to use it for an invoice, or to give it back.",
        amount=words.money(paid_minor, dispute.currency, locale),
    )
    return Letter(
        subject=words.say(
            locale, "%(business)s: your objection to invoice %(number)s", number=number, business=business
        ),
        said=(decided, *([dispute.answer] if dispute.answer else []), *([kept] if paid_minor else [])),
    )


class PlanWords(Protocol):
    """A payment plan, as far as its letters go."""

    total_minor: int
    currency: str
    sign_by: date | None


def offer_letter(plan: PlanWords, parts: Sequence[Part], locale: str, business: str) -> Letter:
    """Return the offer to pay in parts, to be signed on the customer's page."""
    day = words.date(plan.sign_by, locale) if plan.sign_by else ""
    return Letter(
        subject=words.say(locale, "%(business)s: paying in parts, for you to sign", business=business),
        said=(
            words.say(
                locale,
                "You can pay what is open in the parts listed below. Read the agreement on your page and sign it there"
                " by %(day)s; until then we send you no reminders.",
                day=day,
            ),
        ),
        rows=_part_rows(parts, plan.currency, locale),
    )


def agreed_letter(plan: PlanWords, parts: Sequence[Part], card: str | None, locale: str, business: str) -> Letter:
    """Return the confirmation of a signed agreement, which is attached; `card` is the one that is charged, if any."""
    how = (
        words.say(locale, "Each part is charged to your card %(card)s on its day.", card=card)
        if card
        else words.say(locale, "We remind you some days before each part, with the link to pay it.")
    )
    return Letter(
        subject=words.say(locale, "%(business)s: your payment agreement", business=business),
        said=(words.say(locale, "Thank you. The signed agreement is attached. Keep it."), how),
        rows=_part_rows(parts, plan.currency, locale),
    )


def part_letter(
    *, part: Part, count: int, missing_minor: int, currency: str, card: str | None, locale: str, business: str
) -> Letter:
    """Return the reminder of a part before its day, or on it where no card is charged."""
    amount, day = words.money(missing_minor, currency, locale), words.date(part.due_on, locale)
    if card:
        said = words.say(
            locale,
            "On %(day)s we charge %(amount)s to your card %(card)s, as agreed.",
            day=day,
            amount=amount,
            card=card,
        )
    else:
        said = words.say(
            locale, "%(amount)s of your payment agreement is to be paid by %(day)s.", day=day, amount=amount
        )
    return Letter(
        subject=words.say(
            locale, "%(business)s: part %(number)s of %(count)s", business=business, number=part.position, count=count
        ),
        said=(said,),
    )


def declined_letter(*, part: Part, amount_minor: int, currency: str, again: bool, locale: str, business: str) -> Letter:
    """Return the word that a card was not charged for a part, and what comes next."""
    next_said = (
        words.say(locale, "We try again in two days. You can pay by the link before that.")
        if again
        else words.say(locale, "Please pay this part by the link, within %(days)s of its day.", days=_grace(locale))
    )
    amount = words.money(amount_minor, currency, locale)
    return Letter(
        subject=words.say(locale, "%(business)s: your card was not charged", business=business),
        said=(
            words.say(
                locale,
                "Your card was declined for part %(number)s of your payment agreement (%(amount)s). Nothing was"
                " charged.",
                number=part.position,
                amount=amount,
            ),
            next_said,
        ),
    )


def ended_letter(plan: PlanWords, left_minor: int, locale: str, business: str) -> Letter:
    """Return the word that an agreement ended since a part did not come."""
    return Letter(
        subject=words.say(locale, "%(business)s: your payment agreement has ended", business=business),
        said=(
            words.say(
                locale,
                "A part of your payment agreement has not come, and its time is over. The agreement has ended, and"
                " %(amount)s is due now. Something went wrong? Tell us, we would rather talk.",
                amount=words.money(left_minor, plan.currency, locale),
            ),
        ),
    )


def _part_rows(parts: Sequence[Part], currency: str, locale: str) -> tuple[tuple[str, str], ...]:
    return tuple((words.date(part.due_on, locale), words.money(part.amount_minor, currency, locale)) for part in parts)


def _grace(locale: str) -> str:
    return words.plural(locale, "%(count)s day", "%(count)s days", GRACE.days)
