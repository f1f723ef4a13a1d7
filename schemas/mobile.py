"""Cards taken by a phone's app: where, and for what."""

from marshmallow import fields

from schemas.wire import Address, Id, Moment, Page, Text, Wire, listing


class Location(Wire):
    """A place where readers are used, by Stripe's id."""

    location_id = fields.String(attribute="id")
    display_name = fields.String()
    address = fields.Nested(Address)


class NewLocation(Wire):
    """A place where readers are used."""

    display_name = Text(100, required=True)
    address = fields.Nested(Address, required=True)


class LocationFilter(Page):
    """Which places."""


LocationList = listing(Location)


class Unassigned(Wire):
    """A card taken in person that named no payment and no invoice."""

    unassigned_id = fields.String(attribute="id", metadata={"description": "Stripe's PaymentIntent"})
    amount_minor = fields.Integer()
    tip_minor = fields.Integer(metadata={"description": "What of it is a tip: it pays no invoice"})
    currency = fields.String()
    words = fields.String(metadata={"description": "What the app wrote on it"})
    card_brand = fields.String(allow_none=True)
    card_last4 = fields.String(allow_none=True)
    created_at = Moment()


class UnassignedFilter(Page):
    """Which money."""


UnassignedList = listing(Unassigned)


class PayInvoice(Wire):
    """The invoice that money pays."""

    invoice_id = Id(required=True)
