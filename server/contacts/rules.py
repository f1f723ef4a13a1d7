"""How the rows of the log are chained, and which is the first that is wrong.

Each row's hash covers the row and the hash of the row before it (RFC 6962 and its like call this a hash chain): who
changes, removes or slips in a row must change every row after it, and what was written down elsewhere of the last hash
(audits, weekly reports, evidence packs) no longer fits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from server.core.words import msgid as _

BEFORE_THE_FIRST = "0" * 64


class Kind(StrEnum):
    """What happened. What the books are told of keeps the books' own reason."""

    MESSAGE_WRITTEN = "message_written"
    MESSAGE_NO_ADDRESS = "message_no_address"
    MESSAGE_SENT = "message_sent"
    MESSAGE_BOUNCED = "message_bounced"
    MESSAGE_UNKNOWN = "message_unknown"
    MESSAGE_FAILED = "message_failed"
    MESSAGE_WITHDRAWN = "message_withdrawn"
    CONTRACT_SIGNED = "contract_signed"
    INVOICE_ISSUED = "invoice_issued"
    PAYMENT_RECEIVED = "payment_received"
    PAYMENT_REVERSED = "payment_reversed"
    PAYMENT_REFUNDED = "payment_refunded"
    REFUND_RETURNED = "refund_returned"
    CREDIT_APPLIED = "credit_applied"
    CREDIT_WITHDRAWN = "credit_withdrawn"
    CREDIT_PAID_OUT = "credit_paid_out"
    INVOICE_CREDITED = "invoice_credited"
    TRANSFER_CREDITED = "transfer_credited"
    EBILLING_ACCEPTED = "ebilling_accepted"
    DEPOSITS_TAKEN = "deposits_taken"
    CHARGEBACK_LOST = "chargeback_lost"
    CHARGEBACK_WON = "chargeback_won"
    CASE_OPENED = "case_opened"
    CASE_CHANGED = "case_changed"
    CASE_CLOSED = "case_closed"
    STEP_TAKEN = "step_taken"
    STEP_SKIPPED = "step_skipped"
    CALL_CLOSED = "call_closed"
    SURVEY_ANSWERED = "survey_answered"
    OWN_SIDE_CHECKED = "own_side_checked"
    HOLD_PLACED = "hold_placed"
    HOLD_RELEASED = "hold_released"
    PROMISE_MADE = "promise_made"
    PROMISE_KEPT = "promise_kept"
    PROMISE_PARTLY_KEPT = "promise_partly_kept"
    PROMISE_BROKEN = "promise_broken"
    PROMISE_CANCELED = "promise_canceled"
    PLAN_AGREED = "plan_agreed"
    PLAN_ENDED = "plan_ended"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_CLOSED = "dispute_closed"
    LATE_CHARGE = "late_charge"
    LATE_CHARGE_LET_GO = "late_charge_let_go"
    REFERRAL = "referral"
    WRITE_OFF = "write_off"
    WRITE_OFF_ASKED = "write_off_asked"
    WRITE_OFF_AGREED = "write_off_agreed"
    WRITE_OFF_REJECTED = "write_off_rejected"
    WRITE_OFF_REINSTATED = "write_off_reinstated"
    CUSTOMER_CHANGED = "customer_changed"
    LINK_RENEWED = "link_renewed"
    LINK_REVOKED = "link_revoked"
    CLASS_CHANGED = "class_changed"
    TERMS_CHANGED = "terms_changed"
    PLAN_CHANGED = "plan_changed"
    LIMITATION_ACT = "limitation_act"
    WRITE_OFF_TAKEN_UP = "write_off_taken_up"
    LEGAL_INTENT_CONFIRMED = "legal_intent_confirmed"
    LEGAL_INTENT_WITHDRAWN = "legal_intent_withdrawn"
    OVERRIDE_MADE = "override_made"
    OVERRIDE_ENDED = "override_ended"


NAMES: dict[str, str] = {
    Kind.MESSAGE_WRITTEN: _("Message written"),
    Kind.MESSAGE_NO_ADDRESS: _("Message without an address"),
    Kind.MESSAGE_SENT: _("Message sent"),
    Kind.MESSAGE_BOUNCED: _("Message refused by the recipient's mailbox"),
    Kind.MESSAGE_UNKNOWN: _("Message may have been sent"),
    Kind.MESSAGE_FAILED: _("Message could not be sent"),
    Kind.MESSAGE_WITHDRAWN: _("Message withdrawn"),
    Kind.CONTRACT_SIGNED: _("Contract signed"),
    Kind.INVOICE_ISSUED: _("Invoice issued"),
    Kind.PAYMENT_RECEIVED: _("Payment received"),
    Kind.PAYMENT_REVERSED: _("Payment reversed"),
    Kind.PAYMENT_REFUNDED: _("Money given back"),
    Kind.REFUND_RETURNED: _("Refund came back"),
    Kind.CREDIT_APPLIED: _("Paid out of credit"),
    Kind.CREDIT_WITHDRAWN: _("Use of credit withdrawn"),
    Kind.CREDIT_PAID_OUT: _("Credit paid out"),
    Kind.INVOICE_CREDITED: _("Credit note"),
    Kind.TRANSFER_CREDITED: _("Transfer kept as credit"),
    Kind.EBILLING_ACCEPTED: _("Invoices by e-mail accepted"),
    Kind.DEPOSITS_TAKEN: _("Deposits counted"),
    Kind.CHARGEBACK_LOST: _("Chargeback lost"),
    Kind.CHARGEBACK_WON: _("Chargeback won"),
    Kind.CASE_OPENED: _("Chase begun"),
    Kind.CASE_CHANGED: _("Chase changed"),
    Kind.CASE_CLOSED: _("Chase ended"),
    Kind.STEP_TAKEN: _("Step taken"),
    Kind.STEP_SKIPPED: _("Step skipped"),
    Kind.CALL_CLOSED: _("Call closed"),
    Kind.SURVEY_ANSWERED: _("Survey answered"),
    Kind.OWN_SIDE_CHECKED: _("Our own side looked at"),
    Kind.HOLD_PLACED: _("Hold placed"),
    Kind.HOLD_RELEASED: _("Hold released"),
    Kind.PROMISE_MADE: _("Promise made"),
    Kind.PROMISE_KEPT: _("Promise kept"),
    Kind.PROMISE_PARTLY_KEPT: _("Promise partly kept"),
    Kind.PROMISE_BROKEN: _("Promise broken"),
    Kind.PROMISE_CANCELED: _("Promise canceled"),
    Kind.PLAN_AGREED: _("Payment plan agreed"),
    Kind.PLAN_ENDED: _("Payment plan ended"),
    Kind.DISPUTE_OPENED: _("Objection made"),
    Kind.DISPUTE_CLOSED: _("Objection settled"),
    Kind.LATE_CHARGE: _("Late charge"),
    Kind.LATE_CHARGE_LET_GO: _("Late charge let go"),
    Kind.REFERRAL: _("Referral"),
    Kind.WRITE_OFF: _("Write-off"),
    Kind.WRITE_OFF_ASKED: _("Write-off asked for"),
    Kind.WRITE_OFF_AGREED: _("Write-off agreed to"),
    Kind.WRITE_OFF_REJECTED: _("Write-off turned down"),
    Kind.WRITE_OFF_REINSTATED: _("Owed again after a write-off"),
    Kind.CUSTOMER_CHANGED: _("Customer's details changed"),
    Kind.LINK_RENEWED: _("Link to pay renewed"),
    Kind.LINK_REVOKED: _("Link to pay revoked"),
    Kind.CLASS_CHANGED: _("Risk class changed"),
    Kind.TERMS_CHANGED: _("Terms changed"),
    Kind.PLAN_CHANGED: _("Follows another version of the plan"),
    Kind.LIMITATION_ACT: _("Act noted that may begin the limitation again"),
    Kind.WRITE_OFF_TAKEN_UP: _("Write-off taken up again"),
    Kind.LEGAL_INTENT_CONFIRMED: _("Legal steps confirmed"),
    Kind.LEGAL_INTENT_WITHDRAWN: _("Legal steps withdrawn"),
    Kind.OVERRIDE_MADE: _("Exception made"),
    Kind.OVERRIDE_ENDED: _("Exception ended"),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A sealed row. `facts` holds words and whole numbers alone, so that it is written in one way."""

    id: int
    sequence: int
    prev_hash: str
    hash: str
    kind: str
    customer_id: str | None
    invoice_id: str | None
    case_id: str | None
    subject_id: str
    by: str
    facts: Mapping[str, Any]
    happened_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """The first row that does not fit: its place in the chain, what was expected there, what is."""

    sequence: int
    expected: str
    found: str


def canonical(said: Mapping[str, Any]) -> bytes:
    """Return the one way in which a row is written: JSON with sorted names, no idle spaces, moments in UTC to the
    microsecond, as UTF-8. Source: RFC 8785, which for words and whole numbers comes to the same."""
    plain = {name: _moment(value) if isinstance(value, datetime) else value for name, value in said.items()}
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def digest(said: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a row without its own hash, in hex."""
    return hashlib.sha256(canonical({name: value for name, value in said.items() if name != "hash"})).hexdigest()


def first_wrong(rows: Iterable[Row], *, anchors: Mapping[int, str] | None = None) -> Wrong | None:
    """Return the first row that was changed, removed or slipped in; None where the chain holds.

    `rows` come in their order. `anchors` are hashes by sequence that were written down elsewhere: without them, rows
    cut off at the end would not be missed.
    """
    place, before, left = 0, BEFORE_THE_FIRST, dict(anchors or {})
    for row in rows:
        place += 1
        if row.sequence != place:
            return Wrong(sequence=place, expected=f"row {place}", found=f"row {row.sequence}")
        if row.prev_hash != before:
            return Wrong(sequence=place, expected=f"after {before}", found=f"after {row.prev_hash}")
        if (hashed := digest(vars(row))) != row.hash:
            return Wrong(sequence=place, expected=row.hash, found=hashed)
        if left.pop(place, row.hash) != row.hash:
            return Wrong(sequence=place, expected=(anchors or {})[place], found=row.hash)
        before = row.hash
    if left:
        return Wrong(sequence=place + 1, expected=f"rows up to {max(left)}", found="the end of the log")
    return None
