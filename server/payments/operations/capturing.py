"""Write down that a held amount is to be taken."""

from __future__ import annotations

from sqlalchemy.orm import Session

from server.core.errors import Conflict
from server.invoices import queries as invoices
from server.payments import queries, rules
from server.payments.models import Payment
from server.payments.operations.collecting import AmountTooHigh, InvoiceSettled
from server.payments.rules import OPEN, Status


class NothingHeld(Conflict):
    """No card holds an amount for this payment: there is nothing to capture."""

    code = "nothing_held"


class CaptureExists(Conflict):
    """Another amount of this payment is being captured already."""

    code = "capture_exists"


def open_capture(session: Session, *, payment_id: str, amount_minor: int | None, step_minor: int) -> Payment:
    """Write down how much to take of what the card holds; left out, all that is held and still owed in the steps a
    card can be charged (`step_minor`): what is less than one stays owed.

    Asked again for the same it is the same capture. Raises NoSuchPayment, NothingHeld, CaptureExists, AmountTooHigh,
    InvoiceSettled.
    """
    payment, _ = queries.get_locked(session, payment_id)
    if payment.capture_minor is not None:
        if amount_minor not in (None, payment.capture_minor):
            raise CaptureExists(capture_minor=payment.capture_minor, currency=payment.currency)
        return payment
    if payment.status is Status.SUCCEEDED and amount_minor in (None, payment.amount_minor):
        return payment
    if payment.capture_before is None or payment.status not in OPEN:
        raise NothingHeld(payment_status=payment.status)
    balances = {each.id: invoices.balance_of(session, each) for each in queries.list_covered(session, payment)}
    most_minor = (
        payment.amount_minor - rules.split(payment.amount_minor, parts=payment.parts, balances=balances).beyond_minor
    )
    whole_minor = most_minor - most_minor % step_minor
    if whole_minor == 0:
        raise InvoiceSettled
    if amount_minor is not None and amount_minor > most_minor:
        raise AmountTooHigh(balance_minor=most_minor, currency=payment.currency)
    payment.capture_minor = amount_minor or whole_minor
    return payment


def withdraw_capture(session: Session, *, payment_id: str) -> None:
    """Write down that a capture was refused: another may be asked for."""
    payment, _ = queries.get_locked(session, payment_id)
    if payment.status in OPEN:
        payment.capture_minor = None
