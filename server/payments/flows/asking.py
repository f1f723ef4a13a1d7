"""Ask Stripe about everything whose moment has come."""

from __future__ import annotations

from datetime import datetime

from server.core import log, queue
from server.core.database import transaction
from server.payments import operations, queries
from server.payments.flows.collecting import ask
from server.payments.rules import Status, Verdict

NOT_TAKEN_IN = Verdict(status=Status.UNKNOWN, failure_code="not_taken_in")
_log = log.get("payments")


def ask_open(*, now: datetime) -> None:
    """Ask about every open attempt whose moment has come, however many there are; one that fails holds up no other.

    It is unknown from then on: its own customer is left alone, the office is told, and it is asked about again. What
    fails so badly that not even this can be written down is raised at the end, and the turn has not ended well.
    """
    with transaction() as session:
        due = queries.list_to_check(session, now=now)
    failed: list[str] = []

    def ask_one(payment_id: str) -> None:
        try:
            ask(payment_id=payment_id, now=now)
        except Exception as error:  # noqa: BLE001
            failed.append(payment_id)
            _log.error("payment_not_taken_in", payment_id=payment_id, error_type=type(error).__name__)
            with transaction() as session:
                operations.record_verdict(session, payment_id=payment_id, verdict=NOT_TAKEN_IN, now=now)

    queue.each(due, ask_one)
    _log.info("open_payments_asked", asked=len(due), failed=len(failed))
