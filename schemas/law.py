"""Law as data."""

import decimal

from marshmallow import ValidationError, fields, validate

from schemas.wire import Decimal, Id, Moment, Text, Wire, listing

LANGUAGES = {"description": "By language: en, fr"}


class LawRule(Wire):
    """One rule of a place."""

    rule = fields.String(attribute="key", metadata={"description": "hours, holidays, notice, caps, stops, interest..."})
    says = fields.Dict(keys=fields.String(), values=fields.String(), metadata=LANGUAGES)
    value = fields.Raw()
    source = fields.String()
    valid_from = fields.Date()


class LawRow(Wire):
    """A place and its rules. They are starting data and no legal advice: off until somebody reviews them."""

    row = fields.String(attribute="key")
    version = fields.Integer()
    country = fields.String(allow_none=True)
    region = fields.String(allow_none=True)
    name = fields.Dict(keys=fields.String(), values=fields.String(), metadata=LANGUAGES)
    state = fields.String(metadata={"description": "always, off, on, changed (off: read it again), overdue (on)"})
    reviewed_on = fields.Date(allow_none=True)
    reviewed_by = fields.String(allow_none=True)
    review_by = fields.Date(metadata={"description": "When it is to be read again"})
    rules = fields.List(fields.Nested(LawRule))


class ReviewLaw(Wire):
    """Somebody read the rules of a place, and lets them hold, or not."""

    review_id = Id(required=True)
    version = fields.Integer(required=True, metadata={"description": "Of the row that was read"})
    switched_on = fields.Boolean(required=True)
    name = Text(120, required=True, metadata={"description": "Who answers for it"})


LawRowList = listing(LawRow)


def _sensible_rate(percent: decimal.Decimal) -> None:
    if not percent.is_finite() or not -10 <= percent <= 50 or -int(percent.normalize().as_tuple().exponent) > 4:
        raise ValidationError("A rate is from -10 to 50, with at most 4 decimals.")


class EnterRate(Wire):
    """A reference rate from a day on, as somebody read it."""

    rate_id = Id(required=True)
    name = fields.String(required=True, validate=validate.OneOf(("ecb", "boe")))
    valid_from = fields.Date(required=True)
    percent = Decimal(required=True, as_string=True, validate=_sensible_rate, metadata={"description": "A year"})
    source = Text(500, required=True, metadata={"description": "Where it was read"})


class ReferenceRate(Wire):
    """A reference rate that was entered."""

    rate_id = fields.String(attribute="id")
    name = fields.String(metadata={"description": "ecb or boe"})
    valid_from = fields.Date()
    percent = Decimal(as_string=True)
    source = fields.String()
    entered_by = fields.String()
    entered_at = Moment()


ReferenceRateList = listing(ReferenceRate)


class ChannelLaw(Wire):
    """Whether a customer may be contacted by a channel now; if not, by which rule, and from when."""

    channel = fields.String(metadata={"description": "call, email, text or letter"})
    allowed = fields.Boolean()
    row = fields.String(allow_none=True)
    rule = fields.String(allow_none=True)
    source = fields.String(allow_none=True)
    may_go_at = Moment(allow_none=True, metadata={"description": "Null while a person has to change something first"})


class CaseLaw(Wire):
    """What the law allows in a case now."""

    case_id = fields.String()
    law_row = fields.String()
    is_on = fields.Boolean(metadata={"description": "False while only the house's own ceiling holds"})
    zones = fields.List(fields.String(), metadata={"description": "The clocks the customer may go by"})
    channels = fields.List(fields.Nested(ChannelLaw))


class LimitationAct(Wire):
    """What may begin the limitation of a debt again."""

    act_id = fields.String(attribute="id")
    kind = fields.String()
    happened_on = fields.Date()
    note = fields.String(allow_none=True)
    noted_by = fields.String()


class Limitation(Wire):
    """Until when an invoice can be sued for."""

    invoice_id = fields.String()
    number = fields.String()
    customer_id = fields.String()
    row = fields.String()
    source = fields.String()
    began_on = fields.Date()
    began_by = fields.String(metadata={"description": "The anchor, or the act that began it again"})
    ends_on = fields.Date()
    alarm = fields.Integer(allow_none=True, metadata={"description": "The alarm that rings, in days; 0 once over"})
    acts = fields.List(fields.Nested(LimitationAct))


class NoteAct(Wire):
    """An acknowledgement, a lawsuit, a demand."""

    act_id = Id(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(("acknowledgement", "lawsuit", "demand")))
    happened_on = fields.Date(required=True)
    note = Text(500, load_default=None, allow_none=True)


LimitationList = listing(Limitation)
