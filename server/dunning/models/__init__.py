"""Tables of treatment plans, cases, what was done in them, their holds, and runs."""

from server.dunning.models.cases import (
    Action,
    Case,
    Transition,
)
from server.dunning.models.disputes import (
    Dispute,
)
from server.dunning.models.holds import (
    Hold,
)
from server.dunning.models.plans import (
    TreatmentPlan,
)
from server.dunning.models.promises import (
    Promise,
)
from server.dunning.models.runs import (
    Run,
    RunLine,
)

__all__ = [
    "Action",
    "Case",
    "Dispute",
    "Hold",
    "Promise",
    "Run",
    "RunLine",
    "Transition",
    "TreatmentPlan",
]
