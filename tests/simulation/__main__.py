"""Play many histories, or one again.

    python -m tests.simulation [--histories 10000] [--first-seed 1] [--processes 2]
    python -m tests.simulation --replay SEED

Ends with what was played, and with 1 when a truth did not hold; each failure says how to play it again.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import databases
from tests.simulation.stage import Stage, stage
from tests.simulation.truths import MEANING, Broken, Outcome

TOLD_EVERY = 100


@dataclass(frozen=True)
class Played:
    """A history that was played: what it held, in figures; or how it failed."""

    seed: int
    seconds: float
    held: Counter[str]
    failure: str = ""
    broken: frozenset[str] = frozenset()


def main() -> int:
    """Play; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description="Play random histories.")
    parser.add_argument("--histories", type=int, default=10_000, help="how many (10000)")
    parser.add_argument("--first-seed", type=int, default=1, help="the seed of the first (1)")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="how many worlds at once (one a core)")
    parser.add_argument("--replay", type=int, metavar="SEED", help="play this one alone, and show its steps")
    given = parser.parse_args()
    if given.replay is not None:
        return replay(given.replay)
    seeds = range(given.first_seed, given.first_seed + given.histories)
    return soak(seeds, worlds=given.processes)


def replay(seed: int) -> int:
    """Play one history and show it."""
    with _stage() as opened:
        try:
            say(opened.play(seed).history.story())
        except Exception:  # noqa: BLE001  (a failure is what one came to see)
            say(traceback.format_exc())
            return 1
    return 0


def soak(seeds: range, *, worlds: int) -> int:
    """Play histories on several worlds at once, and print the figures."""
    began = time.perf_counter()
    spawn = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[Played | None] = spawn.Queue()
    players = [spawn.Process(target=_play_all, args=(seeds[place::worlds], results)) for place in range(worlds)]
    for player in players:
        player.start()
    played: list[Played] = []
    playing = len(players)
    while playing:
        result = results.get()
        if result is None:
            playing -= 1
            continue
        played.append(result)
        if result.failure:
            say(result.failure)
        if len(played) % TOLD_EVERY == 0:
            say(f"{len(played)} of {len(seeds)} played")
    for player in players:
        player.join()
    say(summary(played, seconds=time.perf_counter() - began))
    return int(len(played) < len(seeds) or any(each.failure for each in played))


def _play_all(seeds: range, results: multiprocessing.Queue[Played | None]) -> None:
    try:
        with _stage() as opened:
            for seed in seeds:
                results.put(play(opened, seed))
    finally:
        results.put(None)


def play(opened: Stage, seed: int) -> Played:
    """Play a history; a failure is told, and the next may be played."""
    began = time.perf_counter()
    try:
        held = figures(opened.play(seed))
    except Exception as failure:  # noqa: BLE001  (whatever it is, it is told with its history)
        broken = frozenset(failure.truths if isinstance(failure, Broken) else ())
        return Played(seed, time.perf_counter() - began, Counter(), traceback.format_exc(), broken)
    return Played(seed, time.perf_counter() - began, held)


def figures(outcome: Outcome) -> Counter[str]:
    """What a history held."""
    history = outcome.history
    return Counter(
        {
            "steps": len(history.steps),
            "faults": history.faults,
            "processes killed": history.kills,
            "payments": len(outcome.payments),
            "captured charges": len(outcome.charges),
            "refunds": len(outcome.refunds),
            "shown as unknown": len({shown.about for shown in history.shown if shown.status == "unknown"}),
        }
    )


def summary(played: list[Played], *, seconds: float) -> str:
    """Say what was played, and in how many histories a cent was lost, doubled or left unknown."""
    failed = sorted(each.seed for each in played if each.failure)
    spent = sorted(each.seconds for each in played)
    median, late = statistics.median(spent), spent[int(len(spent) * 0.95)]
    held = sum((each.held for each in played), Counter[str]())
    cents = {name: sum(bool(each.broken & set(truths)) for each in played) for name, truths in MEANING.items()}
    lines = [
        f"histories {len(played)} in {seconds:.0f} s; each {median:.2f} s in the median, {late:.2f} s at 95 of 100",
        "held: " + ", ".join(f"{count} {name}" for name, count in sorted(held.items())),
        ", ".join(f"{name} {count}" for name, count in cents.items()) + f"; failed {len(failed)}",
        *(f"  python -m tests.simulation --replay {seed}" for seed in failed),
    ]
    return "\n".join(lines)


@contextmanager
def _stage() -> Iterator[Stage]:
    with tempfile.TemporaryDirectory(prefix="fieldpay-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the database's user passes through it
        with databases.server(folder / "postgres") as url, stage(url, folder / "worlds") as opened:
            yield opened


def say(words: str) -> None:
    """Tell whoever watches."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
