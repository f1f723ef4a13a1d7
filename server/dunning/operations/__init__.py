"""Open cases, take steps, let cases rest, run the plan."""

from server.dunning.operations.cases import (
    CaseClosed,
    NotFromHere,
    close_settled,
    move,
    open_cases,
)
from server.dunning.operations.disputes import (
    DisputeDecided,
    DisputeExists,
    DisputeOpen,
    DisputeTooHigh,
    RootCauseMissing,
    decide_dispute,
    dispute,
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
from server.dunning.operations.promises import (
    NothingToPromise,
    PromiseExists,
    PromisePending,
    PromisesUsedUp,
    PromiseTooFar,
    PromiseTooHigh,
    cancel_promise,
    decide_promises,
    promise,
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
    "DisputeDecided",
    "DisputeExists",
    "DisputeOpen",
    "DisputeTooHigh",
    "DryRunOnly",
    "HoldExists",
    "HoldOver",
    "NotFromHere",
    "NothingToPromise",
    "PromiseExists",
    "PromisePending",
    "PromiseTooFar",
    "PromiseTooHigh",
    "PromisesUsedUp",
    "RootCauseMissing",
    "RunExists",
    "ask_for_run",
    "cancel_promise",
    "close_settled",
    "decide_dispute",
    "decide_promises",
    "dispute",
    "install_plans",
    "move",
    "open_cases",
    "place_hold",
    "plan",
    "promise",
    "release_hold",
    "run",
    "take_step",
]
