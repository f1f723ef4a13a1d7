"""Tell the log of contacts what is done in cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    contacts.note_each(session, [_told(case, kind, subject_id=subject_id, by=by, facts=facts or {})], now=now)


def note_action(session: Session, case: Case, action: Action, *, by: str = "", now: datetime) -> None:
    """Write down what became of a step."""
    contacts.note_each(session, [_of_action(case, action, by=by)], now=now)


def note_actions(session: Session, done: Iterable[tuple[Case, Action]], *, now: datetime) -> None:
    """Write down what became of steps, each on the word of whoever claimed it."""
    rows = [_of_action(case, action, by=action.claimed_by or "") for case, action in done]
    contacts.note_each(session, rows, now=now)


def _told(
    case: Case, kind: Kind, *, subject_id: str, by: str, facts: Mapping[str, str | int | bool | None]
) -> dict[str, Any]:
    return {
        "kind": kind,
        "subject_id": subject_id,
        "customer_id": case.customer_id,
        "invoice_id": None,
        "case_id": case.id,
        "by": by,
        "facts": {"currency": case.currency, **facts},
        "happened_at": None,
    }


def _of_action(case: Case, action: Action, *, by: str) -> dict[str, Any]:
    facts: dict[str, str | int | bool | None] = {
        "step": action.step,
        "cycle": action.cycle,
        "channel": action.channel,
        "template": action.template,
        "message_id": action.message_id,
        "because": action.skipped_because,
    }
    kind = Kind.STEP_TAKEN if action.status is ActionStatus.DONE else Kind.STEP_SKIPPED
    return _told(case, kind, subject_id=action.id, by=by, facts=facts)


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
