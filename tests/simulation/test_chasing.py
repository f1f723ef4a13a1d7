"""Random towns, chased day after day: whatever happens, the twenty-two invariants hold."""

from __future__ import annotations

import pytest

from server.core import config
from tests.simulation.chasing.days import live


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(1, 3))
def test_the_invariants_of_chasing_hold_in_any_town(product: config.Config, seed: int) -> None:
    assert product
    assert live(seed, customers=12, turns=25).contacts
