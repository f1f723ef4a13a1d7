"""Invoices decided: their states, their numbers, when they fall due, and links that a stolen database cannot open."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import date, timedelta
from enum import StrEnum


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
