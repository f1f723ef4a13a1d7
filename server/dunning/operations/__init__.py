"""Open cases, take steps, let cases rest, run the plan."""

from server.dunning.operations.cases import (
    CaseClosed,
    NotFromHere,
    close_settled,
    move,
    open_cases,
)
from server.dunning.operations.holds import (
    HoldExists,
    HoldOver,
    place_hold,
    release_hold,
)
from server.dunning.operations.plans import (
    install_plans,
)
from server.dunning.operations.runs import (
    DryRunOnly,
    RunExists,
    ask_for_run,
    run,
)
from server.dunning.operations.steps import (
    plan,
    take_step,
)

__all__ = [
    "CaseClosed",
    "DryRunOnly",
    "HoldExists",
    "HoldOver",
    "NotFromHere",
    "RunExists",
    "ask_for_run",
    "close_settled",
    "install_plans",
    "move",
    "open_cases",
    "place_hold",
    "plan",
    "release_hold",
    "run",
    "take_step",
]
