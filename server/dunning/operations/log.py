"""Tell the log of contacts what is done in cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.contacts import operations as contacts
from server.contacts.rules import Kind
from server.core.database import among
from server.dunning.models import Action, Case
from server.dunning.rules import ActionStatus, Status


def note(
    session: Session,
    case: Case,
    kind: Kind,
    *,
    subject_id: str,
    by: str = "",
    facts: Mapping[str, str | int | bool | None] | None = None,
    now: datetime,
) -> None:
    """Write down an act in a case: a call, a promise, an objection, a hold."""
    contacts.note(
        session,
        kind=kind,
        subject_id=subject_id,
        customer_id=case.customer_id,
        case_id=case.id,
        by=by,
        facts={"currency": case.currency, **(facts or {})},
        now=now,
    )


def note_action(session: Session, case: Case, action: Action, *, by: str = "", now: datetime) -> None:
    """Write down what became of a step."""
    note(
        session,
        case,
        Kind.STEP_TAKEN if action.status is ActionStatus.DONE else Kind.STEP_SKIPPED,
        subject_id=action.id,
        by=by,
        facts={
            "step": action.step,
            "cycle": action.cycle,
            "channel": action.channel,
            "template": action.template,
            "message_id": action.message_id,
            "because": action.skipped_because,
        },
        now=now,
    )


def note_moves(session: Session, moves: Sequence[Mapping[str, Any]]) -> None:
    """Write down how cases went from state to state: `moves` are rows of dunning_transitions."""
    if not moves:
        return
    whose = select(Case.id, Case.customer_id, Case.currency).where(among(Case.id, {move["case_id"] for move in moves}))
    cases = {row.id: row for row in session.execute(whose)}
    told = [
        {
            "kind": _kind(move["from_status"], move["to_status"]),
            "subject_id": move["id"],
            "customer_id": cases[move["case_id"]].customer_id,
            "invoice_id": None,
            "case_id": move["case_id"],
            "by": move["moved_by"],
            "facts": {
                "currency": cases[move["case_id"]].currency,
                "cycle": move["cycle"],
                "from": move["from_status"],
                "to": move["to_status"],
                "because": move["because"],
                "note": move["note"],
            },
            "happened_at": move["moved_at"],
        }
        for move in moves
    ]
    contacts.note_each(session, told, now=moves[0]["moved_at"])


def _kind(before: str | None, after: str) -> Kind:
    if after == Status.CLOSED:
        return Kind.CASE_CLOSED
    return Kind.CASE_OPENED if before in (None, Status.CLOSED) else Kind.CASE_CHANGED
