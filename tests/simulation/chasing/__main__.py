"""Let many towns live, one after the other.

    python -m tests.simulation.chasing [--towns 1000] [--first-seed 1] [--customers 12] [--turns 25] [--planted 5]

Ends with 1 when an invariant did not hold, and says in which town.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from server.core import log
from tests.simulation.chasing.days import live
from tests.simulation.chasing.invariants import INVARIANTS, Broken
from tests.simulation.chasing.mistakes import MISTAKES, Mistake, planted
from tests.simulation.chasing.stage import stage
from tests.simulation.soaking import say


def main() -> int:
    """Live; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.chasing", description="Chase random towns.")
    parser.add_argument("--towns", type=int, default=1_000, help="how many (1000)")
    parser.add_argument("--first-seed", type=int, default=1, help="the seed of the first (1)")
    parser.add_argument("--customers", type=int, default=12, help="in each (12)")
    parser.add_argument("--turns", type=int, default=25, help="of the worker (25)")
    parser.add_argument("--planted", type=int, default=5, help="towns in which to look for each planted mistake (5)")
    given = parser.parse_args()
    size = {"customers": given.customers, "turns": given.turns}
    started, failed, sent = time.perf_counter(), 0, 0
    log.set_up("ERROR")
    with stage() as empty:
        for seed in range(given.first_seed, given.first_seed + given.towns):
            try:
                sent += len(live(seed, **size).town.went)
            except Broken as broken:
                failed += 1
                say(str(broken))
            empty()
        missed = [
            mistake.__name__ for mistake in MISTAKES if given.planted and not found(mistake, given.planted, size, empty)
        ]
    took = time.perf_counter() - started
    say(
        f"{given.towns} towns of {given.customers} customers, {given.turns} turns each: {sent} messages and letters,"
        f" {len(INVARIANTS)} invariants, {failed} towns in which one did not hold; {took:.0f} s"
    )
    return int(failed > 0 or bool(missed))


def found(mistake: Mistake, towns: int, size: dict[str, int], empty: Callable[[], None]) -> bool:
    """Look for a planted mistake in so many towns; say by what it was found."""
    for seed in range(1, towns + 1):
        try:
            with planted(mistake):
                live(seed, **size)
        except Broken as broken:
            say(f"planted: {mistake.__name__}: found in town {seed} by {', '.join(sorted(broken.names))}")
            return True
        finally:
            empty()
    say(f"planted: {mistake.__name__}: not found in {towns} towns")
    return False


if __name__ == "__main__":
    sys.exit(main())
