"""Treatment plans: their versions, what they would do, how two of them differ."""

from marshmallow import fields, validate

from schemas.wire import Currency, Id, Moment, Text, Wire, listing

CHANNELS = ("email", "survey", "text", "letter", "call", "supervisor_call", "referral")


class Treatment(Wire):
    """What is done to an account: the channel, the text or script, who else is tried, what follows a call."""

    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))
    template = Text(60, required=True)
    otherwise = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(CHANNELS))
    then = Text(60, load_default=None, allow_none=True)
    days_before_due = fields.List(
        fields.Integer(validate=validate.Range(0, 365)),
        load_default=None,
        allow_none=True,
        validate=validate.Length(equal=2),
        metadata={"description": "A window of its own, counted back from the due date: [10, 7]"},
    )


class Step(Wire):
    """A line of a plan, from one day to another after its basis."""

    seq = fields.Integer(required=True, strict=True, validate=validate.Range(0, 99))
    opens_day = fields.Integer(required=True, strict=True, validate=validate.Range(-365, 3650))
    closes_day = fields.Integer(required=True, strict=True, validate=validate.Range(-365, 3650))
    lapses = fields.Boolean(load_default=False)
    large = fields.Nested(Treatment, required=True)
    small = fields.Nested(Treatment, required=True)


class Threshold(Wire):
    """Above how much, in one currency, an account is large."""

    currency = Currency(required=True)
    above_minor = fields.Integer(required=True, strict=True)


class Modifier(Wire):
    """What a risk class changes at some steps."""

    risk_class = Text(40, required=True)
    steps = fields.List(fields.Integer(strict=True), required=True)
    earlier_days = fields.Integer(load_default=0, strict=True)
    account = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(("large", "small")))
    passed_over = fields.Boolean(load_default=False, metadata={"description": "The chase goes on after these steps"})
    broken_promises = fields.Integer(
        load_default=None, allow_none=True, strict=True, metadata={"description": "How many they may break"}
    )


class Exits(Wire):
    """What ends the patience of a plan."""

    unanswered_calls = fields.Integer(load_default=3, strict=True)
    broken_promises = fields.Integer(load_default=1, strict=True)
    unanswered_contacts = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        metadata={"description": "Calls in a row"},
    )
    days_past_due = fields.Integer(load_default=None, allow_none=True, strict=True)


class WritePlan(Wire):
    """The next version of a plan."""

    name = fields.String(required=True, validate=validate.Regexp(r"^[a-z][a-z0-9_]{0,39}$"))
    basis = fields.String(required=True, validate=validate.OneOf(("invoice_date", "due_date")))
    min_gap_days = fields.Integer(required=True, strict=True)
    large_accounts = fields.List(fields.Nested(Threshold), load_default=list)
    steps = fields.List(fields.Nested(Step), required=True)
    modifiers = fields.List(fields.Nested(Modifier), load_default=list)
    exits = fields.Nested(Exits, load_default=dict)


class Plan(Wire):
    """A version of a plan: it never changes."""

    plan_id = fields.String(attribute="id")
    name = fields.String()
    version = fields.Integer()
    basis = fields.String()
    min_gap_days = fields.Integer()
    large_accounts = fields.List(fields.Nested(Threshold))
    steps = fields.List(fields.Nested(Step))
    modifiers = fields.List(fields.Nested(Modifier))
    exits = fields.Nested(Exits)
    written_by = fields.String(allow_none=True)
    installed_at = Moment()
    in_force = fields.Boolean(metadata={"description": "New cases follow it"})
    open_cases = fields.Integer()
    was_tried = fields.Boolean(metadata={"description": "Somebody saw a dry run of it"})
    warnings = fields.List(fields.String(), metadata={"description": "threshold_missing"})


PlanList = listing(Plan)


class CompareWith(Wire):
    """With which version, on which day."""

    other_id = Id(required=True)
    as_of = fields.Date(load_default=None)


class Outlook(Wire):
    """What a version would do for a customer on a day."""

    step = fields.Integer(allow_none=True)
    channel = fields.String(allow_none=True)
    template = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)


class Difference(Wire):
    """A customer whom two versions treat differently."""

    customer_id = fields.String()
    currency = fields.String()
    open_minor = fields.Integer()
    before = fields.Nested(Outlook)
    after = fields.Nested(Outlook)


class Comparison(Wire):
    """How two versions differ: in what they say, and in whom they would treat differently on a day."""

    as_of = fields.Date()
    changes = fields.List(
        fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True)),
        metadata={"description": "{path, before, after} of each field that differs"},
    )
    customers = fields.List(fields.Nested(Difference))


class PreviewOf(Wire):
    """Which text, to whom."""

    template = Text(60, required=True)
    case_id = Id(required=True)


class Preview(Wire):
    """What a customer would read today."""

    subject = fields.String()
    text = fields.String()
    html = fields.String()
