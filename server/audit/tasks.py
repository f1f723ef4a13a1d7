"""What the worker audits."""

from __future__ import annotations

from server.audit import flows, operations
from server.core import clock, log, queue
from server.core.database import transaction

_log = log.get("audit")


@queue.task("audit.check")
def check() -> None:
    """Audit, say every finding in the log, and keep them for the office."""
    now = clock.now()
    findings = flows.check(now=now)
    for finding in findings:
        _log.error("audit_finding", check=finding.check, subject_id=finding.subject_id)
    with transaction() as session:
        operations.keep(session, findings=findings, now=now)
