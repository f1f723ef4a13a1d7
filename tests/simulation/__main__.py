"""Play many histories and races, plant mistakes; or play some again.

    python -m tests.simulation [--histories 10000] [--races 5000] [--planted 3] [--first-seed 1] [--processes 2]
    python -m tests.simulation --replay SEED[-SEED] | --replay-race SEED[-SEED]

Says after every hundred, and at the end or on Ctrl-C, what was played; ends with 1 when a truth did not hold. Each
failure says how to play it again, and Ctrl-C how to go on.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys

from tests.simulation.bugs import PLANTS
from tests.simulation.finding import HISTORIES, find
from tests.simulation.races import RACES
from tests.simulation.soaking import Batch, say, server, soak
from tests.simulation.stage import HISTORIES_A_BATCH, Failed, stage


def main() -> int:
    """Play; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description="Play random histories.")
    parser.add_argument("--histories", type=int, default=10_000, help="how many (10000)")
    parser.add_argument("--races", type=int, default=5_000, help="how many (5000)")
    parser.add_argument("--planted", type=int, default=3, help="how often to look for each planted bug (3)")
    parser.add_argument("--first-seed", type=int, default=1, help="the seed of the first (1)")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="how many worlds at once (one a core)")
    parser.add_argument("--replay", type=seeds, metavar="SEED[-SEED]", help="play these, and show their steps")
    parser.add_argument("--replay-race", type=seeds, metavar="SEED[-SEED]", help="the same for races")
    given = parser.parse_args()
    if given.replay is not None:
        return replay("history", given.replay)
    if given.replay_race is not None:
        return replay("race", given.replay_race)
    first = given.first_seed
    wanted = [*batches("history", first, given.histories), *batches("race", first, -(-given.races // RACES))]
    try:
        failed = soak(wanted, worlds=given.processes) if wanted else False
        return int(look_for_bugs(given.planted, first_seed=first) or failed)
    except KeyboardInterrupt:
        return 130


def seeds(said: str) -> range:
    """Read `7`, or `1-10`."""
    first, _, last = said.partition("-")
    return range(int(first), int(last or first) + 1)


def batches(kind: str, first: int, many: int) -> list[Batch]:
    """Cut so many seeds, from the first on, into batches."""
    ends = first + many
    return [(kind, range(at, min(at + HISTORIES_A_BATCH, ends))) for at in range(first, ends, HISTORIES_A_BATCH)]


def replay(kind: str, wanted: range) -> int:
    """Play histories again and show them."""
    with server() as (url, folder), stage(url, folder) as opened:
        try:
            for outcome in opened.play(wanted, kind):
                say(outcome.history.story())
        except Failed as failure:
            say(str(failure))
            return 1
    return 0


def look_for_bugs(starts: int, *, first_seed: int) -> bool:
    """Plant each mistake, look for it from several first seeds, and print how many histories that took. Say whether
    any was not found from any of them."""
    needed: list[int] = []
    missed: list[str] = []
    with server() as (url, folder):
        for bug in PLANTS if starts else ():
            found = [find(bug, url, folder, first_seed=first_seed + 1000 * start) for start in range(starts)]
            after = ", ".join(str(each or f"none of {HISTORIES}") for each in found)
            say(f"planted: {bug.__name__}: found after {after}")
            needed += [each.after for each in found if each is not None]
            missed += [bug.__name__] if None in found else []
    if needed:
        say(
            f"planted bugs {len(PLANTS)}, found from every start {len(PLANTS) - len(missed)};"
            f" {statistics.median(needed):g} histories in the median"
        )
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
