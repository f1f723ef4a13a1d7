"""Days in the town: people act at any hour, the worker takes its turns, or is away for days."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from server.contacts import flows as contacts
from server.core.database import transaction
from server.dunning import operations
from server.dunning.models import RunLine
from tests.simulation.chasing import desk
from tests.simulation.chasing.invariants import require
from tests.simulation.chasing.people import something
from tests.simulation.chasing.town import CALM, HOME, ROUGH, Town
from tests.simulation.chasing.watch import Watch

__all__ = ["desk"]  # it holds deeds
_SAID = ("customer_id", "status", "step", "channel", "template", "open_minor", "reason")


def live(seed: int, *, customers: int, turns: int) -> Watch:
    """Let a town live until the worker took so many turns, held against the invariants after each. Raises Broken."""
    town = Town(seed=seed, trouble=ROUGH)
    town.open(customers=customers)
    for key in town.random.sample(("ca-qc", "fr", "ca-on"), 2):
        town.review_law(key)
    # Into the spring or the autumn: the clocks change in both, and not on the same day on both sides of the ocean.
    town.pass_time(days=town.random.choice((0, 190)))
    with transaction() as session:
        for customer_id in town.customer_ids:
            town.issue(session, customer_id, town.random.choice((9_000, 20_000, 150_000)))
    watch = Watch(town)
    town.pass_time(days=town.random.randint(25, 34))
    for _ in range(turns):
        _to_some_hour(town)
        for _ in range(town.random.randint(1, max(customers // 3, 3))):
            town.pass_time(minutes=town.random.randint(0, 15))
            something(town)
        _turn(town, watch)
        # Most days the worker is there; at times it is not for a week or a month.
        town.pass_time(days=town.random.choices((1, 2, 5, 10, 31), (40, 40, 15, 3, 2))[0])
    contacts.seal_all()
    watch.is_end = True
    require(watch)
    return watch


def _to_some_hour(town: Town) -> None:
    there = town.now.astimezone(ZoneInfo(HOME))
    wanted = datetime.combine(there.date(), time(town.random.randint(6, 17), town.random.randint(0, 59)), there.tzinfo)
    town.now = (wanted if wanted > there else wanted + timedelta(days=1)).astimezone(UTC)


def _turn(town: Town, watch: Watch) -> None:
    kind = town.random.choices(("plain", "meddled", "again", "dry", "stale"), (40, 25, 15, 15, 5))[0]
    town.tell(f"-- {kind} turn")
    if kind == "stale":
        watch.stale_since = town.now
        town.plan()
        town.work()
        require(watch)
        watch.stale_since = None
        town.turn()
    elif kind == "meddled":
        town.turn(between=lambda: something(town))
    elif kind == "dry":
        _dry_then_real(town, watch)
    else:
        town.turn()
        if kind == "again":
            _again(town, watch)
    require(watch)


def _again(town: Town, watch: Watch) -> None:
    """Run the day once more, when all is done that it brought."""
    town.turn()
    town.trouble, rough = CALM, town.trouble
    before = watch.counts()
    town.turn()
    watch.again = (before, watch.counts())
    town.trouble = rough


def _dry_then_real(town: Town, watch: Watch) -> None:
    """Do a dry run and then a real one of the same moment."""
    town.look_at_stripe()
    town.settle()
    said: list[set[Any]] = []
    for is_dry in (True, False):
        with transaction() as session:
            run_id = operations.ask_for_run(session, run_id=None, as_of=None, dry_run=is_dry, now=town.now)
        with transaction() as session:
            operations.run(session, run_id=run_id, now=town.now)
            lines = session.scalars(select(RunLine).where(RunLine.run_id == run_id))
            said.append(
                {
                    (each.customer_id, each.step, each.channel, each.template, each.reason, each.open_minor)
                    for each in lines
                }
            )
    watch.runs = (said[0], said[1])
    town.work()
