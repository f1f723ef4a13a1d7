"""The words every shape on the wire is made of: ids, money, moments, lists, problems."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load, validate

ID_PATTERN = r"^[a-z]{2,10}_[0-9A-Za-z_-]{1,64}$"
LARGEST_AMOUNT_MINOR = 10**12


class Wire(Schema):
    """A shape on the wire. Unknown fields are refused; fields keep the order they are declared in."""

    class Meta:
        """Answers leave out nothing: null is said."""


def Id(**options: Any) -> fields.String:
    """An opaque id: a prefix, an underscore, then up to 64 letters and digits."""
    wrong = "An id is a lower-case prefix, an underscore, then letters, digits, - or _ (at most 64)."
    return fields.String(validate=validate.Regexp(ID_PATTERN, error=wrong), **options)


def Text(longest: int = 200, *, shortest: int = 1, **options: Any) -> fields.String:
    """Words of a person, at most `longest` characters, without control characters."""
    checks: list[Callable[[str], object]] = [
        validate.Length(min=shortest, max=longest),
        validate.Regexp(r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$", error="Control characters are not allowed."),
        whole,
    ]
    return fields.String(validate=checks, **options)


def whole(text: str) -> None:
    """Refuse half a character: JavaScript may cut one in two, which JSON can carry and no encoding can."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValidationError("Half a character is not allowed.") from None


def Email(**options: Any) -> fields.Email:
    """An e-mail address, as long as RFC 5321 allows."""
    return fields.Email(validate=[validate.Length(max=254), whole], **options)


def Currency(**options: Any) -> fields.String:
    """An ISO 4217 code in capitals."""
    return fields.String(
        validate=validate.Regexp(r"^[A-Z]{3}$", error="A currency is three capital letters."), **options
    )


def AmountMinor(*, least: int = 0, **options: Any) -> fields.Integer:
    """An amount in whole minor units."""
    return fields.Integer(strict=True, validate=validate.Range(min=least, max=LARGEST_AMOUNT_MINOR), **options)


def Moment(**options: Any) -> fields.AwareDateTime:
    """A moment, RFC 3339, with its offset; answered in UTC."""
    return fields.AwareDateTime(format="iso", **options)


def Quantity(**options: Any) -> Decimal:
    """A decimal string such as "1.5", above 0, at most 3 decimals."""
    shown = {"type": "string", "pattern": r"^\d{1,6}(\.\d{1,3})?$"}
    return Decimal(as_string=True, validate=_sensible_quantity, metadata=shown, **options)


class Decimal(fields.Decimal):
    """A decimal that travels as a plain string: never `1E+1`."""

    def _serialize(self, value: Any, *_where: Any, **_options: Any) -> Any:
        return None if value is None else format(value.normalize() if value else value, "f")


def _sensible_quantity(value: decimal.Decimal) -> None:
    if not value.is_finite() or value <= 0 or value > 100_000:
        raise ValidationError("A quantity is above 0 and at most 100000.")
    if -int(value.normalize().as_tuple().exponent) > 3:
        raise ValidationError("A quantity has at most 3 decimals.")


class Address(Wire):
    """A postal address, in parts; one text alone is taken as its first line."""

    line1 = Text(required=True)
    line2 = Text(shortest=0, load_default=None, allow_none=True)
    city = Text(shortest=0, load_default=None, allow_none=True)
    region = Text(load_default=None, allow_none=True, shortest=0)
    postal_code = Text(20, load_default=None, allow_none=True, shortest=0)
    country = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(r"^[A-Z]{2}$", error="A country is two capital letters."),
    )

    @pre_load
    def as_parts(self, said: Any, **_options: Any) -> Any:
        """Take one text as the first line."""
        return {"line1": said} if isinstance(said, str) else said


class Page(Wire):
    """Which part of a list is wanted."""

    cursor = fields.String(load_default=None, validate=validate.Length(max=400))
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))


class Problem(Wire):
    """An error, as RFC 9457 has it."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    code = fields.String()
    errors = fields.Dict(metadata={"description": "By field, what is wrong with it."})
    request_id = fields.String()


def listing(item: type[Wire]) -> type[Wire]:
    """Return the shape of a list of these: {"items": [...], "next_cursor": "..." | null}."""
    attributes = {
        "items": fields.List(fields.Nested(item)),
        "next_cursor": fields.String(allow_none=True),
    }
    return type(f"{item.__name__}List", (Wire,), attributes)
