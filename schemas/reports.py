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
    credit_minor = fields.Integer(metadata={"description": "Customers' credit, which is not set against it"})


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
    rolls = fields.List(fields.Nested(Roll))


class NumbersReport(Wire):
    """The numbers on a day, by currency; `curve_source` says where the shares recovered by age come from."""

    on = fields.Date()
    curve_source = fields.String()
    items = fields.List(fields.Nested(Numbers))
