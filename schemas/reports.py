"""Numbers the office steers by."""

from marshmallow import fields

from schemas.wire import Wire


class DayWanted(Wire):
    """Of which day."""

    on = fields.Date(load_default=None, metadata={"description": "Today when left out"})


class Buckets(Wire):
    """What is open by how late it is, in minor units."""

    current = fields.Integer()
    up_to_30 = fields.Integer()
    up_to_60 = fields.Integer()
    up_to_90 = fields.Integer()
    over_90 = fields.Integer()


class Aging(Wire):
    """What was open in one currency at the end of a day: `total_minor` is the ledger's receivables then."""

    currency = fields.String()
    total_minor = fields.Integer()
    buckets = fields.Nested(Buckets)
    disputed_minor = fields.Integer(metadata={"description": "What of it customers object to; in the buckets too"})
    disputed = fields.Nested(Buckets)
    credit_minor = fields.Integer(metadata={"description": "Customers' credit, which is not set against it"})
    deposits_minor = fields.Integer(
        metadata={"description": "Deposits asked for and not yet taken by the invoice of the work: a liability"}
    )


class AgingReport(Wire):
    """What was open at the end of a day."""

    on = fields.Date()
    items = fields.List(fields.Nested(Aging))


class Roll(Wire):
    """Of what was in a bucket 30 days before: what slid into a later one, and what was paid."""

    bucket = fields.String()
    was_minor = fields.Integer()
    rolled_percent = fields.String(allow_none=True)
    cured_percent = fields.String(allow_none=True)


class RecoveryCohort(Wire):
    """Our own debts that were open `from_days` past due and were watched until `to_days`: what came in of them. Below
    the size at which they count (`is_enough`) the published share of that age holds."""

    from_days = fields.Integer()
    to_days = fields.Integer()
    invoices = fields.Integer()
    customers = fields.Integer()
    open_minor = fields.Integer()
    collected_minor = fields.Integer()
    first_on = fields.Date(metadata={"description": "When the first of them fell due"})
    last_on = fields.Date()
    is_enough = fields.Boolean()


class RecoveryCurve(Wire):
    """How much of a debt is recovered by its age: (days past due, share)."""

    points = fields.List(fields.List(fields.String()))
    cohorts = fields.List(fields.Nested(RecoveryCohort))


class Numbers(Wire):
    """The numbers of one currency over 90 days. Days and percents are strings with one decimal, null where nothing
    divides."""

    aging = fields.Nested(Aging)
    invoiced_minor = fields.Integer()
    on_site_minor = fields.Integer()
    dso_days = fields.String(allow_none=True)
    dso_all_sales_days = fields.String(allow_none=True)
    dso_countback_days = fields.String(allow_none=True)
    dso_true_days = fields.String(allow_none=True)
    best_possible_dso_days = fields.String(allow_none=True)
    average_days_delinquent = fields.String(allow_none=True)
    weighted_delay_days = fields.String(allow_none=True)
    effectiveness_percent = fields.String(allow_none=True)
    on_site_percent = fields.String(allow_none=True)
    at_risk_percent = fields.String(allow_none=True)
    expected_recovery_minor = fields.Integer()
    provision_minor = fields.Integer()
    recovery = fields.Nested(RecoveryCurve)
    rolls = fields.List(fields.Nested(Roll))


class NumbersReport(Wire):
    """The numbers on a day, by currency; `curve_source` says where the shares recovered by age come from."""

    on = fields.Date()
    curve_source = fields.String()
    items = fields.List(fields.Nested(Numbers))


class PromisesKept(Wire):
    """The promises in one currency that were decided in the period."""

    currency = fields.String()
    kept = fields.Integer()
    decided = fields.Integer()
    received_minor = fields.Integer()
    promised_minor = fields.Integer()
    by_count_percent = fields.String(allow_none=True)
    by_amount_percent = fields.String(allow_none=True)


class Adherence(Wire):
    """Steps done inside their window by one person (or `planner`) at one step of the plan, of those due."""

    who = fields.String()
    step = fields.Integer()
    inside = fields.Integer()
    due = fields.Integer()
    percent = fields.String(allow_none=True)


class ConductReport(Wire):
    """How the chase went over 90 days. Costs are in the business's currency, by `costs_source`."""

    on = fields.Date()
    promises = fields.List(fields.Nested(PromisesKept))
    adherence = fields.List(fields.Nested(Adherence))
    overrides = fields.Integer()
    currency = fields.String()
    cost_minor = fields.Integer()
    late_received_minor = fields.Integer(metadata={"description": "What came after its due day"})
    cost_percent = fields.String(allow_none=True)
    costs_source = fields.String()


class WeekFigure(Wire):
    """An amount of the week, and of the week before."""

    name = fields.String()
    now_minor = fields.Integer()
    before_minor = fields.Integer()
    change_minor = fields.Integer()


class WeekMoney(Wire):
    """The week in one currency."""

    currency = fields.String()
    figures = fields.List(fields.Nested(WeekFigure))
    dso_days = fields.String(allow_none=True)
    dso_before_days = fields.String(allow_none=True)


class WeekCount(Wire):
    """How often something happened, in the week and in the one before."""

    kind = fields.String()
    now = fields.Integer()
    before = fields.Integer()


class LateCustomer(Wire):
    """What a customer is past due on, and was a week before."""

    customer_id = fields.String()
    name = fields.String()
    currency = fields.String()
    past_due_minor = fields.Integer()
    before_minor = fields.Integer()


class ClassMove(Wire):
    """A customer whose class changed in the week."""

    customer_id = fields.String()
    name = fields.String()
    was = fields.String()
    became = fields.String()


class WeeklyReport(Wire):
    """A week as the books and the log knew it when it ended: the same whenever it is asked for."""

    first = fields.Date()
    last = fields.Date()
    money = fields.List(fields.Nested(WeekMoney))
    counts = fields.List(fields.Nested(WeekCount))
    late = fields.List(fields.Nested(LateCustomer))
    moves = fields.List(fields.Nested(ClassMove))
    log_sequence = fields.Integer(metadata={"description": "Where the log of contacts ended"})
    log_hash = fields.String()
