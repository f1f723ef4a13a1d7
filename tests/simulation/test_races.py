"""Races for the same money: each owed cent is taken once, or what was too much is given back or kept as credit.

The other half is in `test_more_races.py`: two processes share them.
"""

from __future__ import annotations

import pytest

from tests.simulation.stage import Stage


@pytest.mark.parametrize("seed", range(1, 6))
def test_nobody_pays_twice_however_many_ask_at_once(stage: Stage, seed: int) -> None:
    stage.race(seed)
