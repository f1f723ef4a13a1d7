"""Random histories: whatever happens on the way, in the end the money, the books and what people were told agree.

The other half is in `test_more_histories.py`: two processes share them.
"""

from __future__ import annotations

import pytest

from tests.simulation.stage import Stage


@pytest.mark.parametrize("seed", range(1, 21))
def test_money_books_and_words_agree_after_any_history(stage: Stage, seed: int) -> None:
    stage.play(seed)
