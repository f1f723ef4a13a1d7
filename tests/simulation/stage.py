"""Where histories are played, a batch of them after the other, and held against the truths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from server.core import clock
from tests.simulation import afterwards, at_the_bank, runs_of_events, ways
from tests.simulation.evidence import Evidence, Outcome
from tests.simulation.healing import heal
from tests.simulation.history import History
from tests.simulation.races import RACES, race_on_each
from tests.simulation.truths import Broken, require
from tests.simulation.verbs import anything
from tests.simulation.world import Plant, World, world

# They hold verbs.
__all__ = ["afterwards", "at_the_bank", "runs_of_events", "ways"]
# The histories of a batch are played one after the other, each with its own invoices and readers; they share the
# healing, the quiet after it and the audit, which would take longer than all the rest.
HISTORIES_A_BATCH = 25
# The audit looks at all there ever was: an old world is slow.
BATCHES_A_WORLD = 6


@dataclass(frozen=True)
class Kind:
    """What is played: `plot` happens, on `invoices` or a few; `replay` is how the command calls it."""

    plot: Callable[[History], None]
    replay: str
    invoices: int | None = None


KINDS = {"history": Kind(anything, "--replay"), "race": Kind(race_on_each, "--replay-race", RACES)}


class Failed(AssertionError):
    """A batch that did not end well. `seeds` are the histories to blame, `truths` the names of what did not hold."""

    def __init__(self, why: str, *, seeds: Sequence[int], truths: set[str]) -> None:
        super().__init__(why)
        self.seeds, self.truths = seeds, truths


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

    def play(self, seeds: Sequence[int], kind: str = "history") -> list[Outcome]:
        """Play a batch of histories. Raises Failed, which says how to play them again."""
        histories: list[History] = []
        try:
            outcomes = _play(self.world(), histories, seeds, KINDS[kind])
        except Exception as failure:
            self.leave()
            blamed = failure.histories if isinstance(failure, Broken) else histories[-1:]
            truths = failure.truths if isinstance(failure, Broken) else set()
            told = _told(failure, blamed, seeds, KINDS[kind].replay)
            raise Failed(told, seeds=[history.seed for history in blamed], truths=truths) from failure
        self._played += 1
        if self._played % BATCHES_A_WORLD == 0:
            self.leave()
        return outcomes

    def leave(self) -> None:
        """End the world."""
        self._opened.close()
        self._world = None


def _play(world: World, histories: list[History], seeds: Sequence[int], kind: Kind) -> list[Outcome]:
    since, mails_before = int(clock.now().timestamp()) - 5, len(world.mails)
    for place, seed in enumerate(seeds):
        histories.append(History(world, seed, place=place))
        histories[-1].live(kind.plot, invoices=kind.invoices)
    heal(world, histories)
    return require(histories, Evidence(world, histories, since=since, mails_before=mails_before))


def _told(failure: Exception, blamed: Sequence[History], seeds: Sequence[int], replay: str) -> str:
    """Say what did not hold, in which histories, and how to play them again: alone, then in their batch."""
    commands = [f"python -m tests.simulation {replay} {history.seed}" for history in blamed]
    if len(seeds) > 1:
        commands.append(f"python -m tests.simulation {replay} {seeds[0]}-{seeds[-1]}")
    return "\n".join([f"{type(failure).__name__}: {failure}", *(each.story() for each in blamed), *commands])


@contextmanager
def stage(server_url: str, folder: Path, plants: Sequence[Plant] = ()) -> Iterator[Stage]:
    """Open a stage; its last world ends with it."""
    opened = Stage(server_url, folder, plants)
    try:
        yield opened
    finally:
        opened.leave()
