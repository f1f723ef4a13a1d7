"""Interac decided: where it is taken, and what became of a refund that waits for its card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from server.payments.rules.refunding import RefundStatus

INTERAC = "interac_present"

# Nobody stands at a reader longer than this with the card that is to get its money back.
CARD_AWAITED = timedelta(minutes=10)

# A reader may still be getting a command whose answer was lost; absence is believed after this.
_SETTLING = timedelta(seconds=30)


def card_kinds(*, country: str, currency: str) -> tuple[str, ...]:
    """Return the kinds of card a reader of the business may take.

    Source: Stripe, "Accept in-person Interac payments": Canadian accounts and locations, Canadian dollars.
    """
    return ("card_present", INTERAC) if (country, currency) == ("CA", "CAD") else ("card_present",)


@dataclass(frozen=True, kw_only=True)
class RefundSeen:
    """What a reader shows of a refund, when Stripe has none of it; `waited` is since it was sent there."""

    action_is_ours: bool
    action_status: str | None
    action_failure: str | None
    waited: timedelta


@dataclass(frozen=True, kw_only=True)
class RefundVerdict:
    """What a refund at a reader became; `failure_code` says why it failed."""

    status: RefundStatus
    failure_code: str | None = None


def read_refund_at_reader(seen: RefundSeen, *, status: RefundStatus) -> RefundVerdict:
    """Return what became of a refund that Stripe has not made: it waits, it failed, or nobody knows yet."""
    if not seen.action_is_ours:
        if status is not RefundStatus.WAITING and seen.waited < _SETTLING:
            return RefundVerdict(status=status)
        begun = status is not RefundStatus.CREATED
        return RefundVerdict(status=RefundStatus.FAILED, failure_code="reader_interrupted" if begun else "interrupted")
    if seen.action_status == "in_progress":
        return RefundVerdict(status=RefundStatus.WAITING)
    if seen.action_status == "failed" and seen.action_failure == "customer_canceled":
        return RefundVerdict(status=RefundStatus.CANCELED, failure_code="customer_canceled")
    # The reader says that it worked, or lost its connection: the bank may have been asked all the same.
    in_doubt = seen.action_status == "succeeded" or seen.action_failure == "connection_error"
    if in_doubt and seen.waited < CARD_AWAITED:
        return RefundVerdict(status=RefundStatus.UNKNOWN)
    return RefundVerdict(status=RefundStatus.FAILED, failure_code=seen.action_failure or "reader_interrupted")
