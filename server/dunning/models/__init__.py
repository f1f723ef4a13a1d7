"""Tables of treatment plans, cases, what was done in them, their holds, and runs."""

from server.dunning.models.cases import (
    Action,
    Case,
    Transition,
)
from server.dunning.models.checks import (
    OwnCheck,
)
from server.dunning.models.disputes import (
    Dispute,
)
from server.dunning.models.holds import (
    Hold,
)
from server.dunning.models.instalments import (
    Instalment,
    InstalmentCharge,
    PaymentPlan,
)
from server.dunning.models.legal import (
    LegalIntent,
)
from server.dunning.models.limitation import (
    LimitationAct,
)
from server.dunning.models.plans import (
    PlanSwitch,
    TreatmentPlan,
)
from server.dunning.models.promises import (
    Promise,
)
from server.dunning.models.recovery import (
    RecoveryCohort,
)
from server.dunning.models.runs import (
    Run,
    RunLine,
)
from server.dunning.models.work import (
    Call,
    Decider,
    Letter,
    LetterBatch,
    Proposal,
    Survey,
)

__all__ = [
    "Action",
    "Call",
    "Case",
    "Decider",
    "Dispute",
    "Hold",
    "Instalment",
    "InstalmentCharge",
    "LegalIntent",
    "Letter",
    "LetterBatch",
    "LimitationAct",
    "OwnCheck",
    "PaymentPlan",
    "PlanSwitch",
    "Promise",
    "Proposal",
    "RecoveryCohort",
    "Run",
    "RunLine",
    "Survey",
    "Transition",
    "TreatmentPlan",
]
