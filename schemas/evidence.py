"""The log of contacts and acts."""

from marshmallow import fields

from schemas.wire import Id, Moment, Page, Wire, listing


class LogFilter(Page):
    """Whose contacts."""

    customer_id = Id(load_default=None)
    invoice_id = Id(load_default=None)
    case_id = Id(load_default=None)


class LogRow(Wire):
    """A contact or an act. `facts` are words and whole numbers; what they hold depends on the kind."""

    id = fields.Integer()
    kind = fields.String()
    customer_id = fields.String(allow_none=True)
    invoice_id = fields.String(allow_none=True)
    case_id = fields.String(allow_none=True)
    subject_id = fields.String(metadata={"description": "What it tells of: a message, a ledger entry, a promise"})
    by = fields.String(metadata={"description": "Who did it; empty where nobody did"})
    facts = fields.Dict(keys=fields.String())
    happened_at = Moment()
    recorded_at = Moment()
    sequence = fields.Integer(allow_none=True, metadata={"description": "Its place in the chain"})
    prev_hash = fields.String(allow_none=True)
    hash = fields.String(allow_none=True, metadata={"description": "SHA-256 over the row and the row before it"})


LogPage = listing(LogRow)
