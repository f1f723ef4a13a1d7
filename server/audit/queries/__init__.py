"""The truths that the database tells, and our side of those that Stripe tells."""

from server.audit.queries.bank import (
    get_held,
    list_apart,
    list_wrong_payouts,
)
from server.audit.queries.by_hand import list_wrong_by_hand
from server.audit.queries.log import list_wrong_log
from server.audit.queries.truths import (
    Counted,
    find_last,
    get_counted,
    list_unresolved,
    list_wrong_documents,
    list_wrong_in_books,
    list_wrong_payments,
    list_wrong_refunds,
    list_wrong_reversals,
)

__all__ = [
    "Counted",
    "find_last",
    "get_counted",
    "get_held",
    "list_apart",
    "list_unresolved",
    "list_wrong_by_hand",
    "list_wrong_documents",
    "list_wrong_in_books",
    "list_wrong_log",
    "list_wrong_payments",
    "list_wrong_payouts",
    "list_wrong_refunds",
    "list_wrong_reversals",
]
