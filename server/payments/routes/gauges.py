"""Gauges for Prometheus: how many outcomes are unknown, and for how long."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from server.core import clock, health
from server.core.database import transaction
from server.payments import queries

UNKNOWN = ("payments_unknown", "Payments whose outcome is unknown")
OLDEST = ("oldest_unknown_seconds", "How long the oldest of them has been unknown")


class UnknownOutcomes(Collector):
    """Asks the database whenever Prometheus asks."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield both gauges."""
        with transaction() as session:
            unknown = queries.count_unknown(session)
        yield GaugeMetricFamily(*UNKNOWN, value=unknown.count)
        age = clock.now() - unknown.since if unknown.since else None
        yield GaugeMetricFamily(*OLDEST, value=age.total_seconds() if age else 0)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Yield their names, so that nothing is asked before the application runs."""
        yield GaugeMetricFamily(*UNKNOWN)
        yield GaugeMetricFamily(*OLDEST)


health.registry.register(UnknownOutcomes())
