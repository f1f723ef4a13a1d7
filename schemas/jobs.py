"""Visits, their lines, and the job sheet: all the phone needs offline."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.contracts import Contract
from schemas.customers import Customer
from schemas.invoices import Invoice
from schemas.photos import Photo
from schemas.risk import CreditTerms
from schemas.wire import Address, AmountMinor, Currency, Id, Moment, Page, Quantity, Text, Wire, listing

STATUSES = ("scheduled", "en_route", "in_progress", "completed", "canceled")


class NewLine(Wire):
    """Something done or delivered."""

    description = Text(500, required=True)
    quantity = Quantity(required=True)
    unit_price_minor = AmountMinor(required=True)
    tax_code = Text(40, load_default="none", metadata={"description": "`none` always exists"})


class Line(NewLine):
    """A line with its amount: quantity x unit price, rounded half up to the minor unit."""

    amount_minor = fields.Integer(dump_only=True)


class Tax(Wire):
    """One tax over everything it applies to, rounded once."""

    tax_code = fields.String()
    name = fields.String()
    rate = fields.String(metadata={"description": "A decimal string, in percent: 9.975"})
    base_minor = fields.Integer()
    amount_minor = fields.Integer()


class Totals(Wire):
    """What the lines come to."""

    subtotal_minor = fields.Integer()
    taxes = fields.List(fields.Nested(Tax))
    total_minor = fields.Integer()
    currency = fields.String()


WHEN = ("on_signature", "on_date", "on_milestone")


class NewStage(Wire):
    """What is to be paid before the work is done: an amount or a part of the contract's total, and when."""

    label = Text(120, required=True)
    amount_minor = AmountMinor(load_default=None, allow_none=True, least=1)
    percent = Quantity(load_default=None, allow_none=True)
    when = fields.String(required=True, validate=validate.OneOf(WHEN))
    on = fields.Date(load_default=None, allow_none=True)

    @validates_schema
    def complete(self, said: dict[str, Any], **_: Any) -> None:
        """One of amount and percent; a date where it falls due on one."""
        if (said.get("amount_minor") is None) == (said.get("percent") is None):
            raise ValidationError("Say either amount_minor or percent.", "amount_minor")
        if (said.get("when") == "on_date") != (said.get("on") is not None):
            raise ValidationError("Say the day where it falls due on a day, and only there.", "on")


class Stage(Wire):
    """A stage of the contract, and the request for its money once somebody asked for it."""

    position = fields.Integer()
    label = fields.String(metadata={"description": "Empty for the job's one deposit"})
    amount_minor = fields.Integer()
    when = fields.String(validate=validate.OneOf(WHEN))
    on = fields.String(allow_none=True)
    invoice = fields.Nested(Invoice, allow_none=True)


class RequestStage(Wire):
    """Money of a stage to ask for."""

    invoice_id = Id(required=True)


class NewJob(Wire):
    """A visit to plan."""

    job_id = Id(required=True)
    customer_id = Id(required=True)
    technician_id = Id(load_default=None, allow_none=True)
    title = Text(required=True)
    currency = Currency(
        load_default=None, allow_none=True, metadata={"description": "The business's own when left out"}
    )
    scheduled_at = Moment(required=True)
    site_address = fields.Nested(Address, load_default=None, allow_none=True)
    po_number = Text(60, load_default=None, allow_none=True)
    lines = fields.List(fields.Nested(NewLine), load_default=list, validate=validate.Length(max=200))
    deposit_minor = AmountMinor(load_default=None, allow_none=True)
    schedule = fields.List(fields.Nested(NewStage), load_default=list, validate=validate.Length(max=20))


class ReplaceLines(Wire):
    """The lines of a job, all of them."""

    lines = fields.List(fields.Nested(NewLine), required=True, validate=validate.Length(max=200))


class Complete(Wire):
    """The job is done: the invoice is issued."""

    completion_id = Id(required=True)
    completed_at = Moment(required=True)
    lines = fields.List(fields.Nested(NewLine), load_default=None, allow_none=True, validate=validate.Length(max=200))


class Job(Wire):
    """A visit, in a list."""

    job_id = fields.String(attribute="id")
    customer_id = fields.String()
    technician_id = fields.String(allow_none=True)
    title = fields.String()
    status = fields.String(validate=validate.OneOf(STATUSES))
    currency = fields.String()
    scheduled_at = Moment()
    site_address = fields.Nested(Address, allow_none=True)
    po_number = fields.String(allow_none=True)
    deposit_minor = fields.Integer(allow_none=True)
    lines = fields.List(fields.Nested(Line))
    totals = fields.Nested(Totals)
    version = fields.Integer()


class JobSheet(Job):
    """A visit with everything that hangs on it."""

    customer = fields.Nested(Customer)
    contract = fields.Nested(Contract, allow_none=True)
    invoice = fields.Nested(Invoice, allow_none=True)
    stages = fields.List(fields.Nested(Stage), metadata={"description": "Of the contract: paid before it is done"})
    terms = fields.Nested(CreditTerms, metadata={"description": "On what terms we work for the customer today"})
    deposit_due_minor = fields.Integer(metadata={"description": "Due on signature and not paid: before the van starts"})
    balance_minor = fields.Integer(allow_none=True)
    pay_url = fields.String(allow_none=True)
    payments = fields.List(fields.Nested("schemas.payments.Payment"))
    photos = fields.List(fields.Nested(Photo))


class JobFilter(Page):
    """Which jobs."""

    technician = Text(80, load_default=None, metadata={"description": "`me`, or a technician's id"})
    customer_id = Id(load_default=None)
    on = fields.Date(load_default=None, metadata={"description": "A day of the business's time zone"})


JobList = listing(JobSheet)
