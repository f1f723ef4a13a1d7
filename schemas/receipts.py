"""What a customer gets in hand."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.wire import Moment, Text, Wire

KINDS = ("payment", "declined", "refund", "refund_failed", "credit_payout")
CHANNELS = ("email", "text")
PAPERS = ("a4", "letter", "80mm")


class ReceiptCard(Wire):
    """The card, as far as a receipt may show it."""

    brand = fields.String(allow_none=True)
    last4 = fields.String(allow_none=True)
    read_method = fields.String(allow_none=True, metadata={"description": "Stripe's word: contactless_emv, ..."})
    wallet = fields.String(allow_none=True)
    emv = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "By Stripe's names: dedicated_file_name, account_type, ..."},
    )


class ReceiptPart(Wire):
    """Money that came for the invoice, or went back of it."""

    method = fields.String()
    amount_minor = fields.Integer()
    last4 = fields.String(allow_none=True)
    is_refund = fields.Boolean()


class ReceiptSending(Wire):
    """A message that brought the receipt. `sent_by` is `fieldpay` where nobody asked."""

    channel = fields.String(validate=validate.OneOf(CHANNELS))
    to = fields.String(allow_none=True)
    status = fields.String(metadata={"description": "written, sending, sent, unknown, bounced, failed, no_address"})
    sent_by = fields.String()
    created_at = Moment()


class Receipt(Wire):
    """A receipt, or the slip of what did not work. What it says never changes."""

    receipt_id = fields.String(attribute="id")
    number = fields.String()
    kind = fields.String(validate=validate.OneOf(KINDS))
    payment_id = fields.String(allow_none=True, metadata={"description": "None where held credit was transferred back"})
    refund_id = fields.String(allow_none=True)
    invoice_id = fields.String(allow_none=True)
    invoice_number = fields.String()
    language = fields.String()
    seller = fields.Dict(metadata={"description": "Name, address, tax numbers and time zone, as on the invoice"})
    customer_name = fields.String()
    place = fields.String(allow_none=True)
    happened_at = Moment()
    time_zone = fields.String()
    method = fields.String()
    reference = fields.String(allow_none=True)
    currency = fields.String()
    amount_minor = fields.Integer()
    tip_minor = fields.Integer()
    total_minor = fields.Integer()
    beyond_minor = fields.Integer(metadata={"description": "What of it is more than was owed"})
    beyond_goes_back = fields.Boolean(metadata={"description": "By itself; otherwise it is the customer's credit"})
    balance_minor = fields.Integer(metadata={"description": "What the invoice still owed then"})
    split = fields.List(fields.Nested(ReceiptPart), metadata={"description": "Everything so far, this one included"})
    card = fields.Nested(ReceiptCard, allow_none=True)
    url = fields.String(metadata={"description": "The customer's page of it, for whoever has the address"})
    sendings = fields.List(fields.Nested(ReceiptSending))


class ReceiptPaper(Wire):
    """What to print on; the seller's country's own when left out."""

    paper = fields.String(load_default=None, validate=validate.OneOf(PAPERS))


class SendReceipt(Wire):
    """Where to send a receipt; to the customer's own address when left out."""

    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))
    to = Text(254, load_default=None, allow_none=True)

    @validates_schema
    def an_address(self, wanted: dict[str, Any], **_: Any) -> None:
        """An e-mail address looks like one; telephone numbers are read by the server."""
        if wanted.get("channel") == "email" and wanted.get("to"):
            try:
                validate.Email()(wanted["to"])
            except ValidationError as wrong:
                raise ValidationError(wrong.messages, "to") from wrong
