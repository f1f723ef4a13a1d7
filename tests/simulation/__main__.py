"""Play many histories and races, plant mistakes; or play one again.

    python -m tests.simulation [--histories 10000] [--races 5000] [--bugs 3] [--first-seed 1] [--processes 2]
    python -m tests.simulation --replay SEED | --replay-race SEED

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
from tests.simulation.bugs import PLANTS
from tests.simulation.finding import find
from tests.simulation.races import RACES
from tests.simulation.stage import Stage, stage
from tests.simulation.truths import MEANING, Broken, Outcome

TOLD_EVERY = 100


@dataclass(frozen=True)
class Played:
    """A history that was played: what it held, in figures; or how it failed."""

    kind: str
    seed: int
    seconds: float
    held: Counter[str]
    failure: str = ""
    broken: frozenset[str] = frozenset()


def main() -> int:
    """Play; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description="Play random histories.")
    parser.add_argument("--histories", type=int, default=10_000, help="how many (10000)")
    parser.add_argument("--races", type=int, default=5_000, help="how many (5000)")
    parser.add_argument("--bugs", type=int, default=3, help="how often to look for each planted bug (3)")
    parser.add_argument("--first-seed", type=int, default=1, help="the seed of the first (1)")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="how many worlds at once (one a core)")
    parser.add_argument("--replay", type=int, metavar="SEED", help="play this history alone, and show its steps")
    parser.add_argument("--replay-race", type=int, metavar="SEED", help="play these races alone, and show their steps")
    given = parser.parse_args()
    if given.replay is not None:
        return replay("history", given.replay)
    if given.replay_race is not None:
        return replay("race", given.replay_race)
    first = given.first_seed
    wanted = [("history", seed) for seed in range(first, first + given.histories)]
    wanted += [("race", seed) for seed in range(first, first + -(-given.races // RACES))]
    failed = soak(wanted, worlds=given.processes)
    return int(look_for_bugs(given.bugs, first_seed=first) or failed)


def replay(kind: str, seed: int) -> int:
    """Play one history and show it."""
    with _server() as (url, folder), stage(url, folder) as opened:
        try:
            say(_play(opened, kind, seed).history.story())
        except Exception:  # noqa: BLE001  (a failure is what one came to see)
            say(traceback.format_exc())
            return 1
    return 0


def soak(wanted: list[tuple[str, int]], *, worlds: int) -> bool:
    """Play histories and races on several worlds at once, and print the figures. Say whether any failed."""
    began = time.perf_counter()
    spawn = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[Played | None] = spawn.Queue()
    players = [spawn.Process(target=_play_all, args=(wanted[place::worlds], results)) for place in range(worlds)]
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
            say(f"{len(played)} of {len(wanted)} played, {time.perf_counter() - began:.0f} s")
    for player in players:
        player.join()
    for kind in dict.fromkeys(kind for kind, _ in wanted):
        say(summary(kind, [each for each in played if each.kind == kind]))
    return len(played) < len(wanted) or any(each.failure for each in played)


def _play_all(wanted: list[tuple[str, int]], results: multiprocessing.Queue[Played | None]) -> None:
    try:
        with _server() as (url, folder), stage(url, folder) as opened:
            for kind, seed in wanted:
                results.put(play(opened, kind, seed))
    finally:
        results.put(None)


def play(opened: Stage, kind: str, seed: int) -> Played:
    """Play a history; a failure is told, and the next may be played."""
    began = time.perf_counter()
    try:
        held = figures(_play(opened, kind, seed))
    except Exception as failure:  # noqa: BLE001  (whatever it is, it is told with its history)
        broken = frozenset(failure.truths if isinstance(failure, Broken) else ())
        return Played(kind, seed, time.perf_counter() - began, Counter(), traceback.format_exc(), broken)
    return Played(kind, seed, time.perf_counter() - began, held)


def _play(opened: Stage, kind: str, seed: int) -> Outcome:
    return opened.race(seed) if kind == "race" else opened.play(seed)


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


def summary(kind: str, played: list[Played]) -> str:
    """Say what was played, and in how many histories a cent was lost, doubled or left unknown."""
    failed = sorted(each.seed for each in played if each.failure)
    spent = sorted(each.seconds for each in played)
    median, late = statistics.median(spent), spent[int(len(spent) * 0.95)]
    held = sum((each.held for each in played), Counter[str]())
    cents = {name: sum(bool(each.broken & set(truths)) for each in played) for name, truths in MEANING.items()}
    many = f"races {len(played) * RACES}, {RACES} a history" if kind == "race" else f"histories {len(played)}"
    again = "--replay-race" if kind == "race" else "--replay"
    lines = [
        f"{many}; each history {median:.2f} s in the median, {late:.2f} s at 95 of 100",
        "held: " + ", ".join(f"{count} {name}" for name, count in sorted(held.items())),
        ", ".join(f"{name} {count}" for name, count in cents.items()) + f"; failed {len(failed)}",
        *(f"  python -m tests.simulation {again} {seed}" for seed in failed),
    ]
    return "\n".join(lines)


def look_for_bugs(starts: int, *, first_seed: int) -> bool:
    """Plant each mistake, look for it from several first seeds, and print how many histories that took. Say whether
    any was not found."""
    needed: list[int] = []
    missed: list[str] = []
    with _server() as (url, folder):
        for bug in PLANTS if starts else ():
            found = [find(bug, url, folder, first_seed=first_seed + 1000 * start) for start in range(starts)]
            after = ", ".join(str(number or "never") for number in found)
            say(f"planted: {bug.__name__}: found after {after} histories")
            needed += [number for number in found if number is not None]
            missed += [bug.__name__] if None in found else []
    if needed:
        say(f"planted bugs {len(PLANTS)}, missed {len(missed)}; {statistics.median(needed):g} histories in the median")
    return bool(missed)


@contextmanager
def _server() -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory(prefix="fieldpay-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the database's user passes through it
        with databases.server(folder / "postgres") as url:
            yield url, folder / "worlds"


def say(words: str) -> None:
    """Tell whoever watches."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
