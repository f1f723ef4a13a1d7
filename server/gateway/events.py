"""Events that Stripe sends us: verified on the raw bytes, with every secret that is current."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import stripe

from server.core import clock, config
from server.core.errors import Malformed

TOLERANCE_SECONDS = 300


class SignatureWrong(Malformed):
    """This event does not carry a valid signature of ours."""

    code = "signature_wrong"


@dataclass(frozen=True, kw_only=True)
class Event:
    """What an event is about. It says that something changed; what is true is asked of Stripe."""

    id: str
    type: str
    account: str | None
    object_id: str
    intent_id: str | None
    payment_id: str | None
    happened_at: datetime


def verify(payload: bytes, signature: str, *, now: datetime) -> Event:
    """Return the event. Raises SignatureWrong when no secret fits, or it was signed over 5 minutes from now.

    The age is checked here, since the SDK accepts any future. Where the product's clock was moved, the machine's counts
    too: Stripe's test mode does not move with us.
    """
    for secret in config.current().stripe_webhook_secrets:
        try:
            stripe.WebhookSignature.verify_header(payload.decode(), signature, secret, tolerance=None)
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            continue
        ages = (abs((moment - _signed_at(signature)).total_seconds()) for moment in (now, now - clock.offset()))
        if min(ages) > TOLERANCE_SECONDS:
            break
        return _read(payload)
    raise SignatureWrong


def _signed_at(signature: str) -> datetime:
    seconds = next(part[2:] for part in signature.split(",") if part.startswith("t="))
    return datetime.fromtimestamp(int(seconds), UTC)


def _read(payload: bytes) -> Event:
    body: dict[str, Any] = json.loads(payload)
    about: dict[str, Any] = body["data"]["object"]
    reader = about.get("action") or {}
    action = reader.get("process_payment_intent") or reader.get("refund_payment") or {}
    intent = about.get("payment_intent") or action.get("payment_intent")
    return Event(
        id=body["id"],
        type=body["type"],
        account=body.get("account"),
        object_id=about.get("id", ""),  # a balance has none
        intent_id=about["id"] if about["object"] == "payment_intent" else intent,
        payment_id=(about.get("metadata") or {}).get("payment_id"),
        happened_at=datetime.fromtimestamp(body["created"], UTC),
    )
