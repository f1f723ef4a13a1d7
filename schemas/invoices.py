"""What a customer owes for a job."""

from marshmallow import fields, validate

from schemas.wire import LARGEST_AMOUNT_MINOR, Id, Moment, Page, Wire, listing

STATUSES = ("issued", "partly_paid", "paid", "void", "written_off")


class InvoiceLine(Wire):
    """A line as it was invoiced."""

    description = fields.String()
    quantity = fields.String(metadata={"description": "A decimal string: 1.5"})
    unit_price_minor = fields.Integer()
    tax_code = fields.String()
    amount_minor = fields.Integer()


class InvoiceTax(Wire):
    """A tax as it was invoiced."""

    tax_code = fields.String()
    name = fields.String()
    rate = fields.String()
    base_minor = fields.Integer()
    amount_minor = fields.Integer()


class QrWanted(Wire):
    """What the QR code asks for."""

    amount_minor = fields.Integer(
        load_default=None,
        validate=validate.Range(min=1, max=LARGEST_AMOUNT_MINOR),
        metadata={"description": "A part; all of it when left out"},
    )


class Transfer(Wire):
    """How to pay what is still owed by bank transfer. Name the reference: the payment is matched by it."""

    holder = fields.String()
    iban = fields.String(allow_none=True)
    bic = fields.String(allow_none=True)
    bank_name = fields.String(allow_none=True)
    routing = fields.String(allow_none=True)
    account_number = fields.String(allow_none=True)
    currency = fields.String()
    amount_minor = fields.Integer()
    reference = fields.String()
    code = fields.String(allow_none=True, metadata={"description": "What a QR code says to a banking app"})
    code_kind = fields.String(allow_none=True, validate=validate.OneOf(("epc", "swiss")))


class TakenDeposit(Wire):
    """A paid deposit that an invoice took."""

    invoice_id = fields.String()
    number = fields.String()
    amount_minor = fields.Integer()


class Invoice(Wire):
    """An invoice. Its content never changes; its balance is the ledger's."""

    invoice_id = fields.String(attribute="id")
    number = fields.String()
    job_id = fields.String()
    customer_id = fields.String()
    contract_id = fields.String(allow_none=True)
    kind = fields.String(validate=validate.OneOf(("final", "deposit", "progress")))
    stage = fields.Integer(allow_none=True, metadata={"description": "The stage of the contract that is asked for"})
    deposits = fields.List(fields.Nested(TakenDeposit))
    status = fields.String(validate=validate.OneOf(STATUSES))
    issued_at = Moment()
    issued_on = fields.Date()
    service_on = fields.Date()
    due_on = fields.Date()
    po_number = fields.String(allow_none=True)
    language = fields.String()
    currency = fields.String()
    lines = fields.List(fields.Nested(InvoiceLine))
    taxes = fields.List(fields.Nested(InvoiceTax))
    subtotal_minor = fields.Integer()
    total_minor = fields.Integer()
    paid_minor = fields.Integer()
    taken_off_minor = fields.Integer(
        metadata={"description": "What was credited, let go or withdrawn since: owed no more, and paid by nobody"}
    )
    owed_back_minor = fields.Integer(
        metadata={"description": "What was refunded of money that never came in the end: owed beside the total"}
    )
    balance_minor = fields.Integer()
    fee_minor = fields.Integer(metadata={"description": "What collecting it by card has cost so far"})
    pay_url = fields.String(allow_none=True)
    transfer = fields.Nested(Transfer, allow_none=True)


class CustomerLink(Wire):
    """The link by which a customer pays whatever they owe; null while it is revoked."""

    customer_id = fields.String()
    pay_url = fields.String(allow_none=True)


class InvoiceFilter(Page):
    """Which invoices."""

    status = fields.String(load_default=None, validate=validate.OneOf(("unpaid", *STATUSES)))
    customer_id = Id(load_default=None)


InvoiceList = listing(Invoice)
