"""Somebody who watches the town: what the invariants are held against, and what was seen of it before."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from server.core.database import transaction
from server.dunning.models import Action, Case
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.messages.models import Message
from tests.simulation.chasing.town import START, Town, Went

_COUNTS = text(
    "SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM dunning_actions),"
    " (SELECT count(*) FROM dunning_transitions), (SELECT count(*) FROM dunning_letters),"
    " (SELECT count(*) FROM dunning_cases)"
)


_DISPUTED = text(
    "SELECT d.invoice_id, d.amount_minor FROM disputes d JOIN invoices i ON i.id = d.invoice_id"
    " WHERE i.customer_id = :id AND d.opened_at <= :at AND (d.decided_at IS NULL OR d.decided_at > :at)"
)


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Something that reached a customer, or may have: which step of which case, and what it said; what they owed in
    that moment and what could be asked for, by invoice."""

    went: Went
    case: Case
    action: Action
    message: Message | None
    owed: dict[str, int]
    demandable: dict[str, int]


@dataclass
class Watch:
    """What was seen of a town so far. `fresh` is what went out since the last look, `ends` what was owed at the end of
    each day, `again` what there was before a day was run again and after it, `runs` what a dry run said and a real one
    did; of each closed case `stopped` has the cycle and the step."""

    town: Town
    contacts: dict[str, list[Contact]] = field(default_factory=lambda: defaultdict(list))
    fresh: list[Contact] = field(default_factory=list)
    newly_written: list[Message] = field(default_factory=list)
    ends: dict[date, int] = field(default_factory=dict)
    stopped: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    done: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    plans: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    charged: set[str] = field(default_factory=set)
    again: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    runs: tuple[set[Any], set[Any]] | None = None
    stale_since: datetime | None = None
    is_end: bool = False
    _seen: int = 0
    _seen_at: datetime = START

    def see(self, session: Session) -> None:
        """Look at what went out since the last time."""
        news, self._seen = self.town.went[self._seen :], len(self.town.went)
        actions = {each.id: each for each in _by_id(session, Action, [went.action_id for went in news])}
        cases = {each.id: each for each in _by_id(session, Case, [each.case_id for each in actions.values()])}
        messages = {each.id: each for each in _by_id(session, Message, [went.message_id for went in news])}
        self.fresh = []
        for went in news:
            action = actions[went.action_id]
            case, message = cases[action.case_id], messages.get(went.message_id or "")
            owed = owed_at(session, case.customer_id, went.at)
            demandable = demandable_at(session, case.customer_id, owed, went.at)
            said = {"went": went, "case": case, "action": action, "message": message}
            self.fresh.append(Contact(**said, owed=owed, demandable=demandable))
            self.contacts[case.id].append(self.fresh[-1])
        since = select(Message).where(Message.kind == "reminder", Message.created_at > self._seen_at)
        self.newly_written = list(session.scalars(since))
        self._seen_at = self.town.now

    def counts(self) -> tuple[int, ...]:
        """How much there is of everything that chasing writes."""
        with transaction() as session:
            return (*session.execute(_COUNTS).one(), len(self.town.went))


def _by_id(session: Session, kind: type[Any], ids: list[str | None]) -> list[Any]:
    wanted = [each for each in ids if each]
    return list(session.scalars(select(kind).where(kind.id.in_(wanted)))) if wanted else []


def owed_at(session: Session, customer_id: str, at: datetime) -> dict[str, int]:
    """Return what each invoice of a customer owed at a moment, by id, in minor units."""
    ids = list(session.scalars(text("SELECT id FROM invoices WHERE customer_id = :id"), {"id": customer_id}))
    held = ledger.balances(session, Kind.RECEIVABLE, ids, at=at)
    return {invoice_id: by_currency.get("CAD", 0) for invoice_id, by_currency in held.items()}


def demandable_at(session: Session, customer_id: str, owed: dict[str, int], at: datetime) -> dict[str, int]:
    """Return what could be asked for at a moment of what was owed then: not what was disputed."""
    left = dict(owed)
    for invoice_id, minor in session.execute(_DISPUTED, {"id": customer_id, "at": at}):
        left[invoice_id] = max(left[invoice_id] - minor, 0)
    return left
