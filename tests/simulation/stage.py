"""Where histories are played, one after the other, and held against the truths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.simulation.history import History
from tests.simulation.races import RACES, race_on_each
from tests.simulation.truths import Outcome, require
from tests.simulation.verbs import anything
from tests.simulation.world import Plant, World, world

# The audit looks at all there ever was: an old world is slow.
HISTORIES_A_WORLD = 100


class Stage:
    """One world at a time: a new one after many histories, or after one that failed and left it wounded."""

    def __init__(self, server_url: str, folder: Path, plants: Sequence[Plant]) -> None:
        self._server_url, self._folder, self._plants = server_url, folder, plants
        self._opened = ExitStack()
        self._worlds = self._played = 0
        self._world: World | None = None

    def world(self) -> World:
        """The world as it stands, or a new one."""
        if self._world is None:
            self._worlds += 1
            folder = self._folder / str(self._worlds)
            self._world = self._opened.enter_context(world(self._server_url, folder, self._plants))
        return self._world

    def play(self, seed: int) -> Outcome:
        """Play a history. What fails carries the history and how to play it again."""
        return self._play(History(self.world(), seed), anything)

    def race(self, seed: int) -> Outcome:
        """Play races on a few invoices, one after the other. What fails carries the same."""
        return self._play(History(self.world(), seed, replay="--replay-race"), race_on_each, invoices=RACES)

    def _play(self, history: History, plot: Callable[[History], None], *, invoices: int | None = None) -> Outcome:
        try:
            history.live(plot, invoices=invoices)
            outcome = Outcome(history)
            require(outcome)
        except BaseException:
            self.leave()
            raise
        self._played += 1
        if self._played % HISTORIES_A_WORLD == 0:
            self.leave()
        return outcome

    def leave(self) -> None:
        """End the world."""
        self._opened.close()
        self._world = None


@contextmanager
def stage(server_url: str, folder: Path, plants: Sequence[Plant] = ()) -> Iterator[Stage]:
    """Open a stage; its last world ends with it."""
    opened = Stage(server_url, folder, plants)
    try:
        yield opened
    finally:
        opened.leave()
