"""How customers pay, and on what terms we work for them."""

from marshmallow import fields, validate

from schemas.wire import AmountMinor, Id, Moment, Text, Wire, listing

CLASSES = ("reliable", "slow_but_sure", "ordinary", "new_unknown", "deteriorating", "high")
PAYER_TYPES = ("unknown", "short_of_cash", "wilful", "non_payer")
STANDINGS = ("ok", "watch", "hold", "stop")
PERCENT = validate.Range(min=0, max=100)


class CreditTerms(Wire):
    """On what terms a job may be booked today."""

    standing = fields.String(validate=validate.OneOf(STANDINGS))
    up_front_percent = fields.Integer(metadata={"description": "How much of a job is paid before the work is done"})
    do_not_book = fields.Boolean()
    limit_minor = fields.Integer(allow_none=True, metadata={"description": "In the business's currency"})
    because = fields.String()
    exception_until_on = fields.Date(allow_none=True)


class Agreed(Wire):
    """What a person agreed with the customer; null is what the policy of their class says."""

    limit_minor = AmountMinor(allow_none=True)
    up_front_percent = fields.Integer(allow_none=True, validate=PERCENT)
    do_not_book = fields.Boolean(allow_none=True)


class Agreement(Agreed):
    """What changes; what is left out stays."""

    payer_type = fields.String(validate=validate.OneOf(PAYER_TYPES))


class NewOverride(Wire):
    """An exception: why, and its last day."""

    override_id = Id(required=True)
    reason = Text(300, required=True)
    until_on = fields.Date(required=True)


class Override(Wire):
    """An exception that was made."""

    override_id = fields.String(attribute="id")
    reason = fields.String()
    author = fields.String()
    until_on = fields.Date()
    made_at = Moment()
    ended_at = Moment(allow_none=True)


class TermProposal(Wire):
    """Other terms, proposed from how a customer pays; null stays as it is."""

    proposal_id = fields.String(attribute="id")
    customer_id = fields.String()
    because = fields.String()
    limit_minor = fields.Integer(allow_none=True)
    currency = fields.String()
    up_front_percent = fields.Integer(allow_none=True)
    do_not_book = fields.Boolean(allow_none=True)
    proposed_at = Moment()


TermProposalList = listing(TermProposal)


class TermDecision(Wire):
    """What a person decided."""

    approved = fields.Boolean(required=True)


class ClassChange(Wire):
    """A change of class."""

    was = fields.String()
    became = fields.String()
    explanation = fields.String()
    changed_at = Moment()


class Standing(Wire):
    """How a customer pays, with the words that explain it, and what follows."""

    customer_id = fields.String()
    risk_class = fields.String(validate=validate.OneOf(CLASSES))
    explanation = fields.String()
    since_at = Moment(allow_none=True)
    reviewed_at = Moment(allow_none=True)
    payer_type = fields.String(validate=validate.OneOf(PAYER_TYPES))
    suggested_payer_type = fields.String(validate=validate.OneOf(PAYER_TYPES))
    agreed = fields.Nested(Agreed)
    terms = fields.Nested(CreditTerms)
    overrides = fields.List(fields.Nested(Override))
    proposals = fields.List(fields.Nested(TermProposal))
    history = fields.List(fields.Nested(ClassChange))


class ClassPolicy(Wire):
    """What the house does with one class."""

    up_front_percent = fields.Integer(load_default=0, validate=PERCENT)
    limit_minor = AmountMinor(load_default=None, allow_none=True)
    do_not_book = fields.Boolean(load_default=False)


class CreditPolicy(Wire):
    """What the house does with each class; limits are in the business's currency."""

    classes = fields.Dict(keys=fields.String(validate=validate.OneOf(CLASSES)), values=fields.Nested(ClassPolicy))


class CreditPolicyChange(CreditPolicy):
    """The same, to be set."""

    classes = fields.Dict(
        keys=fields.String(validate=validate.OneOf(CLASSES)), values=fields.Nested(ClassPolicy), required=True
    )
