"""Open and close pay links."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from server.contacts import operations as contacts
from server.contacts.rules import Kind
from server.core import config
from server.core.database import insert_rows
from server.invoices import rules
from server.invoices.models import Invoice, PayLink
from server.invoices.rules import Subject


def open_link(session: Session, *, subject: Subject, subject_id: str) -> None:
    """Make sure that there is a pay link, without changing one that is live or revoked."""
    open_links(session, subject=subject, subject_ids=[subject_id])


def open_links(session: Session, *, subject: Subject, subject_ids: Iterable[str]) -> None:
    """Make sure that each of these has a pay link."""
    made = [
        {"subject": subject, "subject_id": each, "version": 1, "token_hash": _hash(subject, each, 1)}
        for each in sorted(subject_ids)
    ]
    insert_rows(session, PayLink, made)


def renew_link(session: Session, *, subject: Subject, subject_id: str, by: str, now: datetime) -> None:
    """End the link that is out there and make another. The log tells of it."""
    link = session.get_one(PayLink, (subject, subject_id), with_for_update=True)
    link.version += 1
    link.token_hash = _hash(subject, subject_id, link.version)
    _note(session, Kind.LINK_RENEWED, link, by=by, now=now)


def revoke_link(session: Session, *, subject: Subject, subject_id: str, by: str, now: datetime) -> None:
    """End the link; nothing can be paid by it until it is renewed. The log tells of it, once."""
    link = session.get_one(PayLink, (subject, subject_id), with_for_update=True)
    if link.token_hash is not None:
        link.token_hash = None
        _note(session, Kind.LINK_REVOKED, link, by=by, now=now)


def _note(session: Session, kind: Kind, link: PayLink, *, by: str, now: datetime) -> None:
    invoice = session.get_one(Invoice, link.subject_id) if link.subject is Subject.INVOICE else None
    contacts.note(
        session,
        kind=kind,
        subject_id=link.subject_id,
        customer_id=invoice.customer_id if invoice else link.subject_id,
        invoice_id=invoice.id if invoice else None,
        by=by,
        facts={"link_to": link.subject, **({"number": invoice.number} if invoice else {})},
        now=now,
    )


def _hash(subject: Subject, subject_id: str, version: int) -> str:
    return rules.token_hash(rules.link_token(config.current().link_key, subject, subject_id, version))
