"""What arrives at the bank."""

from marshmallow import fields, validate

from schemas.wire import Moment, Page, Wire, listing

STATUSES = ("pending", "in_transit", "paid", "failed", "canceled")
KINDS = ("payment", "refund", "chargeback", "fee", "returned_payout", "other")


class Payout(Wire):
    """Money that Stripe sends to the bank. Sums are null where Stripe does not tell its lines."""

    payout_id = fields.String(attribute="id")
    status = fields.String(validate=validate.OneOf(STATUSES))
    currency = fields.String()
    gross_minor = fields.Integer(allow_none=True)
    refunds_minor = fields.Integer(allow_none=True)
    chargebacks_minor = fields.Integer(allow_none=True)
    adjustments_minor = fields.Integer(allow_none=True)
    fees_minor = fields.Integer(allow_none=True, metadata={"description": "What Stripe kept"})
    net_minor = fields.Integer(metadata={"description": "What arrives"})
    adds_up = fields.Boolean(allow_none=True, metadata={"description": "Whether the lines together are the net"})
    unexplained_count = fields.Integer(metadata={"description": "Lines that nothing of ours explains"})
    arrives_on = fields.Date()
    failure_code = fields.String(allow_none=True)
    created_at = Moment()


class PayoutLine(Wire):
    """One line: a payment, a refund, a chargeback, a fee. Amounts below 0 went."""

    line_id = fields.String(attribute="id")
    kind = fields.String(validate=validate.OneOf(KINDS))
    type = fields.String(metadata={"description": "Stripe's own word"})
    amount_minor = fields.Integer()
    fee_minor = fields.Integer()
    net_minor = fields.Integer()
    currency = fields.String()
    explained = fields.Boolean()
    subject_id = fields.String(allow_none=True, metadata={"description": "Our payment, refund, chargeback or payout"})
    payment_id = fields.String(allow_none=True)
    invoice_id = fields.String(allow_none=True)
    invoice_number = fields.String(allow_none=True)
    customer_name = fields.String(allow_none=True)
    source_id = fields.String(allow_none=True, metadata={"description": "Stripe's id of what it is about"})
    happened_at = Moment()


class PayoutSheet(Payout):
    """A payout with its lines."""

    lines = fields.List(fields.Nested(PayoutLine))


class PayoutFilter(Page):
    """Which payouts."""


PayoutList = listing(Payout)
