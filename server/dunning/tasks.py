"""What the worker does about what is unpaid. Each is safe to run twice."""

from __future__ import annotations

from contextlib import suppress

from server.business.queries import BusinessMissing
from server.core import clock, log, queue
from server.core.database import transaction
from server.dunning import flows, operations, queries

_log = log.get("dunning")


@queue.task("dunning.plan")
def plan() -> None:
    """Open and close cases, and defer every step that is due."""
    now = clock.now()
    # A business that is not set up yet has nobody to chase.
    with suppress(BusinessMissing), transaction() as session:
        operations.take_turns(session)
        operations.decide_promises(session, now=now)
        operations.settle_plans(session, now=now)
        operations.plan(session, today=queries.today_of(session, now=now), now=now)


@queue.task("dunning.tell_alarms")
def tell_alarms() -> None:
    """Write to the office of limitations that end soon, or are over: once each."""
    with suppress(BusinessMissing), transaction() as session:
        operations.tell_alarms(session, now=clock.now())


@queue.task("dunning.keep_cohorts")
def keep_cohorts() -> None:
    """Keep how our own debts stood at the end of last month, once."""
    with suppress(BusinessMissing), transaction() as session:
        operations.keep_cohorts(session, now=clock.now())


@queue.task("dunning.settle")
def settle() -> None:
    """Hold promises and payment plans against the books, close what is paid, and learn what became of messages."""
    now = clock.now()
    with suppress(BusinessMissing), transaction() as session:
        operations.take_turns(session)
        operations.decide_promises(session, now=now)
        operations.settle_plans(session, now=now)
        operations.settle(session, today=queries.today_of(session, now=now), now=now)
        operations.follow_write_offs(session, now=now)


@queue.task("dunning.take_steps", attempts=6, backoff=3)
def take_steps(*, case_ids: list[str], run_id: str | None = None) -> None:
    """Look at some cases again, and take the steps that are due. Where one of them cannot be, each is left to a task of
    its own, so that it holds up no other."""
    try:
        with transaction() as session:
            operations.take_steps(session, case_ids=case_ids, run_id=run_id, now=clock.now())
    except Exception as error:  # noqa: BLE001
        _log.warning("steps_taken_alone", error_type=type(error).__name__)
        with transaction() as session:
            alone = [{"case_id": case_id, "run_id": run_id} for case_id in case_ids]
            queue.defer_each(session, "dunning.take_step", alone)


@queue.task("dunning.take_step", attempts=6, backoff=3)
def take_step(*, case_id: str, run_id: str | None = None) -> None:
    """Look at a case again, and take the step that is due."""
    with transaction() as session:
        operations.take_step(session, case_id=case_id, run_id=run_id, now=clock.now())


@queue.task("dunning.deliver")
def deliver(*, message_id: str) -> None:
    """Send the message of a step, if it still stands."""
    flows.deliver(message_id=message_id, now=clock.now())


@queue.task("dunning.run", attempts=6, backoff=3)
def run(*, run_id: str) -> None:
    """Do a run that somebody asked for."""
    with transaction() as session:
        operations.run(session, run_id=run_id, now=clock.now())


@queue.task("dunning.collect_parts")
def collect_parts() -> None:
    """Remind of the parts of payment plans, and defer the charges of saved cards for them."""
    with suppress(BusinessMissing), transaction() as session:
        operations.collect_parts(session, now=clock.now())


@queue.task("dunning.charge_part", attempts=6, backoff=3)
def charge_part(*, plan_id: str) -> None:
    """Charge what is due of a payment plan to the saved card."""
    flows.charge_part(plan_id=plan_id, now=clock.now())
