"""A customer's credit: money held for them, used or given back by somebody's act."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.payments import METHODS
from schemas.wire import AmountMinor, Currency, Id, Moment, Text, Wire

BY_HAND = ("cash", "bank_transfer")
PAYOUT_STATUSES = ("awaiting_approval", "succeeded", "canceled")


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
    withdrawn_by = fields.String(allow_none=True)
    withdrawn_at = Moment(allow_none=True)


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


class PayOutCredit(Wire):
    """Money that is held for a customer and that no payment brought, to be transferred back to them."""

    payout_id = Id(required=True)
    amount_minor = AmountMinor(required=True, least=1)
    currency = Currency(required=True)
    reason = Text(300, required=True)
    reference = Text(120, required=True, metadata={"description": "Of the transfer"})


class CreditPayout(Wire):
    """Credit that was transferred back to its customer, or waits for a second person's approval."""

    payout_id = fields.String(attribute="id")
    customer_id = fields.String()
    status = fields.String(validate=validate.OneOf(PAYOUT_STATUSES))
    amount_minor = fields.Integer()
    currency = fields.String()
    reason = fields.String()
    reference = fields.String()
    requested_by = fields.String()
    approved_by = fields.String(allow_none=True)
    rejected_by = fields.String(allow_none=True)
    created_at = Moment()
    paid_at = Moment(allow_none=True)


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
    held = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "What of it no payment brought and may be transferred back, by currency"},
    )
    payouts = fields.List(fields.Nested(CreditPayout))
