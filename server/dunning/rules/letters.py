"""What a customer reads about their promise, payment plan or objection: in their language, polite, and exact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from server.core import words
from server.core.words import msgid as _
from server.dunning.rules.disputes import DisputeStatus


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


def answer_letter(dispute: Objection, number: str, locale: str, business: str) -> Letter:
    """Return what became of an objection, with our own words about it."""
    minor = dispute.credited_minor if dispute.status is DisputeStatus.UPHELD else dispute.amount_minor
    decided = words.say(
        locale, _ANSWERS[dispute.status], number=number, amount=words.money(minor, dispute.currency, locale)
    )
    return Letter(
        subject=words.say(
            locale, "%(business)s: your objection to invoice %(number)s", number=number, business=business
        ),
        said=(decided, *([dispute.answer] if dispute.answer else [])),
    )
