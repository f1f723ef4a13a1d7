"""Disputes: a bank takes a payment back, and hears what we have to say."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import stripe

from server.gateway.amounts import from_stripe
from server.gateway.balance import BalanceLine, read_all
from server.gateway.client import call, client


@dataclass(frozen=True, kw_only=True)
class BankDispute:
    """A dispute at Stripe, the truth about a chargeback: `lines` are what was taken from our balance and given back;
    `submission_count` says how often evidence went to the bank. One that is not
    `by_card` is a bank debit that came back (see `returns`)."""

    id: str
    status: str
    reason: str
    amount_minor: int
    currency: str
    intent_id: str
    evidence_due_at: datetime | None
    submission_count: int
    by_card: bool
    lines: tuple[BalanceLine, ...]
    created_at: datetime


def get(dispute_id: str) -> BankDispute:
    """Ask for a dispute. Raises Refused, NotNow, OutcomeUnknown."""
    with call():
        return _read(client().v1.disputes.retrieve(dispute_id))


def list_since(since: datetime) -> Iterator[BankDispute]:
    """Yield every dispute made since a moment, the newest first. Raises Refused, NotNow, OutcomeUnknown."""
    after: str | None = None
    while True:
        wanted: Any = {"created": {"gte": int(since.timestamp())}, "limit": 100}
        with call():
            page = client().v1.disputes.list(wanted | ({"starting_after": after} if after else {}))
        yield from (_read(found) for found in page.data)
        if not page.has_more:
            return
        after = page.data[-1].id


def upload(*, key: str, filename: str, content: bytes) -> str:
    """Give Stripe a file to show to a bank; return its id. Raises Refused, NotNow, OutcomeUnknown."""
    file = io.BytesIO(content)
    file.name = filename
    with call():
        return client().v1.files.create({"purpose": "dispute_evidence", "file": file}, {"idempotency_key": key}).id


def give_evidence(dispute_id: str, evidence: Mapping[str, str], *, submit: bool, key: str) -> BankDispute:
    """Lay evidence down at Stripe (texts, and ids of files), where it may still change, or `submit` it to the bank,
    once. Raises Refused, NotNow, OutcomeUnknown.
    """
    given: Any = dict(evidence)
    with call():
        changed = client().v1.disputes.update(
            dispute_id, {"evidence": given, "submit": submit}, {"idempotency_key": key}
        )
    return _read(changed)


def accept(dispute_id: str, *, key: str) -> BankDispute:
    """Give in: the bank keeps the money. Raises Refused, NotNow, OutcomeUnknown."""
    with call():
        return _read(client().v1.disputes.close(dispute_id, {}, {"idempotency_key": key}))


def _read(found: stripe.Dispute) -> BankDispute:
    intent: Any = found.payment_intent
    due_by = found.evidence_details.due_by
    return BankDispute(
        id=found.id,
        status=found.status,
        reason=found.reason,
        amount_minor=from_stripe(found.amount, found.currency.upper()),
        currency=found.currency.upper(),
        intent_id=intent if isinstance(intent, str) else intent.id if intent else "",
        evidence_due_at=datetime.fromtimestamp(due_by, UTC) if due_by else None,
        submission_count=found.evidence_details.submission_count,
        by_card=getattr(found, "payment_method_details", None) is not None,
        lines=tuple(read_all(found.balance_transactions, amount=found.amount, currency=found.currency)),
        created_at=datetime.fromtimestamp(found.created, UTC),
    )
