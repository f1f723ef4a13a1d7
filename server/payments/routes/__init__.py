"""HTTP for payments, refunds and card readers."""

from server.payments.routes import credit, gauges, payments, readers, receipts, refunds, reversals, saved_cards, tips
from server.payments.routes.blueprint import blueprint

__all__ = [
    "blueprint",
    "credit",
    "gauges",
    "payments",
    "readers",
    "receipts",
    "refunds",
    "reversals",
    "saved_cards",
    "tips",
]
from server.payments.routes import mobile

__all__ = ["blueprint", "credit", "gauges", "mobile", "payments", "readers", "receipts", "refunds", "reversals"]
