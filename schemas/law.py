"""Law as data."""

from marshmallow import fields

from schemas.wire import Id, Text, Wire, listing

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
