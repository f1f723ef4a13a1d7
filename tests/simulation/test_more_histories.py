"""The other half of the random histories of `test_histories.py`."""

from __future__ import annotations

import pytest

from tests.simulation.stage import Stage


@pytest.mark.parametrize("seed", range(21, 41))
def test_money_books_and_words_agree_after_any_history(stage: Stage, seed: int) -> None:
    stage.play(seed)
