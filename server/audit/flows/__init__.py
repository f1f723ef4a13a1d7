"""Compare with Stripe: all there is, or everything ever made for one invoice."""

from server.audit.flows.checking import check
from server.audit.flows.proving import prove

__all__ = ["check", "prove"]
