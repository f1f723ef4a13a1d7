"""Saved cards decided: what the customer agrees to, and what a charge without them became."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from server.core import words
from server.core.words import msgid as _
from server.payments.rules.collecting import Status, Verdict

_CONSENT = _(
    "I allow %(business)s to keep my card with its payment provider, Stripe, and to charge it later without me being"
    " there, for what I owe on its invoices and never more. I get a receipt for every charge. I can take this back at"
    " any time, on the payment page of an invoice or by asking %(business)s; my card is then no longer kept."
)


class Channel(StrEnum):
    """Where a customer agreed."""

    READER = "reader"
    PAGE = "page"


@dataclass(frozen=True, kw_only=True)
class Consent:
    """That a customer agreed: to which text (its SHA-256, and its language), who said so, and where."""

    text_sha256: str
    language: str
    said_by: str
    channel: Channel


def consent_text(language: str, *, business: str) -> str:
    """Return what a customer agrees to, word for word."""
    return words.say(language, _CONSENT, business=business)


def text_sha256(text: str) -> str:
    """Return the fingerprint of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_charge(intent_status: str, *, failure_code: str | None) -> Verdict | None:
    """Return what a charge of a saved card became; None while it is not confirmed, so that nothing was charged.

    Off-session a bank that wants to see the holder refuses. Source: Stripe, "Save a card and charge it later".
    """
    match intent_status:
        case "succeeded":
            return Verdict(status=Status.SUCCEEDED)
        case "requires_confirmation":
            return None
        case "processing" | "requires_capture":
            return Verdict(status=Status.PROCESSING)
    return Verdict(status=Status.FAILED, failure_code=failure_code or "interrupted")
