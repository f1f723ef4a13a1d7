"""Write down which readers there are, whose each is, and who holds it now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.access import queries as access
from server.core.errors import Conflict
from server.gateway.readers import ReaderState
from server.payments import queries
from server.payments.models import Payment, Reader, Refund
from server.payments.rules import RefundStatus, Status
from server.payments.rules import readers as rules


class ReaderHeld(Conflict):
    """A colleague is using this reader. Wait until they are done, or ask the office to free it."""

    code = "reader_held"


class ReaderTaken(Conflict):
    """Somebody else has taken this reader since. See who holds it before you go on."""

    code = "reader_taken"


class ReaderInUse(Conflict):
    """A payment is under way on this reader. Let it finish, or cancel it first."""

    code = "reader_in_use"


def add_reader(session: Session, *, state: ReaderState, location_id: str, now: datetime) -> Reader:
    """Keep a reader that Stripe registered; registering it again renames it."""
    reader = session.get(Reader, state.id)
    if reader is None:
        reader = Reader(
            id=state.id,
            label=state.label,
            location_id=location_id,
            device_type=state.device_type,
            created_at=now,
        )
        session.add(reader)
    reader.label = state.label
    session.flush()
    return reader


def assign_reader(session: Session, *, reader_id: str, technician_id: str | None, van: str | None) -> Reader:
    """Say whose a reader is: a technician's, a van's, both, or nobody's. Raises NoSuchReader, TechnicianNotFound."""
    reader = queries.get_reader(session, reader_id, lock=True)
    if technician_id is not None:
        access.get_technician(session, technician_id)
    reader.technician_id, reader.van = technician_id, van
    return reader


def take_reader(
    session: Session, *, reader_id: str, by: str, fence: int | None = None, is_office: bool = False, now: datetime
) -> Reader:
    """Hold a reader for a while, or go on holding it. `by` is a caller's principal, `fence` the number they know.

    It passes to another when nobody used it for `rules.LEASE`, and to the office at once; the number grows with that.
    Raises NoSuchReader, ReaderHeld (by whom and until when), ReaderTaken.
    """
    reader = queries.get_reader(session, reader_id, lock=True)
    if fence is not None and fence != reader.fence:
        raise ReaderTaken
    someone = access.get_someone(session, by)
    if not is_office:
        _require_free(reader, wanted_by=someone.id, now=now)
    if reader.holder != someone.id:
        reader.holder = someone.id
        reader.fence += 1
    reader.holder_name = someone.name
    reader.held_until = now + rules.LEASE
    return reader


def hold_for(session: Session, payment: Payment, *, fence: int | None, now: datetime) -> None:
    """Hold the reader an attempt begins on, under a number it remembers. Raises what `take_reader` raises."""
    if payment.reader_id is not None and payment.reader_fence is None and payment.status is Status.CREATED:
        held = take_reader(session, reader_id=payment.reader_id, by=payment.taken_by, fence=fence, now=now)
        payment.reader_fence = held.fence


def hold_for_refund(session: Session, refund: Refund, *, is_office: bool = False, now: datetime) -> None:
    """Hold the reader at which a refund is about to wait for its card. Raises NoSuchReader, ReaderHeld."""
    if refund.reader_id is not None and refund.status is RefundStatus.CREATED:
        take_reader(session, reader_id=refund.reader_id, by=refund.requested_by, is_office=is_office, now=now)


def claim_reader(session: Session, *, payment_id: str, now: datetime) -> Payment:
    """Write down that an attempt is about to be sent to its reader, if it still waits to be and nobody took the reader
    since it began. Raises ReaderTaken.
    """
    payment, _ = queries.get_locked(session, payment_id)
    if payment.status is Status.CREATED:
        reader = queries.get_reader(session, payment.reader_id or "", lock=True)
        if payment.reader_fence is not None and payment.reader_fence != reader.fence:
            raise ReaderTaken
        payment.sent_at = now
        reader.held_until = now + rules.LEASE if reader.holder else None
    return payment


def free_reader(session: Session, *, reader_id: str, by: str, is_office: bool = False, now: datetime) -> Reader:
    """Let go of a reader, or as the office free it from whoever holds it. Raises NoSuchReader, ReaderHeld."""
    reader = queries.get_reader(session, reader_id, lock=True)
    if not is_office:
        _require_free(reader, wanted_by=access.get_someone(session, by).id, now=now)
    reader.held_until = None
    return reader


def _require_free(reader: Reader, *, wanted_by: str, now: datetime) -> None:
    if not rules.is_free(holder=reader.holder, held_until=reader.held_until, wanted_by=wanted_by, now=now):
        until = reader.held_until.isoformat() if reader.held_until else None
        raise ReaderHeld(held_by=reader.holder_name, held_until=until)
