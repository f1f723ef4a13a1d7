"""Collecting money."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.wire import AmountMinor, Id, Moment, Page, Text, Wire, listing

METHODS = ("card_reader", "mobile_reader", "pay_link", "cash", "cheque", "bank_transfer", "card_on_file")
LANGUAGES = ("fr", "en")
STATUSES = ("created", "waiting", "processing", "unknown", "succeeded", "failed", "canceled")


class Share(Wire):
    """What of a payment is for one invoice."""

    invoice_id = Id(required=True)
    amount_minor = AmountMinor(required=True, least=1)


def _fence() -> fields.Integer:
    told = {"description": "`lease.fence` of the reader, as you last saw it: refused if somebody took the reader since"}
    return fields.Integer(strict=True, load_default=None, allow_none=True, metadata=told)


class Consent(Wire):
    """That the customer lets the card they pay with be kept: they were shown this very text, and said yes."""

    text_sha256 = fields.String(required=True, validate=validate.Length(equal=64))
    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))
    said_by = Text(120, required=True, metadata={"description": "Who said yes"})


class ConsentText(Wire):
    """What a customer agrees to when their card is kept."""

    text = fields.String()
    text_sha256 = fields.String()
    language = fields.String()


class ConsentFilter(Wire):
    """In which language."""

    language = fields.String(load_default=None, validate=validate.OneOf(LANGUAGES))


class SavedCard(Wire):
    """A card that a customer lets us keep; Stripe holds it, we never see its number."""

    saved_card_id = fields.String(attribute="id")
    customer_id = fields.String()
    brand = fields.String(allow_none=True)
    last4 = fields.String(allow_none=True)
    exp_month = fields.Integer(allow_none=True)
    exp_year = fields.Integer(allow_none=True)
    consent_text = fields.String()
    consent_sha256 = fields.String()
    consent_language = fields.String()
    consent_channel = fields.String(validate=validate.OneOf(("reader", "page")))
    consented_by = fields.String()
    consented_at = Moment()
    saved_at = Moment(allow_none=True)
    withdrawn_at = Moment(allow_none=True)


class SavedCardFilter(Page):
    """Which saved cards."""


SavedCardList = listing(SavedCard)


class Collect(Wire):
    """Money to collect now: for one invoice (`invoice_id`), for several of a customer in one currency (`invoice_ids`;
    the oldest is paid first), or for several as `shares` say."""

    payment_id = Id(required=True)
    invoice_id = Id(load_default=None, allow_none=True)
    invoice_ids = fields.List(Id(), load_default=None, allow_none=True, validate=validate.Length(min=1, max=50))
    shares = fields.List(
        fields.Nested(Share), load_default=None, allow_none=True, validate=validate.Length(min=1, max=50)
    )
    method = fields.String(required=True, validate=validate.OneOf(METHODS))
    amount_minor = AmountMinor(required=True, least=1)
    reader_id = Id(load_default=None, allow_none=True)
    reader_fence = _fence()
    reference = Text(120, load_default=None, allow_none=True)
    beside_debit = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Take the money by hand although a bank debit for it is under way: the office decides. What "
            "the debit still brings becomes credit"
        },
    )

    keep_beyond = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Money in hand, such as a cheque for more than is owed or cash for what was paid meanwhile: "
            "what is more becomes the customer's credit"
        },
    )
    saved_card_id = Id(load_default=None, allow_none=True, metadata={"description": "For card_on_file; the office's"})
    save_card = fields.Nested(
        Consent,
        load_default=None,
        allow_none=True,
        metadata={"description": "The customer lets the card that pays be kept (card_reader, pay_link)"},
    )

    @validates_schema
    def for_something(self, wanted: dict[str, Any], **_: Any) -> None:
        """One of the three says what is paid; shares name each invoice once and add up."""
        if sum(bool(wanted.get(field)) for field in ("invoice_id", "invoice_ids", "shares")) != 1:
            raise ValidationError("Say one of invoice_id, invoice_ids, shares.", "invoice_id")
        shares = wanted.get("shares") or []
        if len({share["invoice_id"] for share in shares}) < len(shares):
            raise ValidationError("Name each invoice once.", "shares")
        if shares and sum(share["amount_minor"] for share in shares) != wanted.get("amount_minor"):
            raise ValidationError("The shares do not add up to the amount.", "shares")

    @validates_schema
    def complete(self, wanted: dict[str, Any], **_: Any) -> None:
        """A reader needs its id; a cheque or a transfer needs its reference."""
        if wanted.get("method") == "card_reader" and not wanted.get("reader_id"):
            raise ValidationError("Say which reader.", "reader_id")
        if wanted.get("method") in ("cheque", "bank_transfer") and not wanted.get("reference"):
            raise ValidationError("Say its number or reference.", "reference")
        if wanted.get("method") == "card_on_file" and not wanted.get("saved_card_id"):
            raise ValidationError("Say which card.", "saved_card_id")
        if wanted.get("save_card") and wanted.get("method") not in ("card_reader", "pay_link"):
            raise ValidationError("Only the card of a reader or a page is kept.", "save_card")
        by_card = ("card_reader", "mobile_reader", "pay_link", "card_on_file")
        if wanted.get("beside_debit") and wanted.get("method") in by_card:
            raise ValidationError("Only money that comes by hand.", "beside_debit")
        if wanted.get("keep_beyond") and (wanted.get("method") in by_card or wanted.get("shares")):
            raise ValidationError("Only money that comes by hand, and without shares.", "keep_beyond")


class Capture(Wire):
    """What to take of the amount a card holds."""

    amount_minor = AmountMinor(
        load_default=None,
        allow_none=True,
        least=1,
        metadata={"description": "Left out: all that is held and owed"},
    )


class Advice(Wire):
    """What happened and what to do, in words."""

    message = fields.String()
    what_to_do = fields.String()


class Failure(Wire):
    """Why it did not work, and what to do, in words."""

    code = fields.String()
    message = fields.String()
    what_to_do = fields.String()


class Payment(Wire):
    """One attempt to collect."""

    payment_id = fields.String(attribute="id")
    invoice_id = fields.String(metadata={"description": "The invoice it was asked for, or the first of several"})
    shares = fields.List(
        fields.Nested(Share),
        metadata={"description": "What of it is for which invoice: of a late deposit, that of the work"},
    )
    method = fields.String(validate=validate.OneOf(METHODS))
    status = fields.String(validate=validate.OneOf(STATUSES))
    amount_minor = fields.Integer()
    currency = fields.String()
    reference = fields.String(allow_none=True)
    reader_id = fields.String(allow_none=True)
    reader_fence = fields.Integer(
        allow_none=True, metadata={"description": "The number of the reader's lease under which it began"}
    )
    capture_before = Moment(
        allow_none=True,
        metadata={"description": "With `processing`: the card holds the amount until then, and nothing is paid yet"},
    )
    card_kind = fields.String(
        allow_none=True,
        metadata={"description": "Stripe's: card_present, interac_present, card; acss_debit, ... of a bank account"},
    )
    advice = fields.Nested(Advice, metadata={"description": "What to tell the technician, however it stands"})
    unknown_since = Moment(allow_none=True, metadata={"description": "Since when nobody knows the outcome"})
    saved_card_id = fields.String(allow_none=True)
    tip_minor = fields.Integer(metadata={"description": "Given beside the amount: never a part of what is owed"})
    failure = fields.Nested(Failure, allow_none=True)
    checkout_url = fields.String(allow_none=True)
    pay_url = fields.String(allow_none=True)
    beyond_minor = fields.Integer(
        metadata={"description": "What of it was more than was owed: the customer's credit, or given back by itself"}
    )
    double_of = fields.String(
        allow_none=True, metadata={"description": "The payment this one repeated: it goes back by itself"}
    )
    created_at = Moment()
    settled_at = Moment(allow_none=True, metadata={"description": "When the outcome became known"})
    reversed_at = Moment(
        allow_none=True,
        metadata={"description": "When a payment that had succeeded was taken back: it no longer counts"},
    )
    reversal_reason = fields.String(allow_none=True)
    balance_minor = fields.Integer(metadata={"description": "What its invoices still owe"})
    fee_minor = fields.Integer(
        allow_none=True,
        metadata={"description": "What Stripe kept of it, refunds and chargebacks included; null until Stripe told"},
    )
    expected_on = fields.Date(
        allow_none=True, metadata={"description": "Of a bank debit: the day by which the bank has usually answered"}
    )


class StartedPayment(Payment):
    """A payment as it began. `client_secret` is told to who began it, and kept nowhere."""

    intent_id = fields.String(
        attribute="stripe_intent_id", allow_none=True, metadata={"description": "Stripe's PaymentIntent"}
    )
    client_secret = fields.String(
        allow_none=True, metadata={"description": "By this the mobile SDK collects a payment by `mobile_reader`"}
    )


class PaymentFilter(Page):
    """Which payments."""

    invoice_id = Id(load_default=None)
    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES))


PaymentList = listing(Payment)


class Reverse(Wire):
    """Money recorded by hand that never came, or went again."""

    reversal_id = Id(required=True)
    reason = Text(300, required=True, metadata={"description": "The customer reads it: NSF cheque"})
    fee_minor = AmountMinor(load_default=0, metadata={"description": "What the bank charged for it"})


REFUND_STATUSES = (
    "awaiting_approval",
    "created",
    "waiting",
    "processing",
    "unknown",
    "succeeded",
    "failed",
    "canceled",
)


class NewRefund(Wire):
    """Money of a payment to give back."""

    refund_id = Id(required=True)
    amount_minor = AmountMinor(required=True, least=1)
    tip_minor = AmountMinor(load_default=0, metadata={"description": "Of the amount, what is of the tip"})
    reason = Text(300, required=True)
    reader_id = Id(
        load_default=None,
        allow_none=True,
        metadata={"description": "Where the card that paid is presented again: needed for Interac, and for it alone"},
    )

    @validates_schema
    def within(self, said: dict[str, Any], **_: Any) -> None:
        """The tip is a part of the amount."""
        if said.get("tip_minor", 0) > said.get("amount_minor", 0):
            raise ValidationError("This is more than the amount.", "tip_minor")


class Refund(Wire):
    """One refund. `waiting` is for the card at the reader. `unknown` resolves itself: do not give the money back
    another way meanwhile."""

    refund_id = fields.String(attribute="id")
    payment_id = fields.String()
    invoice_id = fields.String()
    amount_minor = fields.Integer()
    tip_minor = fields.Integer(metadata={"description": "Of the amount, what is of the tip"})
    currency = fields.String()
    status = fields.String(validate=validate.OneOf(REFUND_STATUSES))
    reason = fields.String()
    reader_id = fields.String(allow_none=True)
    by_hand = fields.String(allow_none=True, metadata={"description": "How credit was paid out; else as it came"})
    reference = fields.String(allow_none=True)
    failure = fields.Nested(Failure, allow_none=True)
    requested_by = fields.String()
    approved_by = fields.String(allow_none=True)
    rejected_by = fields.String(allow_none=True)
    created_at = Moment()
    settled_at = Moment(allow_none=True, metadata={"description": "When the outcome became known"})


class RefundFilter(Page):
    """Which refunds."""


RefundList = listing(Refund)


class ConnectionToken(Wire):
    """What the mobile SDK connects with. It works once."""

    secret = fields.String()


class RegisterReader(Wire):
    """A card reader to register with Stripe."""

    registration_code = Text(60, required=True)
    label = Text(100, required=True)
    location_id = Text(
        60,
        load_default=None,
        allow_none=True,
        metadata={"description": "Stripe's tml_...; made from the business's address when left out"},
    )


class Lease(Wire):
    """Who holds a reader, until when, and under which number. The number grows whenever it passes to another."""

    held_by = fields.String(allow_none=True, metadata={"description": "Null when it is free"})
    held_until = Moment(allow_none=True)
    is_mine = fields.Boolean()
    fence = fields.Integer()


class Reader(Wire):
    """A card reader. Its network status is a hint, never a gate: null where the card service does not say."""

    reader_id = fields.String(attribute="id")
    label = fields.String()
    location_id = fields.String()
    device_type = fields.String()
    registered_at = Moment()
    technician_id = fields.String(allow_none=True, metadata={"description": "The technician it is assigned to"})
    technician_name = fields.String(allow_none=True)
    van = fields.String(allow_none=True)
    lease = fields.Nested(Lease)
    status = fields.String(allow_none=True, validate=validate.OneOf(("online", "offline")))
    last_seen_at = Moment(allow_none=True)


class Doing(Wire):
    """What a reader is doing, in words."""

    code = fields.String(
        validate=validate.OneOf(
            ("ready", "showing", "collecting", "left_behind", "foreign", "offline", "gone", "unreachable")
        )
    )
    message = fields.String()
    what_to_do = fields.String()


class CheckedReader(Reader):
    """A card reader, and what the card service says it is doing this moment."""

    doing = fields.Nested(Doing)


class AssignReader(Wire):
    """Whose a reader is. Both may be left empty."""

    technician_id = Id(load_default=None, allow_none=True)
    van = Text(60, load_default=None, allow_none=True)


class TakeReader(Wire):
    """A wish to hold a reader."""

    fence = _fence()


class ShowLines(Wire):
    """An invoice to show on a reader before it is paid."""

    invoice_id = Id(required=True)
    fence = _fence()


class ReaderFilter(Page):
    """Which readers."""


ReaderList = listing(Reader)
