"""Take down what a customer objects to, and decide it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.contacts import operations as contacts
from server.contacts.rules import Kind
from server.core.errors import Conflict, Unacceptable
from server.dunning import queries, rules
from server.dunning.models import Dispute
from server.dunning.operations.telling import tell
from server.dunning.rules import DisputeReason, DisputeStatus, RootCause, Source
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices


class DisputeExists(Conflict):
    """There already is another dispute with this id."""

    code = "dispute_exists"


class DisputeOpen(Conflict):
    """Something is said against this invoice already, and not decided yet."""

    code = "dispute_open"


class DisputeTooHigh(Unacceptable):
    """This is more than the invoice still owes."""

    code = "dispute_too_high"


class DisputeDecided(Conflict):
    """This dispute is decided already."""

    code = "dispute_decided"


class RootCauseMissing(Unacceptable):
    """Say where the objection came from: without it nothing is learnt from it."""

    code = "root_cause_missing"


def dispute(
    session: Session,
    *,
    invoice_id: str,
    dispute_id: str,
    amount_minor: int | None,
    reason: DisputeReason,
    said: str,
    source: Source,
    opened_by: str,
    now: datetime,
) -> Dispute:
    """Take down an objection to an amount of an invoice (all it owes, where None), and confirm it to the customer;
    that amount is not demanded until it is decided. The same objection again changes nothing.

    Raises NoSuchInvoice, DisputeExists, DisputeOpen, DisputeTooHigh.
    """
    invoice = invoices.get_invoice(session, invoice_id, lock=True)
    known = session.get(Dispute, dispute_id)
    if known is not None:
        if (known.invoice_id, known.reason, known.said) != (invoice_id, reason, said):
            raise DisputeExists
        return known
    undecided = select(Dispute.id).where(Dispute.invoice_id == invoice_id, Dispute.status == DisputeStatus.OPEN)
    if session.scalars(undecided).first() is not None:
        raise DisputeOpen
    balance_minor = invoices.balance_of(session, invoice)
    if not 0 < (balance_minor if amount_minor is None else amount_minor) <= balance_minor:
        raise DisputeTooHigh(balance_minor=balance_minor)
    objection = Dispute(
        id=dispute_id,
        invoice_id=invoice_id,
        status=DisputeStatus.OPEN,
        source=source,
        reason=reason,
        said=said,
        amount_minor=amount_minor or balance_minor,
        credited_minor=0,
        currency=invoice.currency,
        opened_by=opened_by,
        opened_at=now,
    )
    session.add(objection)
    session.flush()
    _note(session, objection, invoice.customer_id, Kind.DISPUTE_OPENED, by=opened_by, now=now)
    letter = partial(rules.objection_letter, objection, invoice.number)
    tell(session, invoice.customer_id, key=f"dispute:{dispute_id}", letter=letter, now=now)
    return objection


def decide_dispute(
    session: Session,
    *,
    dispute_id: str,
    status: DisputeStatus,
    root_cause: RootCause | None,
    answer: str | None,
    decided_by: str,
    now: datetime,
) -> Dispute:
    """Say whether an objection is right, which takes its amount off the invoice, wrong, or withdrawn, and tell the
    customer; the same decision again changes nothing.

    Raises NoSuchDispute, DisputeDecided, RootCauseMissing, NotCreditable.
    """
    invoice_id = queries.get_dispute(session, dispute_id).invoice_id
    invoice = invoices.get_invoice(session, invoice_id, lock=True)
    objection = queries.get_dispute(session, dispute_id, lock=True)
    if objection.status is not DisputeStatus.OPEN:
        if objection.status is not status:
            raise DisputeDecided
        return objection
    if root_cause is None and status is not DisputeStatus.WITHDRAWN:
        raise RootCauseMissing
    (sheet,) = invoices.sheets(session, [invoice])
    credited_minor = rules.credited(status, disputed_minor=objection.amount_minor, balance_minor=sheet["balance_minor"])
    paid_minor = _paid_of(session, objection, sheet, root_cause) if status is DisputeStatus.UPHELD else 0
    credited_minor = min(credited_minor + paid_minor, objection.amount_minor)
    if credited_minor:
        invoice_operations.credit(
            session,
            invoice,
            credit_note_id=f"crn_{dispute_id}",
            amount_minor=credited_minor,
            paid_minor=paid_minor,
            reason=answer,
            now=now,
        )
    objection.status, objection.answer, objection.credited_minor = status, answer, credited_minor
    objection.root_cause = root_cause if status is not DisputeStatus.WITHDRAWN else None
    objection.decided_by, objection.decided_at = decided_by, now
    session.flush()
    _note(session, objection, invoice.customer_id, Kind.DISPUTE_CLOSED, by=decided_by, now=now)
    letter = partial(rules.answer_letter, objection, invoice.number, paid_minor)
    tell(session, invoice.customer_id, key=f"dispute:{dispute_id}:answer", letter=letter, now=now)
    return objection


def _paid_of(session: Session, objection: Dispute, sheet: Mapping[str, Any], root_cause: RootCause | None) -> int:
    """Return what of an objection that is right its customer paid all the same."""
    credited_before = sum(each.amount_minor for each in invoices.list_credit_notes(session, objection.invoice_id))
    return rules.paid_all_the_same(
        objection.reason,
        root_cause,
        disputed_minor=objection.amount_minor,
        paid_minor=sheet["paid_minor"] - sheet["owed_back_minor"],
        left_minor=sheet["total_minor"] - credited_before - objection.amount_minor,
    )


def _note(session: Session, objection: Dispute, customer_id: str, kind: Kind, *, by: str, now: datetime) -> None:
    contacts.note(
        session,
        kind=kind,
        subject_id=objection.id,
        customer_id=customer_id,
        invoice_id=objection.invoice_id,
        by=by,
        facts={
            "currency": objection.currency,
            "amount_minor": objection.amount_minor,
            "reason": objection.reason,
            "said": objection.said,
            "status": objection.status,
            "root_cause": objection.root_cause,
            "credited_minor": objection.credited_minor,
        },
        now=now,
    )
