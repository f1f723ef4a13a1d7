"""Races for the same money: each owed cent is taken once, or what was too much is given back or kept as credit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.simulation.figures import Played

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("batch", range(2))
def test_nobody_pays_twice_however_many_ask_at_once(play: Callable[[str, int], Played], batch: int) -> None:
    assert play("race", batch).failure == ""
