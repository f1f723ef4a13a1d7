"""Charge saved cards for the parts of payment plans: write down, call, write down."""

from server.dunning.flows.instalments import charge_part

__all__ = ["charge_part"]
