"""Send the messages of steps, charge saved cards for the parts of payment plans: write down, call, write down."""

from server.dunning.flows.instalments import charge_part
from server.dunning.flows.sending import deliver

__all__ = ["charge_part", "deliver"]
