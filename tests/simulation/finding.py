"""How many histories it takes to find a planted mistake."""

from __future__ import annotations

from pathlib import Path

from tests.simulation.bugs import Plant
from tests.simulation.stage import stage

HISTORIES = 40


def find(bug: Plant, server_url: str, folder: Path, *, first_seed: int = 1) -> int | None:
    """Plant a mistake in the product's processes and play histories until one fails; say how many that took, or None.

    Whatever fails is a find: a truth that does not hold, a crash, work that is never done.
    """
    with stage(server_url, folder, [bug]) as opened:
        for number in range(1, HISTORIES + 1):
            try:
                opened.play(first_seed + number - 1)
            except Exception:  # noqa: BLE001
                return number
    return None
