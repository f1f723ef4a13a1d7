"""A customer's credit: money held for them, used or given back by somebody's act."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.payments import METHODS
from schemas.wire import AmountMinor, Id, Moment, Text, Wire

BY_HAND = ("cash", "bank_transfer")


class ApplyCredit(Wire):
    """Credit to use for an invoice of the customer."""

    application_id = Id(required=True)
    invoice_id = Id(required=True)
    amount_minor = AmountMinor(required=True, least=1)


class CreditApplication(Wire):
    """Credit that was used for an invoice."""

    application_id = fields.String(attribute="id")
    customer_id = fields.String()
    invoice_id = fields.String()
    amount_minor = fields.Integer()
    currency = fields.String()
    applied_by = fields.String()
    applied_at = Moment()


class RefundCredit(Wire):
    """Credit to give back: to where the payment it came from was made, or by hand."""

    refund_id = Id(required=True)
    payment_id = Id(required=True, metadata={"description": "The payment it came from: one of `sources`"})
    amount_minor = AmountMinor(required=True, least=1)
    reason = Text(300, required=True)
    reader_id = Id(load_default=None, allow_none=True)
    by_hand = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(BY_HAND))
    reference = Text(120, load_default=None, allow_none=True)

    @validates_schema
    def complete(self, wanted: dict[str, Any], **_: Any) -> None:
        """What was transferred needs its reference."""
        if wanted.get("by_hand") == "bank_transfer" and not wanted.get("reference"):
            raise ValidationError("Say its number or reference.", "reference")


class CreditSource(Wire):
    """A payment that credit came from."""

    payment_id = fields.String()
    method = fields.String(validate=validate.OneOf(METHODS))
    card_last4 = fields.String(allow_none=True)
    currency = fields.String()
    left_minor = fields.Integer(metadata={"description": "What of it may still go back"})


class Credit(Wire):
    """What we hold for a customer, by currency in minor units, where it came from and what it paid."""

    customer_id = fields.String()
    credit = fields.Dict(keys=fields.String(), values=fields.Integer())
    sources = fields.List(fields.Nested(CreditSource))
    applications = fields.List(fields.Nested(CreditApplication))
