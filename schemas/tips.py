"""Tips on the card readers."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.wire import AmountMinor, Id, Moment, Text, Wire, listing

_UP_TO_THREE = validate.Length(min=1, max=3)


class TipOption(Wire):
    """What a reader offers: percentages of the amount, or fixed amounts."""

    percentages = fields.List(fields.Integer(strict=True, validate=validate.Range(1, 100)), validate=_UP_TO_THREE)
    fixed_amounts_minor = fields.List(AmountMinor(least=1), validate=_UP_TO_THREE)

    @validates_schema
    def one_kind(self, wanted: dict[str, Any], **_: Any) -> None:
        """Percentages or amounts, not both."""
        if len(wanted) != 1:
            raise ValidationError("Say percentages or fixed_amounts_minor.", "percentages")


class TipOptions(Wire):
    """The tips readers offer, by currency; empty for none."""

    tips = fields.Dict(
        keys=fields.String(validate=validate.Regexp("^[A-Z]{3}$")), values=fields.Nested(TipOption), required=True
    )


class TipsFilter(Wire):
    """From which day to which, both of them counted."""

    first = fields.Date(required=True, data_key="from")
    last = fields.Date(required=True, data_key="to")


class Tips(Wire):
    """The tips of a technician; `technician_id` is null where nobody is known."""

    technician_id = fields.String(allow_none=True)
    technician_name = fields.String(allow_none=True)
    currency = fields.String()
    received_minor = fields.Integer()
    given_back_minor = fields.Integer(metadata={"description": "Of tips, to customers; banks' chargebacks too"})
    paid_out_minor = fields.Integer()
    held_minor = fields.Integer(metadata={"description": "What is held for them now; below 0 they owe it"})


TipList = listing(Tips)


class NewTipPayout(Wire):
    """Tips paid to a technician."""

    tip_payout_id = Id(required=True)
    technician_id = Id(required=True)
    amount_minor = AmountMinor(required=True, least=1)
    currency = fields.String(required=True, validate=validate.Regexp("^[A-Z]{3}$"))
    method = fields.String(required=True, validate=validate.OneOf(("cash", "bank_transfer")))
    reference = Text(120, load_default=None, allow_none=True)


class TipPayout(Wire):
    """Tips that were paid out."""

    tip_payout_id = fields.String(attribute="id")
    technician_id = fields.String()
    amount_minor = fields.Integer()
    currency = fields.String()
    method = fields.String()
    reference = fields.String(allow_none=True)
    paid_by = fields.String()
    created_at = Moment()
