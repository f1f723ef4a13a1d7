"""What is arranged with somebody who is late: promises, objections."""

from marshmallow import fields, validate

from schemas.wire import AmountMinor, Id, Moment, Text, Wire

DISPUTE_REASONS = ("not_done", "badly_done", "price", "not_ordered", "paid_already", "wrong_details", "other")
ROOT_CAUSES = ("work", "quote", "invoicing", "payment_not_booked", "misunderstanding", "no_cause")


class Pause(Wire):
    """Why a case rests: a hold, a promise or a payment plan, until when or on whose word."""

    kind = fields.String(metadata={"description": "manual, legal, promise, plan or dispute"})
    source_id = fields.String()
    reason = fields.String(allow_none=True)
    until_on = fields.Date(allow_none=True)
    owner = fields.String(allow_none=True)


class Promise(Wire):
    """A customer's word to pay an amount by the end of a day."""

    promise_id = fields.String(attribute="id")
    status = fields.String(metadata={"description": "pending, kept, partly_kept, broken or cancelled"})
    source = fields.String(metadata={"description": "office or customer"})
    amount_minor = fields.Integer()
    received_minor = fields.Integer(metadata={"description": "What had come when it was decided"})
    currency = fields.String()
    due_on = fields.Date()
    invoice_ids = fields.Function(lambda promise: sorted(promise.owed))
    made_at = Moment()
    decided_at = Moment(allow_none=True)


class GivePromise(Wire):
    """A promise the office writes down for a customer; without an amount it is everything not disputed."""

    promise_id = Id(required=True)
    amount_minor = AmountMinor(least=1, load_default=None, allow_none=True)
    due_on = fields.Date(required=True)
    invoice_ids = fields.List(Id(), load_default=list, validate=validate.Length(max=100))


class Dispute(Wire):
    """What a customer objects to about an invoice."""

    dispute_id = fields.String(attribute="id")
    invoice_id = fields.String()
    status = fields.String(metadata={"description": "open, upheld, rejected or withdrawn"})
    source = fields.String(metadata={"description": "office or customer"})
    reason = fields.String()
    root_cause = fields.String(allow_none=True)
    said = fields.String()
    answer = fields.String(allow_none=True)
    amount_minor = fields.Integer()
    credited_minor = fields.Integer(metadata={"description": "What was taken off the invoice"})
    currency = fields.String()
    opened_at = Moment()
    decided_at = Moment(allow_none=True)


class OpenDispute(Wire):
    """An objection; without an amount it is to everything the invoice owes."""

    dispute_id = Id(required=True)
    amount_minor = AmountMinor(least=1, load_default=None, allow_none=True)
    reason = fields.String(required=True, validate=validate.OneOf(DISPUTE_REASONS))
    said = Text(2000, required=True)


class DecideDispute(Wire):
    """What became of an objection: upheld takes it off the invoice."""

    status = fields.String(required=True, validate=validate.OneOf(("upheld", "rejected", "withdrawn")))
    root_cause = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(ROOT_CAUSES))
    answer = Text(2000, load_default=None, allow_none=True)


class OpenChargeback(Wire):
    """An objection made at a bank, which no bank has decided yet."""

    chargeback_id = fields.String()
    invoice_id = fields.String()
    amount_minor = fields.Integer()
    reason = fields.String()
