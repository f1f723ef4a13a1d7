"""Forms as Stripe's example apps send them: Rack's nested names, repeated and in any order."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NESTED = re.compile(r"payment_method_options\[card_present\]\[(\w+)\]")
_KINDS = re.compile(r"payment_method_types(\[\d*\])?")
DEFAULT_KIND = "card_present"


def card_kinds(form: Iterable[tuple[str, str]]) -> list[str]:
    """Return the kinds of card of a form, each once: apps repeat `payment_method_types[]`."""
    return list(dict.fromkeys(value for name, value in form if _KINDS.fullmatch(name))) or [DEFAULT_KIND]


def card_options(form: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return what a form asks of `payment_method_options[card_present]`, but how to capture: that is said elsewhere."""
    found = ((_NESTED.fullmatch(name), value) for name, value in form)
    return {match[1]: value for match, value in found if match and match[1] != "capture_method"}


def captures_later(form: dict[str, str]) -> bool:
    """Say whether the card only holds the amount until it is captured: so the example has it, unless told."""
    option = form.get("payment_method_options[card_present][capture_method]", "")
    return option.startswith("manual") or form.get("capture_method", "manual") == "manual"


def address(form: dict[str, str]) -> dict[str, str | None]:
    """Return a form's address in Stripe's parts."""
    parts = ("line1", "line2", "city", "state", "postal_code", "country")
    return {part: form.get(f"address[{part}]") for part in parts}
