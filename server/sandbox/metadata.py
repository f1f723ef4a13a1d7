"""Metadata: what a caller writes on an object for itself."""

from typing import Any


def merge(thing: dict[str, Any], given: dict[str, Any]) -> None:
    """Stripe's rule: a key given replaces, an empty value removes, an empty metadata removes all."""
    if given.get("metadata") == "":
        thing["metadata"] = {}
    elif "metadata" in given:
        merged = thing["metadata"] | given["metadata"]
        thing["metadata"] = {key: value for key, value in merged.items() if value != ""}
