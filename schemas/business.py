"""The seller, and the taxes it charges."""

from marshmallow import fields, validate

from schemas.wire import Address, AmountMinor, Text, Wire, listing

SECOND_PAYMENT = ("refund", "credit")
BEYOND = "What becomes of a card payment beyond what was owed: back to the card by itself, or the customer's credit"


class TaxId(Wire):
    """A number the tax office gave, as invoices print it."""

    label = fields.String()
    number = fields.String()


class Arrangements(Wire):
    """What may be arranged with somebody who is late: what is left out stays as it is."""

    max_broken_promises = fields.Integer(
        validate=validate.Range(1, 10), metadata={"description": "Broken promises that call for a referral"}
    )
    customer_promise_days = fields.Integer(
        validate=validate.Range(0, 92), metadata={"description": "How far ahead a customer may promise alone; 0: never"}
    )
    customer_promises = fields.Integer(
        validate=validate.Range(0, 10), metadata={"description": "How often a customer may promise alone in a case"}
    )
    plan_parts = fields.Integer(
        validate=validate.Range(2, 60), metadata={"description": "The most parts of a payment plan"}
    )
    plan_days = fields.Integer(
        validate=validate.Range(7, 730), metadata={"description": "How many days a payment plan may last"}
    )


class Business(Arrangements):
    """The seller."""

    business_id = fields.String(attribute="id")
    name = fields.String()
    legal_name = fields.String(allow_none=True)
    address = fields.Nested(Address)
    email = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    tax_ids = fields.List(fields.Nested(TaxId))
    time_zone = fields.String(metadata={"description": "IANA name: what `today` means"})
    currency = fields.String(metadata={"description": "The currency of a job that names none"})
    languages = fields.List(fields.String())
    payment_days = fields.Integer()
    technician_refund_limit_minor = fields.Integer(metadata={"description": "Above it, a second person agrees"})
    office_refund_limit_minor = fields.Integer(metadata={"description": "Above it, a second person agrees"})
    ebilling_credit_minor = fields.Integer(metadata={"description": "Credit for letting invoices come by e-mail"})
    capture_later = fields.Boolean(metadata={"description": "A card at a reader is authorized, and captured later"})
    second_payment = fields.String(validate=validate.OneOf(SECOND_PAYMENT), metadata={"description": BEYOND})


class Settings(Arrangements):
    """How the business works: what is left out stays as it is."""

    technician_refund_limit_minor = AmountMinor(metadata={"description": "What a technician alone may give back"})
    office_refund_limit_minor = AmountMinor(metadata={"description": "What one person at the desk may give back"})
    ebilling_credit_minor = AmountMinor(metadata={"description": "Credit for letting invoices come by e-mail; 0: none"})
    capture_later = fields.Boolean(metadata={"description": "Authorize cards at a reader, and capture them later"})
    second_payment = fields.String(validate=validate.OneOf(SECOND_PAYMENT), metadata={"description": BEYOND})


class BankAccountFields(Wire):
    """Where transfers go: an IBAN, or a bank code (`routing`) and an account number."""

    holder = Text(70, required=True)
    iban = Text(42, load_default=None, allow_none=True)
    bic = Text(11, load_default=None, allow_none=True)
    bank_name = Text(70, load_default=None, allow_none=True)
    routing = Text(40, load_default=None, allow_none=True, metadata={"description": "Institution and transit, ABA..."})
    account_number = Text(40, load_default=None, allow_none=True)


class BankAccount(BankAccountFields):
    """The account that transfers in a currency go to."""

    currency = fields.String()


BankAccountList = listing(BankAccount)


class TaxRate(Wire):
    """One tax of a code, as it is today."""

    name_fr = fields.String()
    name_en = fields.String()
    rate = fields.String(metadata={"description": "A decimal string, in percent: 9.975"})


class TaxCode(Wire):
    """What a line may say about its taxes."""

    tax_code = fields.String(attribute="code")
    name_fr = fields.String()
    name_en = fields.String()
    country = fields.String(allow_none=True)
    region = fields.String(allow_none=True)
    rates = fields.List(fields.Nested(TaxRate))


TaxCodeList = listing(TaxCode)
