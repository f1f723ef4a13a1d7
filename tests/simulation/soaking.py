"""Many batches on several worlds at once, for as long as one likes."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from queue import Empty

from server.core import log
from tests import databases
from tests.simulation.figures import Played, play, summary
from tests.simulation.races import RACES
from tests.simulation.stage import stage

TOLD_EVERY = 100  # histories
LOOK_EVERY_SECONDS = 60
Batch = tuple[str, range]


def soak(wanted: list[Batch], *, worlds: int) -> bool:
    """Play on several worlds at once, and print the figures. Say whether any history failed.

    On Ctrl-C each world ends the batch it is at, the figures so far are printed and how to go on, and
    KeyboardInterrupt is raised.
    """
    spawn = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[Played | None] = spawn.Queue()
    stop = spawn.Event()
    players = [spawn.Process(target=_play_all, args=(wanted[place::worlds], results, stop)) for place in range(worlds)]
    for player in players:
        player.start()
    played: list[Played] = []
    playing, tell_at = len(players), TOLD_EVERY
    while playing:
        try:
            result = results.get(timeout=LOOK_EVERY_SECONDS)
        except Empty:
            playing = sum(player.is_alive() for player in players)  # one that was killed says no more
            continue
        except KeyboardInterrupt:
            say("stopping after what is under way")
            stop.set()
            continue
        if result is None:
            playing -= 1
            continue
        played.append(result)
        if result.failure:
            say(result.failure)
        if sum(len(each.seeds) for each in played) >= tell_at:
            tell_at += TOLD_EVERY
            say(summary(played))
    for player in players:
        player.join()
    say(summary(played))
    if stop.is_set():
        say(how_to_go_on(wanted, played))
        raise KeyboardInterrupt
    return len(played) < len(wanted) or any(each.failure for each in played)


def how_to_go_on(wanted: list[Batch], played: list[Played]) -> str:
    """Say which commands play what was not played."""
    done = {(each.kind, each.seeds[0]) for each in played}
    commands = []
    for kind, (histories, races) in {"history": (1, 0), "race": (0, RACES)}.items():
        left = [seeds for known, seeds in wanted if known == kind and (kind, seeds[0]) not in done]
        if left:
            many = left[-1][-1] - left[0][0] + 1
            counts = f"--first-seed {left[0][0]} --histories {histories * many} --races {races * many} --planted 0"
            commands.append(f"go on with: python -m tests.simulation {counts}")
    return "\n".join(commands)


def _play_all(wanted: list[Batch], results: multiprocessing.Queue[Played | None], stop: Event) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with server() as (url, folder), stage(url, folder) as opened:
            for kind, batch in wanted:
                if stop.is_set():
                    break
                results.put(play(opened, kind, batch))
    finally:
        results.put(None)


@contextmanager
def server() -> Iterator[tuple[str, Path]]:
    log.set_up("CRITICAL")
    with tempfile.TemporaryDirectory(prefix="fieldpay-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the database's user passes through it
        with databases.server(folder / "postgres") as url:
            yield url, folder / "worlds"


def say(words: str) -> None:
    """Tell whoever watches."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()
