"""The simulation can fail: mistakes that such a product easily makes are planted, and found in a few histories.

Those that are found quickly are looked for here; `make soak` looks for every one, several times.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.bugs import Plant, paying
from tests.simulation.finding import find

QUICKLY_FOUND = (paying.count_whatever_is_told,)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("bug", QUICKLY_FOUND, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_found(server_url: str, tmp_path: Path, bug: Plant) -> None:
    assert find(bug, server_url, tmp_path) is not None
