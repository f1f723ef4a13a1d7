"""A customer's objection to an invoice: why, where it came from, and that only the disputed amount rests."""

from __future__ import annotations

from enum import StrEnum

from server.core.words import msgid as _


class DisputeStatus(StrEnum):
    """Where an objection stands."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class DisputeReason(StrEnum):
    """What the customer says is wrong."""

    NOT_DONE = "not_done"
    BADLY_DONE = "badly_done"
    PRICE = "price"
    NOT_ORDERED = "not_ordered"
    PAID_ALREADY = "paid_already"
    WRONG_DETAILS = "wrong_details"
    OTHER = "other"


class RootCause(StrEnum):
    """Where it came from, once somebody looked: what is repeated is mended there."""

    WORK = "work"
    QUOTE = "quote"
    INVOICING = "invoicing"
    PAYMENT_NOT_BOOKED = "payment_not_booked"
    MISUNDERSTANDING = "misunderstanding"
    NO_CAUSE = "no_cause"


REASONS = {
    DisputeReason.NOT_DONE: _("The work was not done"),
    DisputeReason.BADLY_DONE: _("The work is not as agreed"),
    DisputeReason.PRICE: _("The price is not as agreed"),
    DisputeReason.NOT_ORDERED: _("I did not order this"),
    DisputeReason.PAID_ALREADY: _("I paid this already"),
    DisputeReason.WRONG_DETAILS: _("Something on the invoice is wrong"),
    DisputeReason.OTHER: _("Something else"),
}

CAUSES = {
    RootCause.WORK: _("The work itself"),
    RootCause.QUOTE: _("The quote or the contract"),
    RootCause.INVOICING: _("The invoice"),
    RootCause.PAYMENT_NOT_BOOKED: _("A payment that was not booked"),
    RootCause.MISUNDERSTANDING: _("A misunderstanding"),
    RootCause.NO_CAUSE: _("Nothing was wrong"),
}


def demanded(*, balance_minor: int, disputed_minor: int) -> int:
    """Return what may be asked for of an invoice: what it owes without what is disputed."""
    return max(balance_minor - disputed_minor, 0)


def credited(status: DisputeStatus, *, disputed_minor: int, balance_minor: int) -> int:
    """Return how much of what an invoice owes an objection takes off it: all of it where it is right."""
    return min(disputed_minor, max(balance_minor, 0)) if status is DisputeStatus.UPHELD else 0


def paid_all_the_same(
    reason: DisputeReason, cause: RootCause | None, *, disputed_minor: int, paid_minor: int, left_minor: int
) -> int:
    """Return how much of an objection that is right its customer had paid by then: `paid_minor` less what is left of
    the invoice without it. Of a payment that we had not booked nothing was paid twice."""
    if reason is DisputeReason.PAID_ALREADY or cause is RootCause.PAYMENT_NOT_BOOKED:
        return 0
    return min(max(paid_minor - left_minor, 0), disputed_minor)
