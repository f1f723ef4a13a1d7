"""Background work: tasks deferred inside the business transaction, schedules that follow the product's clock.

A task row is written on the connection of the business write, so both are there or neither is. Tasks may run twice
(a killed worker's tasks are run again by another) and are written to be safe then. Source: law 4.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, wraps
from typing import Any

import procrastinate
from sqlalchemy import TextClause, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from server.core import clock, log
from server.core.database import Base

_log = log.get("queue")

PENDING = (
    "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'"
    " OR (status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now()))"
)

# By the function that Procrastinate itself defers by.
_DEFER_EACH = text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY("
    "SELECT ROW('default', :task_name, 0, NULL, NULL, arguments, CAST(:at AS timestamptz))"
    "::procrastinate_job_to_defer_v1"
    " FROM jsonb_array_elements(CAST(:each AS jsonb)) AS arguments))"
)

# Deferring always borrows the session's connection, so this connector is never opened.
app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


def task(name: str, *, attempts: int = 1, backoff: int = 0) -> Callable[[Callable[..., None]], Any]:
    """Declare a task. A failing run is tried again, `attempts` times in all, after backoff, backoff^2 ... seconds.

    What a run logs carries the task's name and the ids it was given.
    """
    retry = procrastinate.RetryStrategy(max_attempts=attempts, exponential_wait=backoff) if attempts > 1 else False

    def declare(run: Callable[..., None]) -> Any:
        @wraps(run)
        def logged(**arguments: Any) -> None:
            log.clear()
            log.bind(task_name=name, **{key: value for key, value in arguments.items() if key.endswith("_id")})
            started = time.perf_counter()
            try:
                run(**arguments)
            except Exception as error:
                _log.warning("task_failed", error_type=type(error).__name__)
                raise
            _log.info("task_done", milliseconds=round((time.perf_counter() - started) * 1000, 1))

        return app.task(name=name, retry=retry)(logged)

    return declare


def defer(
    session: Session, task_name: str, *, at: datetime | None = None, lane: str | None = None, **arguments: Any
) -> None:
    """Write down that a task is to run, in the caller's transaction; `at` is a moment of the product's clock.

    Tasks of the same `lane` run one at a time, in the order in which they were written down.
    """
    connection = session.connection().connection.driver_connection
    app.configure_task(
        task_name,
        connection=connection,
        schedule_at=None if at is None else at - clock.offset(),
        lock=lane,
    ).defer(**arguments)


def defer_each(session: Session, task_name: str, each: Sequence[dict[str, Any]], *, at: datetime | None = None) -> None:
    """Write down that a task is to run once for each of these arguments, as `defer` does: one statement however many
    they are."""
    if each:
        scheduled_at = None if at is None else at - clock.offset()
        session.execute(_DEFER_EACH, {"task_name": task_name, "each": json.dumps(each), "at": scheduled_at})


def insert_and_defer(session: Session, insert: str, row: dict[str, Any], *, task_name: str, argument: str) -> None:
    """Write a row and, where it is a new one, the task that is told its id as `argument`: one round trip for both.

    `insert` ends with ON CONFLICT DO NOTHING; a row that is there already writes nothing and defers nothing. It calls
    the function Procrastinate itself defers by.
    """
    session.execute(_with_task(insert), {**row, "task_name": task_name, "argument": argument})


@cache
def _with_task(insert: str) -> TextClause:
    return text(
        f"WITH fresh AS ({insert} RETURNING id)"  # noqa: S608 -- a constant of the caller
        " SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', :task_name, 0, NULL, NULL,"
        " jsonb_build_object(CAST(:argument AS text), id), NULL)::procrastinate_job_to_defer_v1]) FROM fresh"
    )


def each(subjects: Iterable[str], work: Callable[[str], object]) -> None:
    """Do some work for each subject. What fails for one holds up no other; it is said, and raised at the end."""
    failed: Exception | None = None
    for subject in subjects:
        try:
            work(subject)
        except Exception as error:  # noqa: BLE001
            _log.warning("work_failed", subject_id=subject, error_type=type(error).__name__)
            failed = failed or error
    if failed is not None:
        raise failed


def pending(session: Session) -> int:
    """Return how many tasks are due now or under way."""
    found: int = session.execute(text(PENDING)).scalar_one()
    return found


def bring_forward(session: Session, *, seconds: int) -> None:
    """Move every waiting task ahead, as the product's clock just moved: the queue itself runs on the machine's.

    The workers are told, as they are of a new task: otherwise they would find out at their next look.
    """
    session.execute(
        text(
            "UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - make_interval(secs => :seconds)"
            " WHERE status = 'todo' AND scheduled_at IS NOT NULL"
        ),
        {"seconds": seconds},
    )
    session.execute(text("SELECT pg_notify('procrastinate_any_queue_v1', '{\"type\": \"job_inserted\"}')"))


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A task that runs again and again. Those of the same `lane` take their turns in the order in which they are
    listed, each when the one before has ended."""

    task_name: str
    every: timedelta
    lane: str | None = None


class ScheduledRun(Base):
    """When a schedule is due next; the row is claimed by moving it on. `done_at` is the moment of the last turn that
    ended well, for a task that says so."""

    __tablename__ = "scheduled_runs"

    task_name: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    done_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


def defer_due(session: Session, schedules: Sequence[Schedule], *, now: datetime) -> list[str]:
    """Defer each schedule whose moment has come, once however many workers ask. Returns the names deferred.

    A schedule missed while everything was down runs once, not once for each missed turn.
    """
    known = {each.task_name: each.due_at for each in session.scalars(select(ScheduledRun))}
    if new := [each.task_name for each in schedules if each.task_name not in known]:
        rows = [{"task_name": name, "due_at": now, "done_at": now} for name in new]
        session.execute(insert(ScheduledRun).values(rows).on_conflict_do_nothing())
    deferred = []
    for schedule in schedules:
        if known.get(schedule.task_name, now) > now:
            continue
        claimed = session.execute(
            text("UPDATE scheduled_runs SET due_at = :next WHERE task_name = :name AND due_at <= :now RETURNING 1"),
            {"next": _next_turn(now, schedule.every), "name": schedule.task_name, "now": now},
        ).first()
        if claimed:
            defer(session, schedule.task_name, lane=schedule.lane)
            deferred.append(schedule.task_name)
    return deferred


def put_off(session: Session, schedules: Iterable[Schedule], *, seconds: int) -> None:
    """Move the next turns of schedules, as the product's clock is about to move: what is not due now is not due then.
    Below 0 takes that back."""
    names = [each.task_name for each in schedules]
    later = ScheduledRun.due_at + timedelta(seconds=seconds)
    session.execute(update(ScheduledRun).where(ScheduledRun.task_name.in_(names)).values(due_at=later))


def note_done(session: Session, task_name: str, *, at: datetime) -> None:
    """Write down that a schedule's turn, begun at a moment, ended well."""
    done = update(ScheduledRun).where(ScheduledRun.task_name == task_name, ScheduledRun.done_at < at)
    session.execute(done.values(done_at=at))


def hasten(session: Session, task_name: str, *, at: datetime) -> None:
    """Let a schedule's next turn come at a moment, where it would come later."""
    sooner = update(ScheduledRun).where(ScheduledRun.task_name == task_name, ScheduledRun.due_at > at)
    session.execute(sooner.values(due_at=at))


def _next_turn(now: datetime, every: timedelta) -> datetime:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    return now - (now - start) % every + every


def rescue(session: Session, *, silent_seconds: float = 30.0) -> int:
    """Put back the tasks of workers whose heartbeat stopped. Returns how many."""
    return len(
        session.execute(
            text(
                "UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL, scheduled_at = NULL"
                " WHERE status = 'doing' AND (worker_id IS NULL OR worker_id NOT IN"
                " (SELECT id FROM procrastinate_workers"
                " WHERE last_heartbeat > now() - make_interval(secs => :silent))) RETURNING id"
            ),
            {"silent": silent_seconds},
        ).all()
    )


def heartbeat_age_seconds(session: Session) -> float | None:
    """Return the age of the freshest worker heartbeat, or None when no worker ever was."""
    age = session.execute(text("SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers"))
    found = age.scalar_one()
    return None if found is None else float(found)
