"""A stage for each file of histories."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict

import pytest

from tests.simulation import figures
from tests.simulation.figures import Played
from tests.simulation.reporting import NAME
from tests.simulation.stage import HISTORIES_A_BATCH, Stage, stage


@pytest.fixture(scope="module", name="stage")
def opened_stage(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Where histories are played."""
    with stage(server_url, tmp_path_factory.mktemp("stage")) as opened:
        yield opened


@pytest.fixture
def play(stage: Stage, request: pytest.FixtureRequest) -> Callable[[str, int], Played]:
    """Play the histories of a batch, the n-th of its kind; the end of the run says what they came to."""

    def played(kind: str, batch: int) -> Played:
        first = 1 + batch * HISTORIES_A_BATCH
        seen = figures.play(stage, kind, range(first, first + HISTORIES_A_BATCH))
        request.node.user_properties.append((NAME, json.dumps(asdict(seen))))
        return seen

    return played
