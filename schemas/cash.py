"""Cash and cheques: who holds them, handing over, paying in."""

from marshmallow import fields, validate

from schemas.wire import AmountMinor, Currency, Id, Moment, Page, Text, Wire, listing

STATUSES = ("waiting", "countersigned", "rejected")


class Held(Wire):
    """Cash in one currency."""

    currency = fields.String()
    cash_minor = fields.Integer()
    waiting_minor = fields.Integer(metadata={"description": "Of it, what waits to be countersigned"})


class Cheque(Wire):
    """A cheque that is not yet paid in."""

    payment_id = fields.String()
    amount_minor = fields.Integer()
    currency = fields.String()
    reference = fields.String(allow_none=True)
    invoice_number = fields.String()
    customer_name = fields.String()
    received_at = Moment()
    is_waiting = fields.Boolean(metadata={"description": "A handover claims it"})


class Float(Wire):
    """What somebody holds; `technician_id` is null for the office's own drawer."""

    technician_id = fields.String(allow_none=True)
    technician_name = fields.String(allow_none=True)
    cash = fields.List(fields.Nested(Held))
    cheques = fields.List(fields.Nested(Cheque))


FloatList = listing(Float)


class HandOver(Wire):
    """Cash and cheques to hand over to the office."""

    handover_id = Id(required=True)
    technician_id = Id(
        load_default=None, allow_none=True, metadata={"description": "Whose float; for a technician, their own"}
    )
    amount_minor = AmountMinor(required=True, metadata={"description": "The cash, in minor units"})
    currency = Currency(required=True)
    cheques = fields.List(Id(), load_default=list, validate=validate.Length(max=200))


class Countersign(Wire):
    """What the office counted."""

    counted_minor = AmountMinor(required=True)
    reason = Text(300, load_default=None, allow_none=True, metadata={"description": "Needed where it differs"})


class Reject(Wire):
    """Why a handover is turned down."""

    reason = Text(300, required=True)


class Handover(Wire):
    """A handover. `counted_minor` less `expected_minor` is what was over (or, below 0, short)."""

    handover_id = fields.String(attribute="id")
    technician_id = fields.String()
    technician_name = fields.String()
    status = fields.String(validate=validate.OneOf(STATUSES))
    amount_minor = fields.Integer()
    expected_minor = fields.Integer(allow_none=True)
    counted_minor = fields.Integer(allow_none=True)
    currency = fields.String()
    cheques = fields.List(fields.String())
    cheques_minor = fields.Integer()
    reason = fields.String(allow_none=True)
    handed_by = fields.String()
    decided_by = fields.String(allow_none=True)
    created_at = Moment()
    decided_at = Moment(allow_none=True)


class HandoverFilter(Page):
    """Which handovers."""

    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES))


HandoverList = listing(Handover)


class PayIn(Wire):
    """Cash and cheques of the office that were paid in at the bank."""

    banking_id = Id(required=True)
    amount_minor = AmountMinor(required=True, metadata={"description": "The cash, in minor units"})
    currency = Currency(required=True)
    cheques = fields.List(Id(), load_default=list, validate=validate.Length(max=200))
    reference = Text(120, load_default=None, allow_none=True)


class Banking(Wire):
    """What was paid in at the bank."""

    banking_id = fields.String(attribute="id")
    amount_minor = fields.Integer()
    currency = fields.String()
    cheques = fields.List(fields.String())
    cheques_minor = fields.Integer()
    reference = fields.String(allow_none=True)
    paid_in_by = fields.String()
    created_at = Moment()


BankingList = listing(Banking)
