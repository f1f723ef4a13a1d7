"""What is arranged with somebody who is late: promises, objections."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

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


class Part(Wire):
    """A part of a payment plan, with what has not come of it."""

    position = fields.Integer()
    due_on = fields.Date()
    amount_minor = fields.Integer()
    missing_minor = fields.Integer()


class PaymentPlan(Wire):
    """What a customer pays in parts."""

    payment_plan_id = fields.String(attribute="id")
    case_id = fields.String()
    status = fields.String(metadata={"description": "asked, offered, active, completed, broken or cancelled"})
    source = fields.String(metadata={"description": "office or customer"})
    total_minor = fields.Integer()
    received_minor = fields.Integer()
    currency = fields.String()
    invoice_ids = fields.List(fields.String())
    parts = fields.List(fields.Nested(Part))
    card = fields.String(allow_none=True, metadata={"description": "The saved card that is charged, as people know it"})
    document_sha256 = fields.String(allow_none=True)
    text = fields.String(allow_none=True, metadata={"description": "The agreement that is signed"})
    sign_by = fields.Date(allow_none=True)
    signer_name = fields.String(allow_none=True)
    witness_name = fields.String(allow_none=True)
    signed_at = Moment(allow_none=True)
    made_at = Moment()
    closed_at = Moment(allow_none=True)


class WantedPart(Wire):
    """A part, agreed by date."""

    due_on = fields.Date(required=True)
    amount_minor = AmountMinor(least=1, required=True)


class DrawUpPlan(Wire):
    """A payment plan the office offers: `count` even parts from `first_on`, or `parts` by date."""

    payment_plan_id = Id(required=True)
    count = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(2, 60))
    first_on = fields.Date(load_default=None, allow_none=True)
    every = fields.String(load_default="month", validate=validate.OneOf(("week", "two_weeks", "month")))
    parts = fields.List(fields.Nested(WantedPart), load_default=list, validate=validate.Length(max=60))
    invoice_ids = fields.List(Id(), load_default=list, validate=validate.Length(max=100))

    @validates_schema
    def one_way(self, said: dict[str, Any], **_options: Any) -> None:
        """Take even parts or parts by date: one of them."""
        if bool(said["parts"]) == (said["count"] is not None and said["first_on"] is not None):
            raise ValidationError("Give count and first_on, or parts.", "parts")


class SignPlan(Wire):
    """A signature of the agreement that was offered, recorded by the office."""

    document_sha256 = Text(64, required=True)
    signer_name = Text(required=True)
    witness_name = Text(load_default=None, allow_none=True)
    saved_card_id = Id(load_default=None, allow_none=True)


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
