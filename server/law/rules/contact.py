"""Whether somebody may be contacted now, by this channel; if not, which rule says so and when they may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from server.law.rules.hours import closing_rule, in_hours, windows
from server.law.rules.places import Place
from server.law.rules.rows import HOUSE, Row, Rule, in_force, rows


class Channel(StrEnum):
    """How somebody is contacted. A letter knows no hours."""

    CALL = "call"
    EMAIL = "email"
    TEXT = "text"
    LETTER = "letter"


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A contact that was made about a debt."""

    channel: Channel
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Contacted:
    """Somebody and how they were contacted before. `is_on` says whether their place's row was reviewed and switched
    on; `noticed_at` is when they were first written to about the debt."""

    place: Place
    is_on: bool
    written_only: bool = False
    represented: bool = False
    noticed_at: datetime | None = None
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Block:
    """Why somebody may not be contacted: a row's rule, its source, and from when they may be; None while a person has
    to change something first."""

    row: str
    rule: str
    source: str
    may_go_at: datetime | None


def binding(place: Place, *, is_on: bool) -> tuple[Row, ...]:
    """Return the rows that bind: the house's always, the place's once it was reviewed."""
    house = rows()[HOUSE]
    return (house, place.row) if is_on and place.row.key != HOUSE else (house,)


def blocked(whom: Contacted, channel: Channel, *, at: datetime) -> Block | None:
    """Return what keeps somebody from being contacted at a moment, or None where nothing does."""
    bound = binding(whom.place, is_on=whom.is_on)
    found = _stopped(whom, channel, bound, at) or _unnoticed(whom, channel, bound, at)
    if found is not None or channel is Channel.LETTER:
        return found
    free_at, full = _under_caps(whom, channel, bound, at)
    reason = full
    if reason is None and not in_hours(bound, whom.place.zones, at):
        reason = closing_rule(bound, whom.place.zones, at)
    if reason is None:
        return None
    window = next(windows(bound, whom.place.zones, after=free_at), None)
    return _block(*reason, may_go_at=None if window is None else max(window[0], free_at))


def _block(row: Row, rule: Rule, *, may_go_at: datetime | None) -> Block:
    return Block(row=row.key, rule=rule.key, source=rule.source, may_go_at=may_go_at)


def _bound(bound: Sequence[Row], key: str, at: datetime) -> list[tuple[Row, Rule]]:
    """Return the rules of a kind that bind, the place's own first."""
    return [(row, rule) for row in reversed(bound) if (rule := in_force(row, key, on=at.date())) is not None]


def _stopped(whom: Contacted, channel: Channel, bound: Sequence[Row], at: datetime) -> Block | None:
    held = {"written_only": whom.written_only, "represented": whom.represented}
    for row, rule in _bound(bound, "stops", at):
        if any(held[condition] and channel in channels for condition, channels in rule.value.items()):
            return _block(row, rule, may_go_at=None)
    return None


def _unnoticed(whom: Contacted, channel: Channel, bound: Sequence[Row], at: datetime) -> Block | None:
    for row, rule in _bound(bound, "notice", at):
        if channel not in rule.value["before"]:
            continue
        if whom.noticed_at is None:
            return _block(row, rule, may_go_at=None)
        free_at = whom.noticed_at + timedelta(days=rule.value["days"])
        if at < free_at:
            window = next(windows(bound, whom.place.zones, after=free_at), None)
            return _block(row, rule, may_go_at=None if window is None else max(window[0], free_at))
    return None


def _under_caps(
    whom: Contacted, channel: Channel, bound: Sequence[Row], at: datetime
) -> tuple[datetime, tuple[Row, Rule] | None]:
    """Return from when every cap leaves room for one more, and the rule that leaves none now.

    Days are spans of 24 hours back from the moment, which is never looser than calendar days.
    """
    free_at, full = at, None
    for row, rule in _bound(bound, "caps", at):
        for cap in rule.value:
            if channel not in cap["channels"]:
                continue
            span = timedelta(days=cap["days"])
            made = sorted(
                contact.at for contact in whom.contacts if contact.channel in cap["channels"] and contact.at > at - span
            )
            if len(made) >= cap["most"]:
                full = full or (row, rule)
                free_at = max(free_at, made[-cap["most"]] + span)
    return free_at, full
