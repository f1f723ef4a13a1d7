"""Chasing what is unpaid."""

from marshmallow import fields, validate

from schemas.wire import Id, Moment, Page, Text, Wire, listing


class Action(Wire):
    """A step taken in a case."""

    action_id = fields.String(attribute="id")
    cycle = fields.Integer()
    step = fields.Integer()
    channel = fields.String()
    status = fields.String()
    skipped_because = fields.String(allow_none=True)
    acted_at = Moment()


class Hold(Wire):
    """Why a case rests, and until when or on whose word."""

    hold_id = fields.String(attribute="id")
    reason = fields.String()
    until_on = fields.Date(allow_none=True)
    owner = fields.String(allow_none=True)
    placed_at = Moment()
    released_at = Moment(allow_none=True)


class PlaceHold(Wire):
    """A pause: it has an end or an owner."""

    hold_id = Id(required=True)
    reason = Text(500, required=True)
    until_on = fields.Date(load_default=None, allow_none=True)


class CaseInvoice(Wire):
    """An invoice chased in a case."""

    invoice_id = fields.String()
    number = fields.String()
    due_on = fields.Date()
    balance_minor = fields.Integer()


class Case(Wire):
    """One chase of one customer in one currency."""

    case_id = fields.String(attribute="id")
    customer_id = fields.String()
    currency = fields.String()
    status = fields.String(metadata={"description": "active, paused or closed"})
    cycle = fields.Integer()
    step = fields.Integer(allow_none=True, metadata={"description": "The last step taken"})
    plan_name = fields.String()
    opened_at = Moment()
    closed_at = Moment(allow_none=True)
    closed_because = fields.String(allow_none=True)
    open_minor = fields.Integer()
    next_step_on = fields.Date(allow_none=True)


class CaseSheet(Case):
    """A case with its invoices, actions and pauses."""

    invoices = fields.List(fields.Nested(CaseInvoice))
    actions = fields.List(fields.Nested(Action))
    holds = fields.List(fields.Nested(Hold))


class CaseFilter(Page):
    """Which cases."""

    customer_id = Id(load_default=None)
    status = fields.String(load_default=None, validate=validate.OneOf(("open", "active", "paused", "closed")))


CaseList = listing(Case)


class StartRun(Wire):
    """A run of the plan, now or as it would be on a day; a dry run changes nothing."""

    run_id = Id(load_default=None, allow_none=True)
    as_of = fields.Date(load_default=None, allow_none=True)
    dry_run = fields.Boolean(load_default=False)


class RunLine(Wire):
    """What a run would do, did, or would not do, for one customer."""

    customer_id = fields.String()
    currency = fields.String()
    step = fields.Integer(allow_none=True)
    channel = fields.String(allow_none=True)
    open_minor = fields.Integer()
    reason = fields.String(allow_none=True)


class Run(Wire):
    """A run of the plan: planned, sent, skipped with reasons."""

    run_id = fields.String(attribute="id")
    status = fields.String(metadata={"description": "queued, running, done or failed"})
    as_of = fields.Date()
    dry_run = fields.Boolean()
    planned = fields.List(fields.Nested(RunLine))
    sent = fields.List(fields.Nested(RunLine))
    skipped = fields.List(fields.Nested(RunLine))
    started_at = Moment(allow_none=True)
    ended_at = Moment(allow_none=True)
