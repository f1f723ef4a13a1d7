"""Chasing what is unpaid."""

from marshmallow import fields, validate

from schemas.arrangements import Dispute, OpenChargeback, Pause, PaymentPlan, Promise
from schemas.wire import Id, Moment, Page, Text, Wire, listing

STATUSES = (
    "pre_due",
    "active",
    "paused",
    "final_demand",
    "referral_pending",
    "referred",
    "write_off_pending",
    "closed",
)


class Action(Wire):
    """A step in a case and what became of it."""

    action_id = fields.String(attribute="id")
    cycle = fields.Integer()
    step = fields.Integer()
    channel = fields.String()
    template = fields.String(allow_none=True)
    status = fields.String(
        metadata={"description": "planned, claimed, done, skipped, missed, failed or cancelled"},
    )
    skipped_because = fields.String(allow_none=True)
    opens_on = fields.Date(allow_none=True)
    closes_on = fields.Date(allow_none=True)
    window_missed = fields.Boolean(metadata={"description": "It was not done in its window"})
    claimed_by = fields.String(allow_none=True)
    outcome = fields.String(allow_none=True)
    root_cause = fields.String(allow_none=True)
    note = fields.String(allow_none=True)
    message_id = fields.String(allow_none=True)
    acted_at = Moment()


class Transition(Wire):
    """A case went from one state to another: why, on whose word, when."""

    cycle = fields.Integer()
    from_status = fields.String(allow_none=True)
    to_status = fields.String()
    because = fields.String()
    note = fields.String(allow_none=True)
    moved_by = fields.String()
    moved_at = Moment()


class Hold(Wire):
    """Why a case rests, and until when or on whose word."""

    hold_id = fields.String(attribute="id")
    kind = fields.String(metadata={"description": "manual or legal"})
    reason = fields.String()
    until_on = fields.Date(allow_none=True)
    owner = fields.String(allow_none=True)
    placed_at = Moment()
    released_at = Moment(allow_none=True)


class PlaceHold(Wire):
    """A pause: it has an end or an owner."""

    hold_id = Id(required=True)
    kind = fields.String(load_default="manual", validate=validate.OneOf(("manual", "legal")))
    reason = Text(500, required=True)
    until_on = fields.Date(load_default=None, allow_none=True)


class LegalIntent(Wire):
    """Somebody who decides confirmed that legal steps follow, until it is withdrawn."""

    intent_id = fields.String(attribute="id")
    cycle = fields.Integer()
    reason = fields.String()
    confirmed_by = fields.String()
    confirmed_at = Moment()
    withdrawn_by = fields.String(allow_none=True)
    withdrawn_at = Moment(allow_none=True)
    withdrawn_because = fields.String(allow_none=True)


class ConfirmLegalIntent(Wire):
    """Why legal steps are meant in a case."""

    intent_id = Id(required=True)
    reason = Text(500, required=True)


class WithdrawLegalIntent(Wire):
    """Why legal steps are meant no more."""

    reason = Text(500, required=True)


class CaseInvoice(Wire):
    """An invoice chased in a case."""

    invoice_id = fields.String()
    number = fields.String()
    due_on = fields.Date()
    balance_minor = fields.Integer()
    disputed_minor = fields.Integer(metadata={"description": "What of it rests, as the customer objects to it"})


class Case(Wire):
    """One chase of one customer in one currency."""

    case_id = fields.String(attribute="id")
    customer_id = fields.String()
    currency = fields.String()
    status = fields.String(metadata={"description": ", ".join(STATUSES)})
    cycle = fields.Integer()
    step = fields.Integer(allow_none=True, metadata={"description": "The last step taken"})
    plan_name = fields.String()
    opened_at = Moment()
    closed_at = Moment(allow_none=True)
    closed_because = fields.String(allow_none=True)
    open_minor = fields.Integer()
    disputed_minor = fields.Integer()
    next_step_on = fields.Date(allow_none=True)
    risk_class = fields.String(
        allow_none=True, metadata={"description": "How the customer pays: it picks the modifiers of the plan"}
    )


class OwnCheck(Wire):
    """What was asked about our own side before a harsh step, and what somebody answered."""

    before = fields.String(metadata={"description": "final_demand or referral"})
    is_clear = fields.Boolean()
    answers = fields.Dict(
        keys=fields.String(),
        values=fields.Boolean(),
        allow_none=True,
        metadata={"description": "invoice_right, delivered, nothing_unread"},
    )
    note = fields.String(allow_none=True)
    asked_at = Moment()
    answered_by = fields.String(allow_none=True)
    answered_at = Moment(allow_none=True)


class CaseSheet(Case):
    """A case with its invoices, actions and pauses, and how it came where it stands."""

    checks = fields.List(fields.Nested(OwnCheck))
    legal_intents = fields.List(fields.Nested(LegalIntent))

    usual_on = fields.Date(
        allow_none=True, metadata={"description": "When it is paid if they do as they use to: reliable, slow but sure"}
    )

    invoices = fields.List(fields.Nested(CaseInvoice))
    actions = fields.List(fields.Nested(Action))
    holds = fields.List(fields.Nested(Hold))
    transitions = fields.List(fields.Nested(Transition))
    pauses = fields.List(fields.Nested(Pause))
    promises = fields.List(fields.Nested(Promise))
    payment_plans = fields.List(fields.Nested(PaymentPlan))
    disputes = fields.List(fields.Nested(Dispute))
    chargebacks = fields.List(fields.Nested(OpenChargeback))
    broken_promises = fields.Integer(metadata={"description": "In this cycle of the case"})
    is_let_down = fields.Boolean(metadata={"description": "So many that a person decides about a referral"})


class CaseFilter(Page):
    """Which cases."""

    customer_id = Id(load_default=None)
    status = fields.String(load_default=None, validate=validate.OneOf(("open", *STATUSES)))


CaseList = listing(Case)


class StartRun(Wire):
    """A run of the plan, now or as it would be on a day; a dry run changes nothing."""

    run_id = Id(load_default=None, allow_none=True)
    as_of = fields.Date(load_default=None, allow_none=True)
    dry_run = fields.Boolean(load_default=False)
    plan_id = Id(load_default=None, allow_none=True, metadata={"description": "Dry only: everybody by this version"})


class RunLine(Wire):
    """What a run would do, did, or would not do, for one customer."""

    customer_id = fields.String()
    currency = fields.String()
    step = fields.Integer(allow_none=True)
    channel = fields.String(allow_none=True)
    template = fields.String(allow_none=True)
    subject = fields.String(allow_none=True, metadata={"description": "How what goes out begins"})
    open_minor = fields.Integer()
    reason = fields.String(allow_none=True)


class Run(Wire):
    """A run of the plan: planned, sent, skipped with reasons."""

    run_id = fields.String(attribute="id")
    status = fields.String(metadata={"description": "queued, running, done or failed"})
    as_of = fields.Date()
    dry_run = fields.Boolean()
    plan_id = fields.String(allow_none=True)
    warnings = fields.List(fields.String(), metadata={"description": "threshold_missing, no_plan_switched_on"})
    planned = fields.List(fields.Nested(RunLine))
    sent = fields.List(fields.Nested(RunLine))
    skipped = fields.List(fields.Nested(RunLine))
    started_at = Moment(allow_none=True)
    ended_at = Moment(allow_none=True)


class Propose(Wire):
    """Ask that a case be referred or written off, with a word why."""

    kind = fields.String(required=True, validate=validate.OneOf(("referral", "write_off", "either")))
    reason = Text(500, required=True)


class RejectProposal(Wire):
    """Why not."""

    note = Text(500, required=True)


class AskToWriteOff(Wire):
    """Let go what a case is about, once a second person agrees."""

    write_off_id = Id(required=True)
    reason = Text(500, required=True)
