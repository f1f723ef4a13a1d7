"""The customer's page over HTTP."""

from server.paypage.routes import arranging
from server.paypage.routes.paying import blueprint, receipt_pages

__all__ = ["arranging", "blueprint", "receipt_pages"]
