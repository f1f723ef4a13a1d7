"""Cards taken by a phone's app through the mobile SDK decided: a small reader, or the phone itself (Tap to Pay)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from server.payments.rules.capturing import why_canceled
from server.payments.rules.collecting import Status, Verdict

# Longer than this nobody stands before a phone with a card: the attempt is closed, so that it holds nothing up.
SDK_PATIENCE = timedelta(hours=1)

# A phone forwards what it took without network within days: as far back as lost events are looked for.
FORWARDED_WITHIN = timedelta(days=4)

# Events by which a card that the SDK took without us is learnt of.
ABOUT_FORWARDED = (
    "payment_intent.succeeded",
    "payment_intent.amount_capturable_updated",
    "payment_intent.payment_failed",
)

# Why a double brought nothing: what it held was let go.
DOUBLE_RELEASED = "double_released"

# What a PaymentIntent has come to when it holds or brought money.
MONEY = ("succeeded", "requires_capture")


@dataclass(frozen=True, kw_only=True)
class SdkSeen:
    """What Stripe shows of an attempt that the SDK drives: there is no reader of ours to ask."""

    intent_status: str
    charge_failure: str | None
    capture_before: datetime | None
    cancellation: str | None
    was_held: bool


def read_sdk(seen: SdkSeen) -> Verdict:
    """Return what an attempt by the SDK became. After a decline it still waits: the app tries the next card by the same
    PaymentIntent, without asking us."""
    match seen.intent_status:
        case "succeeded":
            return Verdict(status=Status.SUCCEEDED)
        case "canceled":
            return Verdict(status=Status.CANCELED, failure_code=why_canceled(seen.cancellation, was_held=seen.was_held))
        case "processing" | "requires_capture":
            return Verdict(status=Status.PROCESSING, capture_before=seen.capture_before)
    return Verdict(status=Status.WAITING, failure_code=seen.charge_failure)
