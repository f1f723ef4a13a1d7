"""Questions about amounts that a card holds."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from server.payments import rules
from server.payments.models import Payment
from server.payments.rules import OPEN, Status


def held_statement() -> Select[Payment]:
    """Return the statement that lists payments whose amount a card holds, the first to run out first."""
    held = select(Payment).where(Payment.capture_before.is_not(None), Payment.status.in_(OPEN))
    return held.order_by(Payment.capture_before, Payment.id)


def list_to_capture(session: Session, *, now: datetime) -> list[str]:
    """Return payments to be taken off the card now: asked for and not done, or about to run out."""
    early: timedelta = now - rules.captured_by_itself_at(now)
    due = (Payment.capture_minor.is_not(None)) | (Payment.capture_before <= now + early)
    statement = held_statement().where(Payment.status == Status.PROCESSING, due)
    return [payment.id for payment in session.scalars(statement)]
