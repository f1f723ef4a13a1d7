"""Stripe's form encoding: `a[b]=1`, `a[0][b]=1` and `a[]=1` become nested dicts.

Lists stay dicts keyed by their position until `parameters` knows that a list is wanted: `metadata[0]` is a key.
"""

import re
from collections.abc import Iterable
from typing import Any

from server.sandbox.errors import invalid_parameter

_PARTS = re.compile(r"\[([^\[\]]*)\]")


def decode(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Nest the pairs of a form or a query. Leaves are strings, as they came."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        head, bracket, rest = name.partition("[")
        keys = [head, *_PARTS.findall(bracket + rest)]
        if bracket and "".join(f"[{key}]" for key in keys[1:]) != bracket + rest:
            raise invalid_parameter(f"Invalid parameter name: {name}", name)
        _place(tree, keys, value, name)
    return tree


def _place(tree: dict[str, Any], keys: list[str], value: str, name: str) -> None:
    for key in keys[:-1]:
        inside = tree.setdefault(key or str(len(tree)), {})
        if not isinstance(inside, dict):
            raise invalid_parameter(f"Invalid object: {name} is given as a value and as an object", name)
        tree = inside
    tree[keys[-1] or str(len(tree))] = value
