"""How many histories it takes to find a planted mistake."""

from __future__ import annotations

from pathlib import Path

from tests.simulation.bugs import Plant
from tests.simulation.stage import Failed, stage

HISTORIES = 40
HISTORIES_A_BATCH = 4


def find(bug: Plant, server_url: str, folder: Path, *, first_seed: int = 1) -> int | None:
    """Plant a mistake in the product's processes and play histories until one fails; say how many that took, or None.

    Whatever fails is a find: a truth that does not hold, a crash, work that is never done.
    """
    with stage(server_url, folder, [bug]) as opened:
        for first in range(first_seed, first_seed + HISTORIES, HISTORIES_A_BATCH):
            try:
                opened.play(range(first, first + HISTORIES_A_BATCH))
            except Failed as failure:
                of_all = len(failure.seeds) == HISTORIES_A_BATCH
                return (failure.seeds[-1] if of_all else failure.seeds[0]) - first_seed + 1
    return None
