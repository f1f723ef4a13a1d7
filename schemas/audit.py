"""What proves an invoice."""

from marshmallow import fields

from schemas.wire import Moment, Wire


class ProvenIntent(Wire):
    """A PaymentIntent of Stripe's. `status` is null where Stripe could not be asked."""

    intent_id = fields.String()
    status = fields.String(allow_none=True)
    amount_minor = fields.Integer()
    captured_minor = fields.Integer()
    payment_ids = fields.List(fields.String())
    is_written_down = fields.Boolean(metadata={"description": "Whether we knew of it before we asked"})


class ProvenSession(Wire):
    """A Checkout Session of Stripe's."""

    session_id = fields.String()
    status = fields.String(allow_none=True)
    is_paid = fields.Boolean()
    payment_ids = fields.List(fields.String())
    is_written_down = fields.Boolean()


class ProvenRefund(Wire):
    """A refund of Stripe's."""

    stripe_refund_id = fields.String()
    intent_id = fields.String(allow_none=True)
    status = fields.String(allow_none=True)
    amount_minor = fields.Integer()
    is_given_back = fields.Boolean()
    refund_id = fields.String(allow_none=True)
    is_written_down = fields.Boolean()


class ProvenEntry(Wire):
    """A ledger entry: what it put into the account of Stripe's money, and what it took out."""

    entry_id = fields.String()
    reason = fields.String()
    happened_at = Moment()
    in_minor = fields.Integer()
    out_minor = fields.Integer()


class Proof(Wire):
    """Everything ever made at Stripe for an invoice, as Stripe has it now, beside the ledger."""

    invoice_id = fields.String()
    number = fields.String()
    currency = fields.String()
    asked_at = Moment()
    silence = fields.String(allow_none=True, metadata={"description": "Why Stripe could not be asked, or null"})
    intents = fields.List(fields.Nested(ProvenIntent))
    sessions = fields.List(fields.Nested(ProvenSession))
    refunds = fields.List(fields.Nested(ProvenRefund))
    entries = fields.List(fields.Nested(ProvenEntry))
    open_payment_ids = fields.List(fields.String())
    captured_minor = fields.Integer()
    refunded_minor = fields.Integer()
    ledger_minor = fields.Integer()
    difference_minor = fields.Integer(metadata={"description": "Captured, less refunded, less what the ledger says"})
    agrees = fields.Boolean(allow_none=True, metadata={"description": "null where Stripe could not be asked"})
    verdict = fields.String(metadata={"description": "The sum check as a sentence, in the caller's language"})
