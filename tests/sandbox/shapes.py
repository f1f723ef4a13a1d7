"""What of an answer is not as the installed SDK's classes say: missing, of another type, or invented."""

import types
from typing import Any, ClassVar, ForwardRef, Literal, Union, get_args, get_origin

from stripe._stripe_object import StripeObject, UntypedStripeObject


def complaints(kind: Any, value: Any, where: str = "") -> list[str]:
    """What of a value is not as the annotation says. An attribute the SDK does not know is wrong too."""
    origin, arms = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        found = [complaints(arm, value, where) for arm in arms]
        return [] if [] in found else min(found, key=len)
    if origin is Literal:
        return [] if value in arms else [f"{where}: {value!r} is not one of {arms}"]
    if origin is list:
        if not isinstance(value, list):
            return [f"{where}: {value!r} is not a list"]
        return [words for place, item in enumerate(value) for words in complaints(arms[0], item, f"{where}[{place}]")]
    # A name alone is the object behind an id, expanded: it is checked where it is the answer itself.
    if isinstance(kind, ForwardRef) or UntypedStripeObject in (kind, origin):
        return [] if isinstance(value, dict) else [f"{where}: {value!r} is not an object"]
    if isinstance(kind, type) and issubclass(kind, StripeObject):
        return _attributes(kind, value, where or kind.__name__)
    if origin is dict or kind is Any:
        return []
    kind = type(None) if kind is None else kind
    return [] if type(value) is kind else [f"{where}: {value!r} is not {kind}"]


def _attributes(kind: Any, value: Any, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is not an object"]
    known = {name: hint for name, hint in _hints(kind).items() if get_origin(hint) is not ClassVar}
    wrong = [f"{where}.{name} is not Stripe's" for name in value if name not in known]
    for name, hint in known.items():
        if name in value:
            wrong += complaints(hint, value[name], f"{where}.{name}")
        elif type(None) not in get_args(hint):
            wrong.append(f"{where}.{name} is missing")
    return wrong


def _hints(kind: Any) -> dict[str, Any]:
    """The annotations of a class of the SDK with those of its bases, whose names are left as they are."""
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        if base is not StripeObject and issubclass(base, StripeObject):
            found |= vars(base).get("__annotations__", {})
    return {name: hint for name, hint in found.items() if not name.startswith("_")}
