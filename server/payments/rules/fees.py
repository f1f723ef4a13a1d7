"""Card fees decided: which events tell of them, how long to wait for one."""

from __future__ import annotations

from datetime import timedelta

from server.payments.rules.debits import ABOUT_RETURNS
from server.payments.rules.refunding import ABOUT_REFUNDS

ABOUT_FEES = ("charge.updated", *ABOUT_REFUNDS, *ABOUT_RETURNS)

# The lines of Stripe's balance by which a payment comes.
CHARGED = ("charge", "payment")

# Stripe knows the fee a moment after the charge; by then its event has come, or is lost.
FEE_EXPECTED_AFTER = timedelta(minutes=2)

# What Stripe did not tell by then it never will.
FEE_ASKED_FOR = timedelta(days=60)
