"""Amounts that a card only holds decided: how long, how much is taken, and when by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

# Stripe's words for a hold that ended without us.
_RAN_OUT = ("automatic", "expired")

# Long enough before the bank lets go to try again, and for somebody to look.
_BY_ITSELF_BEFORE = timedelta(hours=6)


def captured_by_itself_at(capture_before: datetime) -> datetime:
    """Return when a held amount is captured unless somebody captured or released it: money is never forgotten.

    Source: Stripe, "Capture a PaymentIntent in person": within 2 days, or the bank lets go.
    """
    return capture_before - _BY_ITSELF_BEFORE


def why_canceled(reason: str | None, *, was_held: bool) -> str:
    """Return the failure code of an attempt whose PaymentIntent was canceled."""
    if reason in _RAN_OUT:
        return "authorization_expired"
    return "authorization_released" if was_held else "intent_canceled"


def tip_within(tip_minor: int, *, received_minor: int) -> int:
    """Return what of the money that came is the tip. Where no more was captured (as in Stripe's dashboard) than the
    tip that the card holds, all of it pays what is owed."""
    return tip_minor if received_minor > tip_minor else 0
