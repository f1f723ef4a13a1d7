"""Whether the log of contacts and acts is as it was written."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.audit.models import AuditRun
from server.audit.rules import PATIENCE, Check, Finding
from server.contacts import queries as contacts
from server.contacts import rules


def list_wrong_log(session: Session, *, now: datetime) -> list[Finding]:
    """Return the first row of the log that was changed, removed or slipped in since it was sealed, and rows that nobody
    sealed. Where earlier audits saw its end, there it must still be the same."""
    seen = select(AuditRun.log_sequence, AuditRun.log_hash).where(AuditRun.log_sequence > 0)
    anchors = {sequence: last for sequence, last in session.execute(seen) if sequence is not None and last is not None}
    wrong = rules.first_wrong(contacts.stream_sealed(session), anchors=anchors)
    found = [
        Finding(check=Check.LOG_IS_SEALED, subject_id=f"row {row.id}", expected="a place in the chain", found="none")
        for row in contacts.list_unsealed(session, before=now - PATIENCE, limit=10)
    ]
    if wrong is not None:
        place = f"log {wrong.sequence}"
        found.insert(0, Finding(check=Check.LOG_HOLDS, subject_id=place, expected=wrong.expected, found=wrong.found))
    return found
