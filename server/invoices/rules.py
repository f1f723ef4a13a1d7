"""Invoices decided: their states, their numbers, when they fall due, and links that a stolen database cannot open."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from stdnum import iban, iso11649
from stdnum.ch import esr
from stdnum.iso7064 import mod_97_10

from server.business.rules import BankAccount, address_lines
from server.core import money, words
from server.documents import qr, transfers
from server.documents.facts import Deposit, InvoiceFacts, Line, Party, SwissBill, Tax
from server.ledger.rules import Kind as Account
from server.messages.rules import Sender


class Status(StrEnum):
    """Where an invoice stands; the ledger's balance decides between the first three."""

    ISSUED = "issued"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    VOID = "void"
    WRITTEN_OFF = "written_off"


class Kind(StrEnum):
    """What an invoice is for: the work that was done, money asked for before, by a stage of the contract, or what
    paying late costs."""

    FINAL = "final"
    DEPOSIT = "deposit"
    PROGRESS = "progress"
    LATE_CHARGE = "late_charge"


# What asks for money before the work is done.
REQUESTS = (Kind.DEPOSIT, Kind.PROGRESS)
_REQUEST = words.msgid("Request for a payment on account. No tax is charged on it: it is on the final invoice.")


class Subject(StrEnum):
    """What a pay link opens: one invoice, or everything a customer owes."""

    INVOICE = "invoice"
    CUSTOMER = "customer"


# Why the books know an invoice, and why they took an amount off it.
ISSUED = "invoice_issued"
CREDITED = "invoice_credited"
TAKEN_OFF = {CREDITED, "write_off", "write_off_reinstated", "late_charge_let_go"}
"""Why entries make less, or more again, of what an invoice asks, while nobody paid."""
UNPAID = (Status.ISSUED, Status.PARTLY_PAID)


def earned_in(kind: Kind) -> tuple[Account, ...]:
    """Return the kinds of account against which the books ask for what such an invoice asks: what went back to these
    was taken off it, and nobody paid it."""
    earned = (Account.SALES, Account.TAX, Account.LATE_CHARGES, Account.BAD_DEBTS)
    return (*earned, Account.DEPOSITS) if kind in REQUESTS else earned


def status_of(*, total_minor: int, balance_minor: int, before: Status | None = None) -> Status:
    """Return the status that follows from what is still owed; an invoice that was void or written off `before` stays so
    while nothing is."""
    if balance_minor <= 0:
        return before if before in (Status.VOID, Status.WRITTEN_OFF) else Status.PAID
    return Status.ISSUED if balance_minor >= total_minor else Status.PARTLY_PAID


def beyond_work(deposits: Sequence[Mapping[str, Any]], *, total_minor: int) -> dict[str, int]:
    """Return what was paid on each request for a deposit, by its id, beyond what the work came to: the last asked for
    has it first. `deposits` are those of the invoice of the work."""
    beyond, left_minor = {}, total_minor
    for each in deposits:
        taken_minor = min(each["amount_minor"], left_minor)
        left_minor -= taken_minor
        if each["amount_minor"] > taken_minor:
            beyond[each["invoice_id"]] = each["amount_minor"] - taken_minor
    return beyond


def taxes_within(
    amount_minor: int, *, before_minor: int, taxes: Sequence[Mapping[str, Any]], total_minor: int
) -> list[dict[str, Any]]:
    """Return how much of an amount taken off an invoice is which of its taxes, when `before_minor` was taken off
    before: in proportion, so that taking off everything in parts takes off exactly the taxes charged."""

    def within(minor: int, tax: Mapping[str, Any]) -> int:
        return money.share(minor, Decimal(tax["amount_minor"]) / total_minor)

    return [
        {
            "name": tax["name"],
            "account": tax["account"],
            "amount_minor": within(before_minor + amount_minor, tax) - within(before_minor, tax),
        }
        for tax in taxes
    ]


def number(prefix: str, sequence: int) -> str:
    """Return the number printed on the invoice, such as F-000042."""
    return f"{prefix}-{sequence:06d}"


def bare(text: str) -> str:
    """Return the letters and digits of an invoice's number, or of a reference, as banks keep them: F000042."""
    return "".join(letter for letter in text.upper() if letter.isascii() and letter.isalnum())


def rf_reference(number: str) -> str | None:
    """Return the reference a transfer should name (ISO 11649), such as RF24F000042; None where a number is too long."""
    reference = bare(number)
    if not 0 < len(reference) <= 21:
        return None
    return f"RF{mod_97_10.calc_check_digits(reference + 'RF')}{reference}"


def qr_reference(number: str) -> str:
    """Return the 27 digits that a transfer to a Swiss QR-IBAN must name: the number's, and their check digit."""
    digits = "".join(filter(str.isdigit, bare(number)))[-26:].zfill(26)
    return digits + esr.calc_check_digit(digits)


def transfer(
    account: BankAccount, *, number: str, seller: Mapping[str, Any], buyer: Mapping[str, Any], balance_minor: int
) -> dict[str, Any] | None:
    """Return how to pay what is still owed by transfer, or None where nothing is: the account, the reference, and as
    `code` what a QR code says to a banking app where the account allows one (`code_kind` epc or swiss)."""
    if balance_minor <= 0:
        return None
    reference = _structured_reference(account, number)
    kind, code = None, None
    if account.iban is not None:
        asked: dict[str, Any] = {"holder": account.holder, "iban": account.iban, "currency": account.currency}
        asked |= {"amount_minor": balance_minor, "reference": reference}
        debtor = {**(buyer["address"] or {}), "name": buyer["name"]}
        kind, code = "swiss", transfers.swiss(**asked, address=seller["address"], debtor=debtor)
        if code is None and reference is not None:
            kind, code = "epc", transfers.epc(**asked, bic=account.bic)
    columns = ("holder", "iban", "bic", "bank_name", "routing", "account_number", "currency")
    return {
        **{name: getattr(account, name) for name in columns},
        "amount_minor": balance_minor,
        "reference": reference or number,
        "code": code,
        "code_kind": kind if code else None,
    }


def _structured_reference(account: BankAccount, number: str) -> str | None:
    """Return the reference with check digits that this account takes, or None where it takes words alone."""
    if account.iban is None:
        return None
    return qr_reference(number) if transfers.is_qr_iban(account.iban) else rf_reference(number)


def due_on(issued_on: date, payment_days: int) -> date:
    """Return the day by which to pay; 0 days is the day of issue."""
    return issued_on + timedelta(days=payment_days)


def link_token(link_key: str, subject: Subject, subject_id: str, version: int) -> str:
    """Return the secret in a pay link: 160 bits that follow from a key outside the database, so that every reprint
    shows the same link, and renewing is the next version."""
    message = f"pay-link|{subject}|{subject_id}|{version}".encode()
    digest = hmac.new(link_key.encode(), message, hashlib.sha256).digest()[:20]
    return base64.b32encode(digest).decode().lower()


def token_hash(token: str) -> str:
    """Return what the database keeps of a token: enough to recognise it, not to make it."""
    return hashlib.sha256(token.encode()).hexdigest()


def locale(language: str, seller: Mapping[str, Any]) -> str:
    """Return the locale an invoice speaks: its customer's language, as written in the seller's country."""
    return words.locale_for(language, seller["country"])


def sender(seller: Mapping[str, Any]) -> Sender:
    """Return the seller as the customer's mail shows it."""
    return Sender(
        name=seller["name"], email=seller["email"], phone=seller["phone"], address=address_lines(seller["address"])
    )


def facts(sheet: Mapping[str, Any]) -> InvoiceFacts:
    """Return what the printed invoice says."""
    seller, buyer = sheet["seller"], sheet["buyer"]
    spoken = locale(sheet["language"], seller)
    numbers = {tax_id["label"]: tax_id["number"] for tax_id in seller["tax_ids"]}
    return InvoiceFacts(
        locale=spoken,
        country=seller["country"],
        time_zone=seller["time_zone"],
        currency=sheet["currency"],
        seller=Party(
            name=seller["name"],
            address=address_lines(seller["address"]),
            email=seller["email"],
            phone=seller["phone"],
            tax_ids=tuple(numbers.items()),
        ),
        number=sheet["number"],
        customer=Party(name=buyer["name"], address=address_lines(buyer["address"]), email=buyer["email"]),
        issued_at=sheet["issued_at"],
        issued_on=sheet["issued_on"],
        service_on=sheet["service_on"],
        due_on=sheet["due_on"],
        lines=tuple(
            Line(
                description=line["description"],
                quantity=Decimal(line["quantity"]),
                unit_price_minor=line["unit_price_minor"],
                amount_minor=line["amount_minor"],
            )
            for line in sheet["lines"]
        ),
        taxes=tuple(
            Tax(
                name=tax["name"],
                rate=Decimal(tax["rate"]),
                amount_minor=tax["amount_minor"],
                number=numbers.get(tax["name"]),
            )
            for tax in sheet["taxes"]
        ),
        subtotal_minor=sheet["subtotal_minor"],
        total_minor=sheet["total_minor"],
        paid_minor=sheet["paid_minor"],
        taken_off_minor=sheet["taken_off_minor"],
        owed_back_minor=sheet["owed_back_minor"],
        deposits=tuple(
            Deposit(number=each["number"], amount_minor=each["amount_minor"]) for each in sheet.get("deposits", ())
        ),
        note=words.say(spoken, _REQUEST) if sheet.get("kind", Kind.FINAL) in REQUESTS else None,
        balance_minor=sheet["balance_minor"],
        terms=terms(spoken, sheet["payment_days"]),
        site_address=address_lines(buyer["site_address"]),
        po_number=sheet["po_number"],
        pay_url=sheet["pay_url"],
        cheque_to=seller["name"],
        **_transfer_facts(sheet, spoken),
    )


def _transfer_facts(sheet: Mapping[str, Any], spoken: str) -> dict[str, Any]:
    """Return what the printed invoice says about paying by transfer."""
    asked = sheet["transfer"]
    if asked is None:
        return {}
    rows = transfer_rows(asked, spoken)
    if asked["code_kind"] == "swiss":
        buyer = sheet["buyer"]
        bill = SwissBill(
            code=asked["code"],
            account=iban.format(asked["iban"]),
            creditor=(asked["holder"], *address_lines(sheet["seller"]["address"])),
            debtor=(buyer["name"], *address_lines(buyer["address"])),
            reference=shown_reference(asked["reference"]),
            currency=asked["currency"],
            amount=f"{money.major(asked['amount_minor'], asked['currency']):,.2f}".replace(",", " "),
        )
        return {"transfer_to": rows, "swiss_bill": bill}
    return {"transfer_to": rows, "transfer_code": asked["code"]}


def transfer_rows(asked: Mapping[str, Any], spoken: str) -> tuple[tuple[str, str], ...]:
    """Return (label, value) of the details a transfer needs, in the reader's language."""
    rows = (
        (words.msgid("Account holder"), asked["holder"]),
        ("IBAN", asked["iban"] and iban.format(asked["iban"])),
        ("BIC", asked["bic"]),
        (words.msgid("Bank"), asked["bank_name"]),
        (words.msgid("Bank code"), asked["routing"]),
        (words.msgid("Account"), asked["account_number"]),
        (words.msgid("Reference"), shown_reference(asked["reference"])),
    )
    return tuple((words.say(spoken, label), value) for label, value in rows if value)


def transfer_svg(asked: Mapping[str, Any], spoken: str) -> str | None:
    """Return the QR code that a banking app reads, or None where the account allows none."""
    if asked["code"] is None:
        return None
    title = words.say(spoken, "QR code of the transfer")
    if asked["code_kind"] == "swiss":
        return qr.swiss_svg(asked["code"], title=title)
    return qr.svg(asked["code"], title=title)


def shown_reference(reference: str) -> str:
    """Return a reference in groups, as people copy it: RF24 F000 042."""
    if iso11649.is_valid(reference):
        return iso11649.format(reference)
    return esr.format(reference) if len(reference) == 27 and reference.isdigit() else reference


def terms(spoken: str, payment_days: int) -> str:
    """Return the payment terms in a sentence."""
    if payment_days == 0:
        return words.say(spoken, "Payable on receipt.")
    return words.plural(spoken, "Payable within %(count)s day.", "Payable within %(count)s days.", payment_days)
