"""Invoices decided: their states, their numbers, when they fall due, and links that a stolen database cannot open."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from server.business.rules import address_lines
from server.core import words
from server.documents.facts import InvoiceFacts, Line, Party, Tax
from server.messages.rules import Sender


class Status(StrEnum):
    """Where an invoice stands; the ledger's balance decides between the first three."""

    ISSUED = "issued"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    VOID = "void"
    WRITTEN_OFF = "written_off"


class Subject(StrEnum):
    """What a pay link opens: one invoice, or everything a customer owes."""

    INVOICE = "invoice"
    CUSTOMER = "customer"


UNPAID = (Status.ISSUED, Status.PARTLY_PAID)


def status_of(*, total_minor: int, balance_minor: int) -> Status:
    """Return the status that follows from what is still owed."""
    if balance_minor <= 0:
        return Status.PAID
    return Status.ISSUED if balance_minor >= total_minor else Status.PARTLY_PAID


def number(prefix: str, sequence: int) -> str:
    """Return the number printed on the invoice, such as F-000042."""
    return f"{prefix}-{sequence:06d}"


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
        balance_minor=sheet["balance_minor"],
        terms=terms(spoken, sheet["payment_days"]),
        site_address=address_lines(buyer["site_address"]),
        po_number=sheet["po_number"],
        pay_url=sheet["pay_url"],
        cheque_to=seller["name"],
    )


def terms(spoken: str, payment_days: int) -> str:
    """Return the payment terms in a sentence."""
    if payment_days == 0:
        return words.say(spoken, "Payable on receipt.")
    return words.plural(spoken, "Payable within %(count)s day.", "Payable within %(count)s days.", payment_days)
