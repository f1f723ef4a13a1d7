"""Agencies, and debts handed to them."""

from marshmallow import fields, validate

from schemas.wire import Decimal, Email, Id, Moment, Page, Text, Wire, listing

KINDS = ("agency", "lawyer", "factor")
REFERRAL_STATUSES = ("referred", "recalled", "ended")


class Score(Wire):
    """What came of what was handed over, in one currency."""

    currency = fields.String()
    referrals = fields.Integer()
    still_there = fields.Integer()
    referred_minor = fields.Integer()
    recovered_minor = fields.Integer()
    recovered_percent = Decimal(allow_none=True, metadata={"description": "recovered / referred x 100"})
    commission_minor = fields.Integer()


class Agency(Wire):
    """Somebody who collects for the business."""

    agency_id = fields.String(attribute="id")
    kind = fields.String(validate=validate.OneOf(KINDS))
    name = fields.String()
    email = fields.String(allow_none=True)
    commission_bp = fields.Integer(metadata={"description": "What they keep, in basis points of what comes in"})
    closed_at = Moment(allow_none=True)


class ScoredAgency(Agency):
    """An agency with what came of what was handed to it."""

    scores = fields.List(fields.Nested(Score))


AgencyList = listing(ScoredAgency)


class AddAgency(Wire):
    """Somebody to hand debts to."""

    agency_id = Id(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    name = Text(required=True)
    email = Email(load_default=None, allow_none=True)
    commission_bp = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=10_000))


class BarReferral(Wire):
    """Why a customer is never handed to an agency."""

    reason = Text(500, required=True)


class ReferredDebt(Wire):
    """What an invoice owed when it was handed over."""

    invoice_id = fields.String()
    invoice_number = fields.String()
    amount_minor = fields.Integer()


class Referral(Wire):
    """A case in somebody else's hands, and what came of it."""

    referral_id = fields.String(attribute="id")
    case_id = fields.String()
    agency_id = fields.String()
    agency_name = fields.String()
    customer_id = fields.String()
    customer_name = fields.String()
    status = fields.String(validate=validate.OneOf(REFERRAL_STATUSES))
    amount_minor = fields.Integer()
    recovered_minor = fields.Integer()
    commission_minor = fields.Integer()
    currency = fields.String()
    debts = fields.List(fields.Nested(ReferredDebt))
    note = fields.String()
    approved_by = fields.String()
    created_at = Moment()
    pack_sha256 = fields.String(allow_none=True)
    handed_over_at = Moment(allow_none=True)
    ended_by = fields.String(allow_none=True)
    ended_at = Moment(allow_none=True)
    ended_because = fields.String(allow_none=True)


ReferralList = listing(Referral)


class Effort(Wire):
    """The steps that cost something: how many of each."""

    calls = fields.Integer()
    letters = fields.Integer()
    texts = fields.Integer()


class Way(Wire):
    """One way to go on with a case: `pursue`, an agency, lawyer or factor, or `write_off`."""

    kind = fields.String(validate=validate.OneOf(("pursue", *KINDS, "write_off")))
    agency_id = fields.String(allow_none=True)
    name = fields.String(allow_none=True)
    expected_minor = fields.Integer(metadata={"description": "Share recovered at its age x what may be demanded"})
    commission_minor = fields.Integer(metadata={"description": "What they keep of it"})
    cost_minor = fields.Integer(metadata={"description": "The steps left, or the commission and our time"})
    net_minor = fields.Integer(metadata={"description": "expected - cost"})
    record = fields.Integer(
        allow_none=True,
        metadata={"description": "Of how many ended referrals the expectation is; null for the recovery curve"},
    )


class WaysOfCase(Wire):
    """What a case is worth, by every way there is, the best first. Costs count in the business's currency alone."""

    currency = fields.String()
    open_minor = fields.Integer()
    expected_minor = fields.Integer()
    steps_left = fields.Integer()
    effort = fields.Nested(Effort)
    cost_minor = fields.Integer()
    counts_costs = fields.Boolean()
    ways = fields.List(fields.Nested(Way))


class ReferralFilter(Page):
    """Which referrals to list."""

    case_id = Id(load_default=None)
    agency_id = Id(load_default=None)


class Refer(Wire):
    """Hand a case over, with a word why."""

    referral_id = Id(required=True)
    case_id = Id(required=True)
    agency_id = Id(required=True)
    note = Text(500, required=True)


class Recall(Wire):
    """Why a case comes back."""

    reason = Text(500, required=True)
