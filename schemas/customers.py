"""Who owes."""

from marshmallow import fields, validate

from schemas.wire import Address, Email, Id, Moment, Page, Text, Wire, listing

LANGUAGES = ("fr", "en")
KINDS = ("business", "consumer")


class CustomerFields(Wire):
    """What may be said of a customer."""

    name = Text(required=True)
    kind = fields.String(load_default="consumer", validate=validate.OneOf(KINDS))
    email = Email(load_default=None, allow_none=True)
    phone = Text(40, load_default=None, allow_none=True, metadata={"description": "With its country code: +1 418 ..."})
    language = fields.String(
        validate=validate.OneOf(LANGUAGES), metadata={"description": "The business's first when nobody said"}
    )
    time_zone = Text(
        60, load_default=None, allow_none=True, metadata={"description": "IANA name; the business's when null"}
    )
    country = fields.String(load_default=None, allow_none=True, validate=validate.Regexp(r"^[A-Z]{2}$"))
    region = Text(10, load_default=None, allow_none=True)
    addresses = fields.List(fields.Nested(Address), load_default=list, validate=validate.Length(max=10))
    written_only = fields.Boolean(load_default=False, metadata={"description": "Asked to be contacted in writing only"})
    represented_by = Text(
        200,
        load_default=None,
        allow_none=True,
        metadata={"description": "The lawyer or other representative who speaks for them: nobody else is contacted"},
    )


class NewCustomer(CustomerFields):
    """A customer to be. The caller may make the id; without one the server does."""

    customer_id = Id(load_default=None)


class Customer(CustomerFields):
    """A customer."""

    customer_id = fields.String(attribute="id")
    credit = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        dump_only=True,
        metadata={"description": "Money held for the customer, by currency, in minor units"},
    )
    created_at = Moment(dump_only=True)


class CustomerFilter(Page):
    """Which customers."""

    q = Text(100, load_default=None, metadata={"description": "Part of a name or an e-mail address"})


CustomerList = listing(Customer)


class AcceptEbilling(Wire):
    """Where a customer wants their invoices."""

    email = Email(required=True)
