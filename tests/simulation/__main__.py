"""Play many histories, or one again.

    python -m tests.simulation [--histories 500] [--first-seed 1]
    python -m tests.simulation --replay SEED

Ends with what was played, and with 1 when a truth did not hold; each failure says how to play it again.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

HISTORIES = Path(__file__).with_name("test_histories.py")


class Soak:
    """Hands the seeds to the histories, and adds up what they report."""

    def __init__(self, seeds: range) -> None:
        self.seeds = seeds
        self.sums: Counter[str] = Counter()
        self.failed = 0

    def pytest_configure(self, config: pytest.Config) -> None:
        """Say which histories to play."""
        config.option.seeds = self.seeds

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a history."""
        if report.failed:
            self.failed += 1
        elif report.when == "call":
            self.sums.update({name: value for name, value in report.user_properties if isinstance(value, int)})
            self.sums["histories"] += 1


def main() -> int:
    """Play; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description="Play random histories.")
    parser.add_argument("--histories", type=int, default=200, help="how many (200)")
    parser.add_argument("--first-seed", type=int, default=1, help="the seed of the first (1)")
    parser.add_argument("--replay", type=int, metavar="SEED", help="play this one alone, and show its steps")
    given = parser.parse_args()
    first, histories = (given.first_seed, given.histories) if given.replay is None else (given.replay, 1)
    soak = Soak(range(first, first + histories))
    shown = ["--capture=no", "--show-capture=no"] if given.replay is not None else ["--show-capture=no"]
    began = time.perf_counter()
    code = pytest.main([str(HISTORIES), "--quiet", "--tb=short", *shown], plugins=[soak])
    played = ", ".join(f"{count} {name}" for name, count in sorted(soak.sums.items()))
    print(f"held: {played or 'nothing'}; failed: {soak.failed}; {time.perf_counter() - began:.0f} s")  # noqa: T201
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
