"""Transfer money that is held for a customer, and that no payment brought, back to them: by the rules of refunds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.access.rules import Role
from server.core import ids
from server.core.errors import Conflict
from server.customers import queries as customers
from server.ledger import operations as ledger
from server.ledger import queries as books
from server.ledger.operations import Move
from server.ledger.rules import Kind
from server.payments import queries
from server.payments.models import CreditPayout
from server.payments.operations import receipting
from server.payments.operations.credit import CreditTooHigh, unclaimed_minor
from server.payments.operations.refunding import require_second_person, waits
from server.payments.rules import RefundStatus

# What lines of the bank's statements brought, less what the bank took back of it.
_BROUGHT = "transfer_credited"


class CreditPayoutExists(Conflict):
    """There is another payout of credit under this id."""

    code = "credit_payout_exists"


def held_minor(session: Session, customer_id: str, currency: str, *, but: str = "") -> int:
    """Return what of a customer's credit may be transferred back to them: it came by transfers that were held, is not
    spent, and no refund or payout but this one claims it."""
    free_minor = unclaimed_minor(session, customer_id, currency, but=but)
    changes = books.list_changes(session, Kind.CUSTOMER_CREDIT, customer_id, currency)
    brought_minor = sum(minor for _, reason, minor in changes if reason == _BROUGHT)
    return max(min(free_minor, brought_minor - _claimed(session, customer_id, currency, but=but)), 0)


def list_held(session: Session, customer_id: str) -> dict[str, int]:
    """Return that by currency, where there is any."""
    credit = books.credit_of(session, [customer_id]).get(customer_id, {})
    held = {currency: held_minor(session, customer_id, currency) for currency in sorted(credit)}
    return {currency: minor for currency, minor in held.items() if minor}


def _claimed(session: Session, customer_id: str, currency: str, *, but: str) -> int:
    """Return what was paid out of it or waits for that."""
    return sum(
        payout.amount_minor
        for payout in queries.list_credit_payouts(session, customer_id)
        if payout.currency == currency and payout.id != but and payout.status is not RefundStatus.CANCELED
    )


def pay_out_credit(
    session: Session,
    *,
    payout_id: str,
    customer_id: str,
    amount_minor: int,
    currency: str,
    reason: str,
    reference: str,
    requested_by: str,
    role: Role,
    now: datetime,
) -> CreditPayout:
    """Write down a transfer to a customer of what is held for them; above the role's limit it waits for a second
    person. All that went to them counts together. The same id again is the same payout.

    Raises CustomerNotFound, CreditPayoutExists, CreditTooHigh.
    """
    customers.get_customer(session, customer_id)
    customers.lock_credit(session, customer_id)
    known = session.get(CreditPayout, payout_id)
    if known is not None:
        said = (customer_id, amount_minor, currency, reason, reference)
        if (known.customer_id, known.amount_minor, known.currency, known.reason, known.reference) != said:
            raise CreditPayoutExists
        return known
    _require_held(session, customer_id, amount_minor, currency)
    total_minor = amount_minor + _claimed(session, customer_id, currency, but="")
    payout = CreditPayout(
        id=payout_id,
        customer_id=customer_id,
        amount_minor=amount_minor,
        currency=currency,
        reason=reason,
        reference=reference,
        requested_by=requested_by,
        created_at=now,
    )
    session.add(payout)
    if not waits(session, total_minor, currency=currency, role=role):
        _pay(session, payout, now=now)
    session.flush()
    return payout


def approve_credit_payout(session: Session, *, payout_id: str, approved_by: str, now: datetime) -> CreditPayout:
    """Let a payout go ahead. Approving again changes nothing. Raises NoSuchCreditPayout, SecondPersonNeeded,
    RefundDecided, and CreditTooHigh where the bank took back meanwhile what it was to pay out."""
    payout = queries.get_credit_payout_locked(session, payout_id)
    if payout.approved_by == approved_by:
        return payout
    require_second_person(session, payout, approved_by)
    _require_held(session, payout.customer_id, payout.amount_minor, payout.currency, but=payout.id)
    payout.approved_by = approved_by
    _pay(session, payout, now=now)
    session.flush()
    return payout


def reject_credit_payout(session: Session, *, payout_id: str, rejected_by: str) -> CreditPayout:
    """Turn a payout down. Doing it again changes nothing. Raises NoSuchCreditPayout, SecondPersonNeeded,
    RefundDecided."""
    payout = queries.get_credit_payout_locked(session, payout_id)
    if payout.rejected_by == rejected_by:
        return payout
    require_second_person(session, payout, rejected_by)
    payout.rejected_by = rejected_by
    session.flush()
    return payout


def _require_held(session: Session, customer_id: str, amount_minor: int, currency: str, *, but: str = "") -> None:
    free_minor = held_minor(session, customer_id, currency, but=but)
    if amount_minor > free_minor:
        raise CreditTooHigh(credit_minor=free_minor, currency=currency)


def _pay(session: Session, payout: CreditPayout, *, now: datetime) -> None:
    payout.paid_at = now
    ledger.post(
        session,
        entry_id=ids.derived("ent", "credit_paid_out", payout.id),
        reason="credit_paid_out",
        about=payout.id,
        currency=payout.currency,
        moves=[Move(payout.amount_minor, debit=(Kind.CUSTOMER_CREDIT, payout.customer_id), credit=(Kind.BANK, ""))],
        happened_at=now,
        now=now,
    )
    receipting.tell_of_credit_payout(session, payout, now=now)
