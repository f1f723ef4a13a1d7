"""What people do in cases: the worklist, calls, letters, a case's plan."""

from marshmallow import fields, validate

from schemas.wire import Email, Id, Moment, Text, Wire

OUTCOMES = ("reached", "promise", "dispute", "refused", "call_back", "voicemail", "no_answer", "wrong_number")
CAUSES = (
    "forgotten",
    "not_received",
    "invoice_wrong",
    "work_disputed",
    "approval_missing",
    "short_of_cash",
    "unwilling",
    "unknown",
)


class CloseCall(Wire):
    """A call that was made, and how it ended."""

    call_id = Id(required=True)
    action_id = Id(required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))
    root_cause = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(CAUSES))
    spoke_with = Text(120, load_default=None, allow_none=True)
    note = Text(2000, load_default=None, allow_none=True)


class Call(Wire):
    """A call as it was written down."""

    call_id = fields.String(attribute="id")
    case_id = fields.String()
    action_id = fields.String()
    outcome = fields.String()
    root_cause = fields.String(allow_none=True)
    spoke_with = fields.String(allow_none=True)
    note = fields.String(allow_none=True)
    message_id = fields.String(allow_none=True, metadata={"description": "The result in writing"})
    called_by = fields.String()
    called_at = Moment()


class SkipTask(Wire):
    """Why a step is let be."""

    reason = Text(500, required=True)


class ChangePlan(Wire):
    """Which version a case follows from now on, and why."""

    plan_id = Id(required=True)
    reason = Text(500, required=True)


class Check(Wire):
    """A question to oneself before a harsh step."""

    check = fields.String(metadata={"description": "delivered, undisputed, replied"})
    ok = fields.Boolean()


class Task(Wire):
    """Something for a person to do today."""

    kind = fields.String(
        metadata={"description": "call, approval, check (of our own side, before a demand), or rest (for too long)"}
    )
    action_id = fields.String(allow_none=True)
    proposal_id = fields.String(allow_none=True)
    case_id = fields.String()
    customer_id = fields.String()
    customer_name = fields.String()
    phone = fields.String(allow_none=True)
    currency = fields.String()
    open_minor = fields.Integer()
    at_stake_minor = fields.Integer(metadata={"description": "What waiting until the next step costs in expectation"})
    step = fields.Integer(allow_none=True)
    channel = fields.String(allow_none=True)
    template = fields.String(allow_none=True)
    closes_on = fields.Date(allow_none=True)
    window_missed = fields.Boolean()
    claimed_by = fields.String(allow_none=True)
    oldest_on = fields.Date()
    checks = fields.List(fields.Nested(Check))


class Worklist(Wire):
    """Today's calls and approvals, by value at stake and then by age; letters to print and to post."""

    tasks = fields.List(fields.Nested(Task))
    letters_to_print = fields.Integer()
    batches_to_post = fields.List(fields.String())
    uncertain = fields.List(fields.String(), metadata={"description": "Cases whose message may have been sent"})
    undelivered = fields.List(fields.String(), metadata={"description": "Cases whose message was refused"})
    feed_stale_since = Moment(allow_none=True, metadata={"description": "Nothing is sent while it is"})


class AnswerChecks(Wire):
    """How it stands with our own side before a harsh step: only three times yes lets it be taken."""

    before = fields.String(required=True, validate=validate.OneOf(("final_demand", "referral", "write_off")))
    invoice_right = fields.Boolean(required=True)
    delivered = fields.Boolean(required=True)
    nothing_unread = fields.Boolean(required=True)
    note = Text(500, load_default=None, allow_none=True)


class PrintBatch(Wire):
    """A batch of every letter that waits."""

    batch_id = Id(required=True)


class Batch(Wire):
    """Letters that were printed together."""

    batch_id = fields.String(attribute="id")
    printed_by = fields.String()
    printed_at = Moment()
    posted_by = fields.String(allow_none=True)
    posted_at = Moment(allow_none=True)


class NameDecider(Wire):
    """Who decides at a customer's."""

    name = Text(120, required=True)
    phone = Text(40, load_default=None, allow_none=True)
    email = Email(load_default=None, allow_none=True)
