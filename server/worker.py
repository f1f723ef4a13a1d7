"""The worker: every task module and every schedule is listed here.

Run as many as wanted against one database. Each also looks after the schedules (claimed in the database, so one of
them defers each turn) and puts back the tasks of workers that died.
"""

from __future__ import annotations

import gc
import threading
from datetime import timedelta

import procrastinate

from server.access import models as _access  # noqa: F401
from server.audit import tasks as _audit  # noqa: F401
from server.chargebacks import tasks as _chargebacks  # noqa: F401
from server.contacts import tasks as _contacts  # noqa: F401
from server.core import clock, config, idempotency, log, queue
from server.core.database import transaction
from server.core.queue import Schedule
from server.dunning import tasks as _dunning  # noqa: F401
from server.messages import tasks as _messages  # noqa: F401
from server.payments import tasks as _payments  # noqa: F401
from server.payouts import tasks as _payouts  # noqa: F401
from server.policy import tasks as _policy  # noqa: F401
from server.referrals import tasks as _referrals  # noqa: F401
from server.reports import tasks as _reports  # noqa: F401
from server.risk import tasks as _risk  # noqa: F401
from server.write_offs import models as _write_offs  # noqa: F401

SCHEDULES = (
    Schedule(task_name="payments.resolve_open", every=timedelta(seconds=30), lane="chasing"),
    Schedule(task_name="payments.resolve_refunds", every=timedelta(seconds=30)),
    Schedule(task_name="payments.find_forwarded", every=timedelta(hours=1)),
    Schedule(task_name="payments.find_untold", every=timedelta(hours=1)),
    Schedule(task_name="payments.capture_due", every=timedelta(minutes=2)),
    Schedule(task_name="payments.learn_fees", every=timedelta(minutes=5)),
    Schedule(task_name="payments.find_returns", every=timedelta(days=1)),
    Schedule(task_name="chargebacks.look", every=timedelta(minutes=15)),
    Schedule(task_name="payouts.look", every=timedelta(hours=1)),
    Schedule(task_name="contacts.seal", every=timedelta(seconds=30)),
    Schedule(task_name="messages.sweep", every=timedelta(minutes=5)),
    Schedule(task_name="dunning.collect_parts", every=timedelta(minutes=15)),
    Schedule(task_name="dunning.settle", every=timedelta(seconds=10)),
    # After a look at Stripe, however long nobody looked: whoever paid meanwhile is not chased.
    Schedule(task_name="dunning.plan", every=timedelta(hours=1), lane="chasing"),
    Schedule(task_name="dunning.tell_alarms", every=timedelta(days=1)),
    Schedule(task_name="dunning.keep_cohorts", every=timedelta(hours=1)),
    Schedule(task_name="referrals.settle", every=timedelta(minutes=1)),
    Schedule(task_name="risk.review", every=timedelta(days=1)),
    Schedule(task_name="risk.release", every=timedelta(minutes=1)),
    Schedule(task_name="policy.publish", every=timedelta(hours=1)),
    Schedule(task_name="reports.weekly", every=timedelta(hours=1)),
    Schedule(task_name="audit.check", every=timedelta(days=1)),
    Schedule(task_name="worker.tidy", every=timedelta(days=1)),
)
TICK_SECONDS = 2.0
CONCURRENCY = 4
_log = log.get("worker")


@queue.task("worker.tidy")
def tidy() -> None:
    """Delete what is past its time: answers kept for retried requests."""
    with transaction() as session:
        idempotency.forget(session, now=clock.now())


def tick() -> list[str]:
    """Defer the schedules that are due and put back stalled tasks. Returns the names deferred."""
    with transaction() as session:
        queue.rescue(session)
        return queue.defer_due(session, SCHEDULES, now=clock.now())


def run() -> None:
    """Work until told to stop (SIGTERM or Ctrl-C); what is under way is finished first."""
    settings = config.current()
    log.set_up(settings.log_level)
    clock.follow(settings.clock_file)
    connector = procrastinate.PsycopgConnector(conninfo=settings.database_url.replace("+psycopg", ""))
    gc.freeze()  # what is there now stays, and need not be looked through for garbage
    stop = threading.Event()
    ticker = threading.Thread(target=_keep_time, args=(stop,), daemon=True)
    ticker.start()
    try:
        queue.app.with_connector(connector).run_worker(
            concurrency=CONCURRENCY,
            delete_jobs="successful",
            fetch_job_polling_interval=1.0,
            shutdown_graceful_timeout=10,
        )
    finally:
        stop.set()
        ticker.join()


def _keep_time(stop: threading.Event) -> None:
    while not stop.wait(TICK_SECONDS):
        try:
            tick()
        except Exception as error:  # noqa: BLE001
            # The database may be away for a moment; the next turn tries again.
            _log.warning("tick_failed", error_type=type(error).__name__)
