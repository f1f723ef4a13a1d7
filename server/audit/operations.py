"""Keep what an audit found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from server.audit.models import AuditRun
from server.audit.rules import Finding
from server.contacts import queries as contacts
from server.core import ids


def keep(session: Session, *, findings: Sequence[Finding], now: datetime) -> None:
    """Keep the findings of an audit, and where the log of contacts ended."""
    sequence, last = contacts.get_head(session)
    session.add(
        AuditRun(
            id=ids.new("aud", now=now),
            ran_at=now,
            findings=[asdict(finding) for finding in findings],
            log_sequence=sequence,
            log_hash=last,
        )
    )
    session.flush()
