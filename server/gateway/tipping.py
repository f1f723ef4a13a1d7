"""What tips the readers of a location offer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.gateway.amounts import to_stripe
from server.gateway.client import call, client


def configure(tips: Mapping[str, Mapping[str, Sequence[int]]]) -> str:
    """Make a configuration that offers these tips by currency, percentages or fixed amounts in minor units; return its
    id. It changes nothing until a location follows it. Raises Refused, NotNow, OutcomeUnknown."""
    tipping: Any = {
        currency.lower(): {
            name: [to_stripe(each, currency) if name == "fixed_amounts" else each for each in offered[kind]]
            for kind, name in (("percentages", "percentages"), ("fixed_amounts_minor", "fixed_amounts"))
            if offered.get(kind)
        }
        for currency, offered in tips.items()
    }
    with call():
        return client().v1.terminal.configurations.create({"tipping": tipping}).id


def follow(location_id: str, configuration_id: str | None) -> None:
    """Let the readers of a location follow a configuration, or none. Raises Refused, NotNow, OutcomeUnknown."""
    with call():
        client().v1.terminal.locations.update(location_id, {"configuration_overrides": configuration_id or ""})
