"""HTTP for payments, refunds and card readers."""

from server.payments.routes import payments, readers, refunds, reversals
from server.payments.routes.blueprint import blueprint

__all__ = ["blueprint", "payments", "readers", "refunds", "reversals"]
