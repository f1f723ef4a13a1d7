"""What paying late costs."""

from marshmallow import fields, validate

from schemas.wire import Decimal, Id, Moment, Text, Wire

LET_GO = ("waive", "abandon")


class LateCharge(Wire):
    """A decision about what paying an invoice late costs."""

    charge_id = fields.String(attribute="id")
    invoice_id = fields.String(metadata={"description": "Which was paid late"})
    charge_invoice_id = fields.String(allow_none=True, metadata={"description": "By which it is owed and paid"})
    number = fields.String(allow_none=True)
    status = fields.String(metadata={"description": "posted, waived or abandoned"})
    currency = fields.String()
    from_on = fields.Date()
    until_on = fields.Date()
    interest_minor = fields.Integer()
    fee_minor = fields.Integer()
    total_minor = fields.Integer()
    balance_minor = fields.Integer(metadata={"description": "What is still owed of it"})
    terms = fields.Dict(metadata={"description": "What it was computed by, as it was then"})
    decided_by = fields.String()
    decided_at = Moment()
    reason = fields.String(allow_none=True)
    let_go_by = fields.String(allow_none=True)
    let_go_at = Moment(allow_none=True)


class LateCharges(Wire):
    """What may be charged on an invoice now, why it is no more, and what was decided."""

    invoice_id = fields.String()
    currency = fields.String()
    interest_minor = fields.Integer()
    fee_minor = fields.Integer()
    total_minor = fields.Integer()
    from_on = fields.Date()
    until_on = fields.Date(metadata={"description": "The last whole day that counts"})
    percent = Decimal(as_string=True, allow_none=True, metadata={"description": "The rate a year that applies"})
    cap_percent = Decimal(as_string=True, allow_none=True, metadata={"description": "The ceiling a year there"})
    day_count = fields.String()
    debtor = fields.String(metadata={"description": "business or consumer"})
    law_row = fields.String()
    law_state = fields.String()
    source = fields.String(allow_none=True)
    statutory_source = fields.String(
        allow_none=True, metadata={"description": "The law that gives a rate where nothing was agreed; null elsewhere"}
    )
    reference = fields.String(allow_none=True, metadata={"description": "The reference rate that law goes by"})
    terms_version = fields.Integer(allow_none=True)
    refusal = fields.String(allow_none=True, metadata={"description": "Why no interest may be charged"})
    refusal_says = fields.String(allow_none=True)
    fee_refusal = fields.String(allow_none=True, metadata={"description": "Why no fixed fee may be charged"})
    fee_refusal_says = fields.String(allow_none=True)
    charges = fields.List(fields.Nested(LateCharge))


class LateChargeFilter(Wire):
    """On which invoice, up to which day."""

    invoice_id = Id(required=True)
    until_on = fields.Date(load_default=None)


class PostLateCharge(Wire):
    """Charge what has accrued, up to a day."""

    charge_id = Id(required=True)
    invoice_id = Id(required=True)
    until_on = fields.Date(load_default=None, allow_none=True)


class LetGo(Wire):
    """Let a charge go: `waive` it as a kindness, or `abandon` what will not be got."""

    act = fields.String(required=True, validate=validate.OneOf(LET_GO))
    reason = Text(500, required=True)


class ForgoLateCharge(LetGo):
    """Let go what has accrued before it is charged."""

    charge_id = Id(required=True)
    invoice_id = Id(required=True)
