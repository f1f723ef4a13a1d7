"""HTTP for payments, refunds and card readers."""

from server.payments.routes import (
    completion,
    credit,
    gauges,
    mobile,
    payments,
    readers,
    receipts,
    refunds,
    reversals,
    saved_cards,
    tips,
)
from server.payments.routes.blueprint import blueprint

__all__ = [
    "blueprint",
    "completion",
    "credit",
    "gauges",
    "mobile",
    "payments",
    "readers",
    "receipts",
    "refunds",
    "reversals",
    "saved_cards",
    "tips",
]
