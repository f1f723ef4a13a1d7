"""How many histories it takes to find a planted mistake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.simulation.bugs import Plant
from tests.simulation.stage import Failed, stage

HISTORIES = 40
HISTORIES_A_BATCH = 5


@dataclass(frozen=True)
class Found:
    """A planted mistake that was found: after how many histories, and by what: truths, or an error where something was
    not even answered, or never done."""

    after: int
    by: Sequence[str]

    def __str__(self) -> str:
        return f"{self.after} ({', '.join(self.by)})"


def find(bug: Plant, server_url: str, folder: Path, *, first_seed: int = 1) -> Found | None:
    """Plant a mistake in the product's processes and play histories until one fails; None where none of them did.

    Whatever fails is a find: a truth that does not hold, a crash, work that is never done.
    """
    with stage(server_url, folder / f"{bug.__name__}-{first_seed}", [bug]) as opened:
        for first in range(first_seed, first_seed + HISTORIES, HISTORIES_A_BATCH):
            try:
                opened.play(range(first, first + HISTORIES_A_BATCH))
            except Failed as failure:
                of_all = len(failure.seeds) == HISTORIES_A_BATCH
                after = (failure.seeds[-1] if of_all else failure.seeds[0]) - first_seed + 1
                return Found(after, sorted(failure.truths) or [type(failure.__cause__).__name__])
    return None
