"""How a receipt says what it keeps: the same words on paper, on its page, in a mail and in a text message."""

from __future__ import annotations

from collections.abc import Iterator

from server.business.rules import address_lines
from server.core import words
from server.core.words import msgid as _
from server.documents.facts import Party, ReceiptFacts, Section
from server.messages.rules import METHODS
from server.receipts.rules.facts import Card, Facts, Kind, Part

_TITLES = {
    Kind.PAYMENT: _("Receipt"),
    Kind.DECLINED: _("Payment declined"),
    Kind.REFUND: _("Refund"),
    Kind.REFUND_FAILED: _("Refund not completed"),
    Kind.CREDIT_PAYOUT: _("Credit transferred back"),
}
_SUBJECTS = {
    Kind.PAYMENT: _("Receipt for invoice %(number)s from %(business)s"),
    Kind.DECLINED: _("Declined payment for invoice %(number)s from %(business)s"),
    Kind.REFUND: _("Refund for invoice %(number)s from %(business)s"),
    Kind.REFUND_FAILED: _("Refund not completed for invoice %(number)s from %(business)s"),
    Kind.CREDIT_PAYOUT: _("Your credit transferred back by %(business)s"),
}
_SAID = {
    Kind.PAYMENT: _("We received %(amount)s. Thank you."),
    Kind.DECLINED: _("The card was declined: no money was taken."),
    Kind.REFUND: _("We gave %(amount)s back to you."),
    Kind.REFUND_FAILED: _("The refund of %(amount)s did not go through: the money did not go back."),
    Kind.CREDIT_PAYOUT: _("We transferred %(amount)s of your credit back to you."),
}
_SLOW = _("It takes 5 to 10 business days to appear on your card's statement.")
_BACK = _("It goes back to your card by itself; there is nothing to do.")
_CREDIT = _("We keep it as your credit; tell us how you want to use it.")
# French without ç, ê or œ: one letter outside the alphabet of text messages makes a text cost twice as much.
_IN_SHORT = {
    Kind.PAYMENT: _("%(amount)s paid to %(business)s for invoice %(number)s. Receipt: %(url)s"),
    Kind.DECLINED: _("%(business)s: card declined, no money was taken (invoice %(number)s). Details: %(url)s"),
    Kind.REFUND: _("%(business)s gave %(amount)s back, invoice %(number)s. Details: %(url)s"),
    Kind.REFUND_FAILED: _("%(business)s: %(amount)s did not go back (invoice %(number)s). Details: %(url)s"),
    Kind.CREDIT_PAYOUT: _("%(business)s transferred %(amount)s of your credit back to you. Details: %(url)s"),
}
_TYPES = {
    Kind.PAYMENT: _("Sale"),
    Kind.DECLINED: _("Sale, declined"),
    Kind.REFUND: _("Refund"),
    Kind.REFUND_FAILED: _("Refund, failed"),
    Kind.CREDIT_PAYOUT: _("Transfer of credit"),
}
_BRANDS = {"amex": "American Express", "jcb": "JCB", "unionpay": "UnionPay", "eftpos_au": "eftpos"}
_WALLETS = {"apple_pay": "Apple Pay", "google_pay": "Google Pay", "samsung_pay": "Samsung Pay", "link": "Link"}
# Source: Stripe, Charge.payment_method_details.card_present.read_method
_ENTRIES = {
    "contact_emv": _("Chip"),
    "contactless_emv": _("Contactless"),
    "contactless_magstripe_mode": _("Contactless"),
    "magnetic_stripe_fallback": _("Swiped"),
    "magnetic_stripe_track2": _("Swiped"),
}
_ACCOUNTS = {
    "checking": _("Chequing"),
    "credit": _("Credit"),
    "prepaid": _("Prepaid"),
    "savings": _("Savings"),
    "unknown": _("Not told"),
}
_VERIFICATIONS = {
    "approval": _("Approved"),
    "failure": _("Failed"),
    "none": _("None"),
    "offline_pin": _("PIN"),
    "offline_pin_and_signature": _("PIN and signature"),
    "online_pin": _("PIN"),
    "signature": _("Signature"),
}
_BUSINESS_LENGTH = 40
_DEBIT = "bank_debit"


def title(kind: Kind, locale: str) -> str:
    """Return what a receipt is called."""
    return words.say(locale, _TITLES[kind])


def subject(facts: Facts) -> str:
    """Return the subject of the mail that brings a receipt."""
    return words.say(facts.language, _SUBJECTS[facts.kind], number=facts.invoice_number, business=facts.seller["name"])


def in_short(facts: Facts, page_url: str) -> str:
    """Return a receipt as a text message says it: what happened, and where the rest is."""
    return words.say(
        facts.language,
        _IN_SHORT[facts.kind],
        amount=words.money(facts.total_minor, facts.currency, _locale(facts)),
        business=facts.seller["name"][:_BUSINESS_LENGTH],
        number=facts.invoice_number,
        url=page_url,
    )


def printed(facts: Facts, page_url: str, *, language: str | None = None) -> ReceiptFacts:
    """Return a receipt in words: in its own language, or in the one that its reader chose."""
    seller, locale = facts.seller, _locale(facts, language)
    amount = words.money(facts.total_minor, facts.currency, locale)
    said = words.say(locale, _SAID[facts.kind], amount=amount)
    if facts.kind is Kind.REFUND and facts.card and facts.method != _DEBIT:
        said += " " + words.say(locale, _SLOW)
    if facts.beyond_minor:
        beyond = words.money(facts.beyond_minor, facts.currency, locale)
        said += " " + words.say(locale, _("%(amount)s of it is more than was owed."), amount=beyond)
        said += " " + words.say(locale, _BACK if facts.beyond_goes_back else _CREDIT)
    return ReceiptFacts(
        locale=locale,
        country=seller["country"],
        time_zone=seller["time_zone"],
        currency=facts.currency,
        seller=Party(
            name=seller["name"],
            address=address_lines(seller["address"]),
            email=seller["email"],
            phone=seller["phone"],
            tax_ids=tuple((tax_id["label"], tax_id["number"]) for tax_id in seller["tax_ids"]),
        ),
        title=title(facts.kind, locale),
        number=facts.number,
        invoice_number=facts.invoice_number,
        happened_at=facts.happened_at,
        said=said,
        is_good=facts.kind in (Kind.PAYMENT, Kind.REFUND, Kind.CREDIT_PAYOUT),
        amount=amount,
        sections=tuple(_sections(facts, locale)),
        page_url=page_url,
    )


def _locale(facts: Facts, language: str | None = None) -> str:
    return words.locale_for(language or facts.language, facts.seller["country"])


def _sections(facts: Facts, locale: str) -> Iterator[Section]:
    yield Section(rows=tuple(_particulars(facts, locale)))
    if facts.card:
        heading = words.say(locale, _("Bank account") if facts.method == _DEBIT else _("Card"))
        yield Section(heading=heading, rows=tuple(_of_card(facts.card, heading, locale)))
    yield Section(heading=words.say(locale, _("Amounts")), rows=tuple(_amounts(facts, locale)), is_sum=True)
    if not facts.invoice_number:
        return
    rows = [_part(part, facts, locale) for part in facts.split]
    left = (words.say(locale, _("Left to pay")), words.money(facts.balance_minor, facts.currency, locale))
    heading = words.say(locale, _("Invoice %(number)s so far"), number=facts.invoice_number)
    yield Section(heading=heading, rows=(*rows, left), is_sum=True)


def _particulars(facts: Facts, locale: str) -> Iterator[tuple[str, str]]:
    time_zone = facts.seller["time_zone"]
    when = words.moment(facts.happened_at, locale, time_zone)
    yield words.say(locale, _("Date")), f"{when} {words.zone(facts.happened_at, locale, time_zone)}"
    yield words.say(locale, _("Transaction")), words.say(locale, _TYPES[facts.kind])
    if facts.invoice_number:
        yield words.say(locale, _("Invoice")), facts.invoice_number
    yield words.say(locale, _("Customer")), facts.customer_name
    if facts.place:
        yield words.say(locale, _("Place")), facts.place
    yield words.say(locale, _("Method")), _method(facts.method, locale)
    if facts.reference:
        yield words.say(locale, _("Reference")), facts.reference


def _of_card(card: Card, name: str, locale: str) -> Iterator[tuple[str, str]]:
    """Yield what Stripe requires first, then what it leaves to us."""
    told = card.emv.get
    brand = _BRANDS.get(card.brand or "", (card.brand or "").replace("_", " ").title())
    yield name, f"{brand} •••• {card.last4 or ''}".strip()
    entry = [words.say(locale, _ENTRIES[card.read_method])] if card.read_method in _ENTRIES else []
    entry += [_WALLETS.get(card.wallet, card.wallet)] if card.wallet else []
    account = _ACCOUNTS.get(told("account_type", ""))
    verification = _VERIFICATIONS.get(told("cardholder_verification_method", ""))
    rows = (
        (_("Entry"), ", ".join(entry)),
        (_("Authorization"), told("authorization_code")),
        (_("Application"), told("application_preferred_name")),
        (_("AID"), told("dedicated_file_name")),
        (_("Account"), account and words.say(locale, account)),
        (
            _("Verification"),
            verification and words.say(locale, verification),
        ),
        (_("ARC"), told("authorization_response_code")),
        (_("Cryptogram"), told("application_cryptogram")),
        (_("TVR"), told("terminal_verification_results")),
        (_("TSI"), told("transaction_status_information")),
    )
    yield from ((words.say(locale, label), value) for label, value in rows if value)


def _amounts(facts: Facts, locale: str) -> Iterator[tuple[str, str]]:
    def row(label: str, amount_minor: int) -> tuple[str, str]:
        return words.say(locale, label), words.money(amount_minor, facts.currency, locale)

    if facts.kind is Kind.DECLINED:
        yield row(_("Asked for"), facts.total_minor)
        yield row(_("Taken"), 0)
    elif facts.kind is Kind.REFUND_FAILED:
        yield row(_("To give back"), facts.total_minor)
        yield row(_("Given back"), 0)
    elif facts.kind in (Kind.REFUND, Kind.CREDIT_PAYOUT):
        yield row(_("Given back"), facts.total_minor)
    else:
        yield row(_("Amount"), facts.amount_minor)
        if facts.beyond_minor:
            yield row(_("of which more than was owed"), facts.beyond_minor)
        if facts.tip_minor:
            yield row(_("Tip"), facts.tip_minor)
        yield row(_("Total"), facts.total_minor)


def _part(part: Part, facts: Facts, locale: str) -> tuple[str, str]:
    label = _method(part.method, locale) + (f" •••• {part.last4}" if part.last4 else "")
    if part.is_refund:
        label = words.say(locale, _("Refund: %(method)s"), method=label)
    sign = -1 if part.is_refund else 1
    return label, words.money(sign * part.amount_minor, facts.currency, locale)


def _method(method: str, locale: str) -> str:
    return words.say(locale, METHODS.get(method, method))
