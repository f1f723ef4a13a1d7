"""Is it alive, is it ready, how is it doing: /healthz, /readyz, /metrics."""

from __future__ import annotations

import json

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from server.core import migrations, queue
from server.core.database import transaction

blueprint = Blueprint("health", "health")
WORKER_SILENT_SECONDS = 60

registry = CollectorRegistry()
_requests = Counter("fieldpay_requests", "Requests answered", ["endpoint", "status"], registry=registry)
_seconds = Histogram("fieldpay_request_seconds", "Time to answer", ["endpoint"], registry=registry)
_tasks = Gauge("fieldpay_tasks_pending", "Background tasks due or under way", registry=registry)
_beat = Gauge("fieldpay_worker_heartbeat_age_seconds", "Since a worker was last heard of", registry=registry)


def observe(endpoint: str, status: int, seconds: float) -> None:
    """Count an answered request."""
    _requests.labels(endpoint, status).inc()
    _seconds.labels(endpoint).observe(seconds)


@blueprint.get("/healthz")
def healthz() -> dict[str, str]:
    """Say that this process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
def readyz() -> Response:
    """Say whether the product can work: database, migrations, a worker's heartbeat. 503 when it cannot."""
    checks = {"database": "ok", "migrations": "ok", "worker": "ok"}
    try:
        with transaction() as session:
            session.execute(text("SELECT 1"))
            if migrations.present(session) != migrations.newest():
                checks["migrations"] = "behind"
            else:
                age = queue.heartbeat_age_seconds(session)
                if age is None or age > WORKER_SILENT_SECONDS:
                    checks["worker"] = "silent"
    except SQLAlchemyError:
        checks = {"database": "unreachable", "migrations": "unknown", "worker": "unknown"}
    ready = set(checks.values()) == {"ok"}
    body = {"status": "ok" if ready else "not_ready", "checks": checks}
    return Response(json.dumps(body), status=200 if ready else 503, content_type="application/json")


@blueprint.get("/metrics")
def metrics() -> Response:
    """Answer Prometheus. Counters are of the process that answers; gauges are the database's."""
    with transaction() as session:
        _tasks.set(queue.pending(session))
        _beat.set(queue.heartbeat_age_seconds(session) or 0)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
