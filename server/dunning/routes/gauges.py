"""Gauges for Prometheus: whether the chase rests because the payment feed is behind."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from server.core import clock, health
from server.core.database import transaction
from server.dunning import queries

STALE = ("payment_feed_stale_seconds", "How long the payment feed has been behind; nobody is chased meanwhile")


class StaleFeed(Collector):
    """Asks the database whenever Prometheus asks."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield how long it has been behind; 0 while it is fresh."""
        now = clock.now()
        with transaction() as session:
            since = queries.stale_since(session, now=now)
        yield GaugeMetricFamily(*STALE, value=(now - since).total_seconds() if since else 0)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Yield its name, so that nothing is asked before the application runs."""
        yield GaugeMetricFamily(*STALE)


health.registry.register(StaleFeed())
