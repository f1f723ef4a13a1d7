"""The other half of the races of `test_races.py`."""

from __future__ import annotations

import pytest

from tests.simulation.stage import Stage


@pytest.mark.parametrize("seed", range(6, 11))
def test_nobody_pays_twice_however_many_ask_at_once(stage: Stage, seed: int) -> None:
    stage.race(seed)
