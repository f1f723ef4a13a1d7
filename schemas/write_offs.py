"""Debts let go."""

from typing import Any

from marshmallow import fields, validate

from schemas.wire import Currency, Id, Moment, Page, Text, Wire, listing

STATUSES = ("asked", "booked", "rejected")


class WriteOffLine(Wire):
    """What is let go of one invoice."""

    invoice_id = fields.String()
    invoice_number = fields.String()
    amount_minor = fields.Integer()
    reinstated_at = Moment(allow_none=True, metadata={"description": "Since when it is owed again"})


class WriteOff(Wire):
    """A debt to be let go, or that was."""

    write_off_id = fields.String(attribute="id")
    customer_id = fields.String()
    customer_name = fields.String()
    status = fields.String(validate=validate.OneOf(STATUSES))
    amount_minor = fields.Integer()
    currency = fields.String()
    reason = fields.String()
    lines = fields.List(fields.Nested(WriteOffLine))
    asked_by = fields.String()
    asked_at = Moment(attribute="created_at")
    decided_by = fields.String(allow_none=True)
    decided_at = Moment(allow_none=True)
    note = fields.String(allow_none=True)


WriteOffList = listing(WriteOff)


class WriteOffFilter(Page):
    """Which write-offs to list."""

    customer_id = Id(load_default=None)
    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES))


_SURE: dict[str, Any] = {"required": True, "validate": validate.Equal(True)}


class AskWriteOff(Wire):
    """Let go all a customer owes in a currency, once a second person agrees. Our own side was looked at before: only a
    yes to each question lets it be asked."""

    write_off_id = Id(required=True)
    customer_id = Id(required=True)
    currency = Currency(required=True)
    reason = Text(500, required=True)
    invoice_right = fields.Boolean(**_SURE, metadata={"description": "Every invoice is right"})
    delivered = fields.Boolean(**_SURE, metadata={"description": "Every invoice reached them"})
    nothing_unread = fields.Boolean(**_SURE, metadata={"description": "No answer of theirs is left unread"})


class RejectWriteOff(Wire):
    """Why not."""

    note = Text(500, required=True)
