"""The whole product as an outside client meets it: one demo for all journeys, and the people who use it."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from server.cli.story import chapters
from server.cli.story.players import Players
from tests.cli.test_demo import Demo, start


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The product, running."""
    started = start(tmp_path_factory.mktemp("journeys"))
    yield started
    assert started.end(signal.SIGTERM) == [], "processes outlived the demo"


@pytest.fixture(scope="session")
def everybody(demo: Demo) -> Players:
    """The office, a technician with a paired phone, and customers."""
    players = Players(demo.told, lambda _line: None)
    players.until_morning()
    chapters.pair_phone(players)
    return players


@pytest.fixture
def street(everybody: Players) -> Iterator[Players]:
    """The same people, when all is well."""
    yield everybody
    everybody.forget_faults()
