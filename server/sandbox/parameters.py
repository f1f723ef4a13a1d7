"""What each endpoint accepts, derived from the installed SDK's own parameter types.

The only module here that imports `stripe`: its TypedDicts say which parameters exist, which are required, what type
they have and which values an enumeration takes.
"""

import re
import sys
import types
from functools import cache
from typing import Any, ForwardRef, Literal, NotRequired, Required, Union, get_args, get_origin

import stripe.params
from stripe._request_options import RequestOptions
from stripe._stripe_object import UntypedStripeObject
from typing_extensions import is_typeddict

from server.sandbox.errors import StripeError, invalid_parameter

METADATA_KEYS, METADATA_KEY_LENGTH, METADATA_VALUE_LENGTH = 50, 40, 500
_INTEGER = re.compile(r"-?\d+")
_DECIMAL = re.compile(r"-?\d+(\.\d+)?")


@cache
def named(name: str) -> Any:
    """The TypedDict called `name` in stripe.params, say "terminal.ReaderCreateParams"."""
    found: Any = stripe.params
    for part in name.split("."):
        found = getattr(found, part)
    return found


@cache
def accepted(typed: Any) -> dict[str, tuple[Any, ...]]:
    """The parameters of a TypedDict, each with the alternatives of its type, without the options of a call."""
    own = {name: kind for name, kind in typed.__annotations__.items() if name not in _call_options(typed)}
    names = vars(sys.modules[typed.__module__])
    return {name: tuple(_alternatives(kind, names)) for name, kind in own.items()}


@cache
def required(typed: Any) -> tuple[str, ...]:
    """The parameters of a TypedDict that must be given, in the order of the SDK."""
    return tuple(name for name in accepted(typed) if name in typed.__required_keys__)


def checked(typed: Any, given: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """The parameters with their types, or Stripe's error for the first that is unknown, missing or malformed."""
    known = accepted(typed)
    for name in given:
        if name not in known:
            if name == "payment_method_types":
                raise _payment_method_types_gone()
            full = _join(prefix, name)
            raise invalid_parameter(f"Received unknown parameter: {full}", full, "parameter_unknown")
    for name in required(typed):
        if name not in given:
            full = _join(prefix, name)
            raise invalid_parameter(f"Missing required param: {full}.", full, "parameter_missing")
    return {name: _value(known[name], value, _join(prefix, name)) for name, value in given.items()}


def _call_options(typed: Any) -> set[str]:
    """The names that RequestOptions put into the type; TypedDicts do not remember their bases."""
    options: dict[str, Any] = RequestOptions.__annotations__
    return {name for name, kind in typed.__annotations__.items() if options.get(name) == kind}


def _alternatives(kind: Any, names: dict[str, Any]) -> list[Any]:
    if isinstance(kind, ForwardRef):
        kind = eval(kind.__forward_arg__, names)  # noqa: S307  the SDK's own annotation, in its own module
    origin = get_origin(kind)
    if origin in (NotRequired, Required):
        return _alternatives(get_args(kind)[0], names)
    if origin in (Union, types.UnionType):
        return [arm for part in get_args(kind) for arm in _alternatives(part, names)]
    if origin is list:
        return [(list, tuple(_alternatives(get_args(kind)[0], names)))]
    if origin is dict:
        return [(dict, tuple(_alternatives(get_args(kind)[1], names)))]
    if origin is UntypedStripeObject:
        return []  # the second spelling of the dict that stands beside it
    return [kind]


def _value(arms: tuple[Any, ...], value: Any, name: str) -> Any:
    return _nested(arms, value, name) if isinstance(value, dict) else _scalar(arms, value, name)


def _nested(arms: tuple[Any, ...], value: dict[str, Any], name: str) -> Any:
    for arm in arms:
        if is_typeddict(arm):
            return checked(arm, value, name)
        if isinstance(arm, tuple) and arm[0] is dict:
            if name.endswith(("metadata", "metadata]")):
                _check_metadata(value, name)
            return {key: _value((*arm[1], Literal[""]), inner, f"{name}[{key}]") for key, inner in value.items()}
        if isinstance(arm, tuple) and arm[0] is list and all(key.isdigit() for key in value):
            inside = [value[key] for key in sorted(value, key=int)]
            return [_value(arm[1], inner, f"{name}[{place}]") for place, inner in enumerate(inside)]
    wanted = "array" if any(isinstance(arm, tuple) and arm[0] is list for arm in arms) else "string"
    raise invalid_parameter(f"Invalid {wanted}: {value}", name)


def _scalar(arms: tuple[Any, ...], value: str, name: str) -> Any:
    enums = [choice for arm in arms if get_origin(arm) is Literal for choice in get_args(arm)]
    if value in enums:
        return value
    if value == "":
        raise invalid_parameter(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty "
            "value.",
            name,
            "parameter_invalid_empty",
        )
    if int in arms:
        if not _INTEGER.fullmatch(value):
            raise invalid_parameter(f"Invalid integer: {value}", name, "parameter_invalid_integer")
        return int(value)
    if bool in arms:
        if value not in ("true", "false"):
            raise invalid_parameter(f"Invalid boolean: {value}", name)
        return value == "true"
    choices = [choice for choice in enums if choice]
    if choices:
        listed = ", ".join(choices[:-1]) + f", or {choices[-1]}" if len(choices) > 1 else choices[0]
        raise invalid_parameter(f"Invalid {name}: must be one of {listed}", name)
    if str in arms or Any in arms:
        return value
    if any(is_typeddict(arm) or isinstance(arm, tuple) for arm in arms):
        wanted = "array" if any(isinstance(arm, tuple) and arm[0] is list for arm in arms) else "object"
        raise invalid_parameter(f"Invalid {wanted}", name)
    if not _DECIMAL.fullmatch(value):
        raise invalid_parameter(f"Invalid decimal: {value}", name)
    return value


def _check_metadata(given: dict[str, Any], name: str) -> None:
    if len(given) > METADATA_KEYS:
        raise invalid_parameter(f"Metadata can have up to {METADATA_KEYS} keys, but you passed {len(given)}.", name)
    for key, value in given.items():
        full = f"{name}[{key}]"
        if len(key) > METADATA_KEY_LENGTH:
            raise invalid_parameter(
                f"Metadata keys can have up to {METADATA_KEY_LENGTH} characters, but you passed in a key that is "
                f"{len(key)} characters. Invalid key: {key}",
                full,
            )
        if isinstance(value, str) and len(value) > METADATA_VALUE_LENGTH:
            raise invalid_parameter(
                f"Metadata values can have up to {METADATA_VALUE_LENGTH} characters, but you passed in a value that "
                f"is {len(value)} characters. Invalid value: {value}",
                full,
            )


def _payment_method_types_gone() -> StripeError:
    return StripeError(
        "`payment_method_types` can no longer be passed. Use `allowed_payment_method_types` instead.",
        code="payment_method_types_no_longer_supported",
        param="payment_method_types",
        remembered=False,
    )


def _join(prefix: str, name: str) -> str:
    return f"{prefix}[{name}]" if prefix else name
