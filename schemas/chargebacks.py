"""Payments that a bank takes back."""

from marshmallow import fields, validate

from schemas.wire import Moment, Page, Text, Wire, listing

STATUSES = (
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "needs_response",
    "under_review",
    "won",
    "lost",
    "prevented",
)


class Chargeback(Wire):
    """A payment that a bank takes back, or asks about (`warning_...`: no money moves)."""

    chargeback_id = fields.String(attribute="id")
    payment_id = fields.String()
    invoice_id = fields.String()
    invoice_number = fields.String()
    customer_name = fields.String()
    status = fields.String(validate=validate.OneOf(STATUSES))
    reason = fields.String(metadata={"description": "Stripe's own word"})
    reason_words = fields.String()
    amount_minor = fields.Integer()
    currency = fields.String()
    held_minor = fields.Integer(metadata={"description": "What the bank has taken and not decided about"})
    reopened_minor = fields.Integer(metadata={"description": "What the customer owes again, since it is lost"})
    evidence_due_at = Moment(allow_none=True)
    staged_at = Moment(allow_none=True, metadata={"description": "When the evidence lay ready at Stripe"})
    submission_count = fields.Integer(metadata={"description": "How often evidence went to the bank"})
    submission_asked_at = Moment(allow_none=True)
    submission_asked_by = fields.String(allow_none=True)
    acceptance_asked_at = Moment(allow_none=True)
    acceptance_asked_by = fields.String(allow_none=True)
    created_at = Moment()
    closed_at = Moment(allow_none=True)


class EvidenceFile(Wire):
    """A file that proves something, exactly as it was sent."""

    file_id = fields.String(attribute="id")
    slot = fields.String(metadata={"description": "What it proves, in Stripe's words"})
    filename = fields.String()
    size_bytes = fields.Integer()
    sha256 = fields.String()
    fits = fields.Boolean(metadata={"description": "False for one too large to go with the others, and kept here"})
    stripe_file_id = fields.String(allow_none=True)


class ChargebackSheet(Chargeback):
    """A chargeback with its evidence."""

    statement = fields.String(allow_none=True)
    texts = fields.Dict(keys=fields.String(), values=fields.String())
    files = fields.List(fields.Nested(EvidenceFile))


class ChargebackFilter(Page):
    """Which chargebacks."""

    status = fields.String(load_default=None, validate=validate.OneOf(("open", "closed")))


class Submission(Wire):
    """The evidence, handed in to the bank."""

    statement = Text(5000, load_default=None, allow_none=True)


class Acceptance(Wire):
    """Giving in."""


ChargebackList = listing(Chargeback)
