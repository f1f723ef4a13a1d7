"""Random histories: whatever happens on the way, in the end the money, the books and what people were told agree."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.simulation.figures import Played

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("batch", range(12))
def test_money_books_and_words_agree_after_any_history(play: Callable[[str, int], Played], batch: int) -> None:
    assert play("history", batch).failure == ""
