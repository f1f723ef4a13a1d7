"""Chargebacks decided: their states, whose the money is, what evidence fits, when to sound the alarm."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from server.core.words import msgid as _


class Status(StrEnum):
    """Where a chargeback stands, in Stripe's words. What begins with `warning_` is an inquiry: no money moved."""

    WARNING_NEEDS_RESPONSE = "warning_needs_response"
    WARNING_UNDER_REVIEW = "warning_under_review"
    WARNING_CLOSED = "warning_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    PREVENTED = "prevented"


ANSWERABLE = (Status.WARNING_NEEDS_RESPONSE, Status.NEEDS_RESPONSE)

CLOSED = (Status.WARNING_CLOSED, Status.WON, Status.LOST, Status.PREVENTED)

# The bank has the money, or kept it: it cannot be given back as well.
AT_THE_BANK = (Status.NEEDS_RESPONSE, Status.UNDER_REVIEW, Status.LOST, Status.PREVENTED)

_KEPT_BY_THE_BANK = (Status.LOST, Status.PREVENTED)

_ORDER = {
    Status.WARNING_NEEDS_RESPONSE: 0,
    Status.WARNING_UNDER_REVIEW: 1,
    Status.NEEDS_RESPONSE: 2,
    Status.UNDER_REVIEW: 3,
    **dict.fromkeys(CLOSED, 4),
}


def may_become(status: Status, wanted: Status) -> bool:
    """Say whether a chargeback may move on. An inquiry may become one; a bank may decide again; what is older than
    what we know changes nothing."""
    return wanted is not status and (_ORDER[wanted] > _ORDER[status] or (status in CLOSED and wanted in CLOSED))


def owed_again(status: Status, withdrawn_minor: int) -> int:
    """Return how much of what the bank took the customer owes again: nothing until the bank has decided."""
    return withdrawn_minor if status in _KEPT_BY_THE_BANK else 0


# Disputes younger than this are looked for where their events were lost: a bank takes months to decide.
LOOKED_FOR = timedelta(days=180)

ALARM_BEFORE = timedelta(days=3)

# By then Stripe has taken an answer that it is given: what takes longer may never reach the bank.
HANDED_IN_WITHIN = timedelta(hours=1)


def alarm_due(
    status: Status, evidence_due_at: datetime | None, *, accepted: bool, submitted_at: datetime | None, now: datetime
) -> bool:
    """Say whether somebody must look now: the time to answer ends within three days, and the bank has no answer, nor
    is one on its way since `submitted_at`."""
    on_its_way = submitted_at is not None and now - submitted_at < HANDED_IN_WITHIN
    if evidence_due_at is None or status not in ANSWERABLE or accepted or on_its_way:
        return False
    return now < evidence_due_at <= now + ALARM_BEFORE


class Slot(StrEnum):
    """What a file of evidence proves, in Stripe's words. In the order in which they are kept where not all fit."""

    CUSTOMER_SIGNATURE = "customer_signature"
    SERVICE_DOCUMENTATION = "service_documentation"
    RECEIPT = "receipt"
    CUSTOMER_COMMUNICATION = "customer_communication"
    DUPLICATE_CHARGE_DOCUMENTATION = "duplicate_charge_documentation"
    UNCATEGORIZED_FILE = "uncategorized_file"


# Of all files, of all text, of one text. Source: Stripe, "Dispute evidence best practices", and its SDK.
FILES_BYTES, TEXTS_CHARACTERS, TEXT_CHARACTERS = 4_500_000, 150_000, 20_000


def files_that_fit(sizes: Mapping[Slot, int]) -> list[Slot]:
    """Return the files that may go to the bank, in order of weight, from their sizes in bytes."""
    kept, used = [], 0
    for slot in Slot:
        if slot in sizes and used + sizes[slot] <= FILES_BYTES:
            kept.append(slot)
            used += sizes[slot]
    return kept


# A network reads few pages: at four photos a sheet these are three.
MOST_PHOTOS = 12
# What a sheet of photos is larger than its photos.
_SHEET_BYTES = 100_000


def photos_that_fit(sizes: Mapping[str, int], *, beside_bytes: int) -> list[str]:
    """Return the photos that may go to the bank beside other files, by id, in the order given; sizes in bytes."""
    kept: list[str] = []
    used = beside_bytes + _SHEET_BYTES
    for photo_id, size in sizes.items():
        if len(kept) < MOST_PHOTOS and used + size <= FILES_BYTES:
            kept.append(photo_id)
            used += size
    return kept


def texts_that_fit(texts: Mapping[str, str | None]) -> dict[str, str]:
    """Return texts as they may go to the bank: empty ones left out, long ones cut, in the order given."""
    kept, left = {}, TEXTS_CHARACTERS
    for name, text in texts.items():
        cut = (text or "").strip()[: min(TEXT_CHARACTERS, left)]
        if cut:
            kept[name] = cut
            left -= len(cut)
    return kept


def with_statement(texts: Mapping[str, str], statement: str) -> dict[str, str]:
    """Return the words of the evidence with what a person of ours says before them."""
    said = "\n\n".join(part for part in (statement.strip(), texts.get("uncategorized_text")) if part)
    return {**texts, "uncategorized_text": said[:TEXT_CHARACTERS]}


_REASONS = {
    "fraudulent": _("The cardholder says that they did not pay."),
    "duplicate": _("The cardholder says that they paid twice."),
    "product_not_received": _("The cardholder says that the work was not done."),
    "product_unacceptable": _("The cardholder says that the work was not as agreed."),
    "credit_not_processed": _("The cardholder says that money due back did not come."),
    "unrecognized": _("The cardholder does not recognise the payment."),
    "subscription_canceled": _("The cardholder says that they had canceled."),
}


def reason_words(reason: str) -> str:
    """Return why a bank takes a payment back, in English."""
    return _REASONS.get(reason, _("The bank gives no reason that we know."))
