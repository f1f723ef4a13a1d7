"""Open and close pay links."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from server.core import config
from server.core.database import insert_rows
from server.invoices import rules
from server.invoices.models import PayLink
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


def renew_link(session: Session, *, subject: Subject, subject_id: str) -> None:
    """End the link that is out there and make another."""
    link = session.get_one(PayLink, (subject, subject_id), with_for_update=True)
    link.version += 1
    link.token_hash = _hash(subject, subject_id, link.version)


def revoke_link(session: Session, *, subject: Subject, subject_id: str) -> None:
    """End the link; nothing can be paid by it until it is renewed."""
    session.get_one(PayLink, (subject, subject_id), with_for_update=True).token_hash = None


def _hash(subject: Subject, subject_id: str, version: int) -> str:
    return rules.token_hash(rules.link_token(config.current().link_key, subject, subject_id, version))
