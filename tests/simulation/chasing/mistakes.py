"""Mistakes that whoever chases easily makes, to be planted one at a time: the invariants must find each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from server.dunning import operations, queries, rules
from server.dunning.operations import writing
from server.dunning.queries import debts, lawful
from server.dunning.rules import cases
from server.messages import operations as messages
from server.messages import queries as message_queries
from server.messages import rules as message_rules

Put = Callable[[Any, str, Any], None]
Mistake = Callable[[Put], None]


def skip_the_second_look(put: Put) -> None:
    """What was written is sent, whatever happened since."""
    put(operations, "stands", lambda session, **of: True)


def forget_the_gap(put: Put) -> None:
    """The next step is taken as soon as its window opens."""
    put(cases, "_rested_on", lambda debt, plan: date.min)


def ask_for_what_is_disputed(put: Put) -> None:
    """The whole balance is demanded."""
    put(rules, "demanded", lambda *, balance_minor, disputed_minor: balance_minor)


def ask_for_what_is_not_due_yet(put: Put) -> None:
    """Everything open is demanded, due or not."""
    put(writing, "asked_for", lambda unpaid, *, today: [each for each in unpaid if each.demanded_minor])


def ask_for_the_gross(put: Put) -> None:
    """What the invoices came to is demanded, whatever was paid of it."""
    right = debts.list_open

    def gross(session: Any, which: Any, **how: Any) -> Any:
        found = right(session, which, **how)
        for unpaid in found.values():
            for each in unpaid:
                object.__setattr__(each, "balance_minor", each.balance_minor + 100)
        return found

    put(queries, "list_open", gross)


def chase_what_rests(put: Put) -> None:
    """Holds, promises and payment plans are not looked at."""
    put(debts, "list_pauses", lambda session, cases, *, today: {})


def trust_old_news(put: Put) -> None:
    """Nobody asks how old the news of payments are."""
    put(queries, "stale_since", lambda session, *, now: None)


def write_at_any_hour(put: Put) -> None:
    """The law of the place is not asked."""
    put(lawful, "within_law", lambda session, looks, **of: list(looks))
    put(lawful, "sending_windows", lambda session, cases, *, now: {case.id: [] for case in cases})


def send_again_what_may_have_gone(put: Put) -> None:
    """What a dead worker was sending is sent once more."""
    right = messages.sweep

    def again(session: Any, *, now: Any) -> None:
        for message in message_queries.list_overdue(session, message_rules.Status.SENDING, before=now):
            message.status = message_rules.Status.WRITTEN
        right(session, now=now)

    put(messages, "sweep", again)


MISTAKES: tuple[Mistake, ...] = (
    skip_the_second_look,
    forget_the_gap,
    ask_for_what_is_disputed,
    ask_for_what_is_not_due_yet,
    ask_for_the_gross,
    chase_what_rests,
    trust_old_news,
    write_at_any_hour,
    send_again_what_may_have_gone,
)


@contextmanager
def planted(mistake: Mistake) -> Iterator[None]:
    """Make a mistake for a while."""
    before: list[tuple[Any, str, Any]] = []

    def put(place: Any, name: str, wrong: Any) -> None:
        before.append((place, name, getattr(place, name)))
        setattr(place, name, wrong)

    mistake(put)
    try:
        yield
    finally:
        for place, name, right in before:
            setattr(place, name, right)
