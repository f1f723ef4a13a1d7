"""A stage for each file of histories."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.stage import Stage, stage


@pytest.fixture(scope="module", name="stage")
def opened_stage(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Where histories are played."""
    with stage(server_url, tmp_path_factory.mktemp("stage")) as opened:
        yield opened
