"""Bank statements: taken in once, their lines matched to invoices."""

from marshmallow import fields, validate

from schemas.wire import Currency, Id, Moment, Page, Text, Wire, listing, whole

LINE_STATUSES = ("matched", "waiting", "credited", "ignored", "reversed", "outgoing")


class TakeIn(Wire):
    """A file of the bank: camt.053 (any version), or CSV with a header (see docs/statements.md)."""

    content = fields.String(required=True, validate=[validate.Length(min=1, max=3_500_000), whole])
    currency = Currency(
        load_default=None, allow_none=True, metadata={"description": "Of a CSV's account; the business's when left out"}
    )


class Statement(Wire):
    """A statement as it was taken in. `books_minor` is what our books had on the account at the end of `to_on`."""

    statement_id = fields.String(attribute="id")
    account = fields.String()
    currency = fields.String()
    reference = fields.String(allow_none=True)
    from_on = fields.Date(allow_none=True)
    to_on = fields.Date(allow_none=True)
    opening_minor = fields.Integer(allow_none=True)
    closing_minor = fields.Integer(allow_none=True)
    books_minor = fields.Integer()
    lines = fields.Integer(metadata={"description": "Those that no earlier statement had shown"})
    waiting = fields.Integer(metadata={"description": "Of them, how many wait for a decision"})
    created_at = Moment()


class StatementFilter(Page):
    """Which statements."""


StatementList = listing(Statement)


class Proposal(Wire):
    """What a line may be: it names invoices (`named`), they owe exactly its amount (`amount`, `customer`), or it is in
    the books already: what was paid in at the bank (`paid_in`) or a payout of cards (`payout`), to be dismissed, or a
    transfer that somebody wrote down (`recorded`), to be recognized."""

    why = fields.String(validate=validate.OneOf(("named", "amount", "customer", "paid_in", "recorded", "payout")))
    invoice_ids = fields.List(fields.String())
    numbers = fields.List(fields.String())
    customer_id = fields.String(allow_none=True)
    customer_name = fields.String(allow_none=True)
    payment_id = fields.String(allow_none=True, metadata={"description": "The transfer that was written down"})
    balance_minor = fields.Integer()
    reference = fields.String(allow_none=True, metadata={"description": "What was written down with it"})
    recorded_at = Moment(allow_none=True, metadata={"description": "When it was written down"})
    on = fields.Date(allow_none=True, metadata={"description": "When it was paid in or written down, or was to arrive"})


class BankLine(Wire):
    """A line of a statement."""

    line_id = fields.String(attribute="id")
    statement_id = fields.String()
    booked_on = fields.Date()
    is_credit = fields.Boolean()
    amount_minor = fields.Integer()
    currency = fields.String()
    references = fields.List(fields.String())
    text = fields.String()
    name = fields.String()
    bank_reference = fields.String()
    is_return = fields.Boolean()
    status = fields.String(validate=validate.OneOf(LINE_STATUSES))
    payment_id = fields.String(allow_none=True)
    customer_id = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    proposals = fields.List(fields.Nested(Proposal))


class TakenIn(Wire):
    """What a file brought: its statements, and the lines that no earlier file had shown."""

    statements = fields.List(fields.Nested(Statement))
    new_lines = fields.List(fields.Nested(BankLine))


class LineFilter(Page):
    """Which lines."""

    status = fields.String(load_default=None, validate=validate.OneOf(LINE_STATUSES))
    statement_id = Id(load_default=None)


BankLineList = listing(BankLine)


class Assign(Wire):
    """Which invoices a line pays."""

    invoice_ids = fields.List(Id(), required=True, validate=validate.Length(min=1, max=100))


class CreditLine(Wire):
    """For which customer a line's money is held."""

    customer_id = Id(required=True)


class Recognize(Wire):
    """Which transfer that was recorded by hand a line shows."""

    payment_id = Id(required=True)


class IgnoreLine(Wire):
    """Why a line is left alone."""

    reason = Text(300, required=True)
