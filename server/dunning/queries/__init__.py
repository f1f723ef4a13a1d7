"""Questions about debts, cases, plans and runs."""

from server.dunning.queries.cases import (
    NoSuchCase,
    find_open_cases,
    get_case,
    get_sheet,
    list_cases,
    list_unsent,
    sheets,
)
from server.dunning.queries.debts import (
    Debtor,
    Open,
    debts_of,
    list_open,
    list_uncased,
    of_debtors,
    of_late_debtors,
    today_of,
)
from server.dunning.queries.holds import (
    NoSuchHold,
    get_hold,
)
from server.dunning.queries.looks import (
    Look,
    look,
    look_at_all,
)
from server.dunning.queries.plans import (
    get_default_plan,
    get_plans,
    read_plan,
)
from server.dunning.queries.runs import (
    NoSuchRun,
    get_run,
)

__all__ = [
    "Debtor",
    "Look",
    "NoSuchCase",
    "NoSuchHold",
    "NoSuchRun",
    "Open",
    "debts_of",
    "find_open_cases",
    "get_case",
    "get_default_plan",
    "get_hold",
    "get_plans",
    "get_run",
    "get_sheet",
    "list_cases",
    "list_open",
    "list_uncased",
    "list_unsent",
    "look",
    "look_at_all",
    "of_debtors",
    "of_late_debtors",
    "read_plan",
    "sheets",
    "today_of",
]
