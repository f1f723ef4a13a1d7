"""What was played, in figures: for `make soak`, and for the end of a run of tests."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.simulation.currencies import HOME
from tests.simulation.evidence import Outcome
from tests.simulation.races import RACES
from tests.simulation.stage import KINDS, Failed, Stage
from tests.simulation.truths import MEANING


@dataclass(frozen=True)
class Played:
    """A batch that was played: what its histories held; or which failed, and how."""

    kind: str
    seeds: Sequence[int]
    seconds: float
    held: dict[str, int]
    failure: str = ""
    failed: Sequence[int] = ()
    truths: Sequence[str] = field(default_factory=list)


def play(stage: Stage, kind: str, seeds: Sequence[int]) -> Played:
    """Play a batch; a failure is told, and the next may be played."""
    began = time.perf_counter()
    try:
        held = sum((_held(outcome) for outcome in stage.play(seeds, kind)), Counter[str]())
    except Failed as failure:
        return Played(
            kind, list(seeds), time.perf_counter() - began, {}, str(failure), failure.seeds, sorted(failure.truths)
        )
    return Played(kind, list(seeds), time.perf_counter() - began, dict(held))


def _held(outcome: Outcome) -> Counter[str]:
    history = outcome.history
    return Counter(
        {
            "steps": len(history.steps),
            "faults": history.faults,
            "processes killed": history.kills,
            "payments": len(outcome.payments),
            "captured charges": len(outcome.charges),
            "refunds": len(outcome.refunds),
            "payments in other currencies": sum(each["currency"] != HOME for each in outcome.payments.values()),
            "lines of statements": len(outcome.lines),
            "payouts of credit": len(outcome.payouts),
            "shown as unknown": len({shown.about for shown in history.shown if shown.status == "unknown"}),
        }
    )


def summary(played: Sequence[Played]) -> str:
    """Say what was played, and in how many histories a cent was lost, doubled or left unknown."""
    told = []
    for kind, known in KINDS.items():
        mine = [each for each in played if each.kind == kind]
        if not mine:
            continue
        seeds = [seed for each in mine for seed in each.seeds]
        failed = sorted(seed for each in mine for seed in each.failed)
        spent = [each.seconds / len(each.seeds) for each in mine]
        held = sum((Counter(each.held) for each in mine), Counter[str]())
        cents = {name: sum(bool(set(truths) & set(each.truths)) for each in mine) for name, truths in MEANING.items()}
        many = f"races {len(seeds) * RACES}, {RACES} a history" if kind == "race" else f"histories {len(seeds)}"
        told += [
            f"{many}, seeds {min(seeds)} to {max(seeds)}: "
            + ", ".join(f"{count} {name}" for name, count in cents.items())
            + f", {len(failed)} failed; a history takes {statistics.median(spent):.2f} s",
            "  held " + ", ".join(f"{count} {name}" for name, count in sorted(held.items())),
            *(f"  python -m tests.simulation {known.replay} {seed}" for seed in failed),
        ]
    return "\n".join(told)
