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
from server.dunning.queries.disputes import (
    NoSuchDispute,
    disputed_minor,
    get_dispute,
    list_disputes,
    list_open_chargebacks,
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
from server.dunning.queries.promises import (
    NoSuchPromise,
    balances,
    count_broken,
    count_by_customer,
    demanded_of,
    end_of,
    get_promise,
    list_let_down,
    list_pending,
    list_promises,
    received_by,
    today_in,
)
from server.dunning.queries.runs import (
    NoSuchRun,
    get_run,
)

__all__ = [
    "Debtor",
    "Look",
    "NoSuchCase",
    "NoSuchDispute",
    "NoSuchHold",
    "NoSuchPromise",
    "NoSuchRun",
    "Open",
    "balances",
    "count_broken",
    "count_by_customer",
    "debts_of",
    "demanded_of",
    "disputed_minor",
    "end_of",
    "find_open_cases",
    "get_case",
    "get_default_plan",
    "get_dispute",
    "get_hold",
    "get_plans",
    "get_promise",
    "get_run",
    "get_sheet",
    "list_cases",
    "list_disputes",
    "list_let_down",
    "list_open",
    "list_open_chargebacks",
    "list_pending",
    "list_promises",
    "list_uncased",
    "list_unsent",
    "look",
    "look_at_all",
    "of_debtors",
    "of_late_debtors",
    "read_plan",
    "received_by",
    "sheets",
    "today_in",
    "today_of",
]
