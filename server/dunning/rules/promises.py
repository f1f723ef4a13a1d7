"""Promises to pay: what may be promised, and what the books make of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

# The desk may agree to a later day than a customer may name alone, yet not to any.
LATEST_PROMISE = timedelta(days=92)


class PromiseStatus(StrEnum):
    """What became of a promise."""

    PENDING = "pending"
    KEPT = "kept"
    PARTLY_KEPT = "partly_kept"
    BROKEN = "broken"
    CANCELLED = "cancelled"


class Source(StrEnum):
    """Who said it: the customer on their page, or somebody at the desk for them."""

    OFFICE = "office"
    CUSTOMER = "customer"


@dataclass(frozen=True, kw_only=True)
class TakenOff:
    """What came off an invoice without being paid: by a credit note, or let go (`is_let_go`)."""

    invoice_id: str
    amount_minor: int
    at: datetime
    is_let_go: bool


def taken_off(
    found: Iterable[TakenOff], *, owed: Mapping[str, int], since: datetime, until: datetime | None
) -> tuple[dict[str, int], int, int]:
    """Return what invoices owed without what came off them since, unpaid; and what of that was credited and let go."""
    left, credited_minor, let_go_minor = dict(owed), 0, 0
    for each in found:
        if each.invoice_id in left and since < each.at and (until is None or each.at <= until):
            left[each.invoice_id] -= each.amount_minor
            credited_minor += 0 if each.is_let_go else each.amount_minor
            let_go_minor += each.amount_minor if each.is_let_go else 0
    return left, credited_minor, let_go_minor


def received(*, owed: Mapping[str, int], balances: Mapping[str, int]) -> int:
    """Return what came towards invoices since they owed `owed`, by id in minor units: by whatever means.

    What was owed again meanwhile, as when an earlier cheque bounced, takes nothing away from the other invoices.
    """
    return sum(max(minor - balances.get(invoice_id, 0), 0) for invoice_id, minor in owed.items())


def decide(
    *, amount_minor: int, received_minor: int, still_owed_minor: int, let_go_minor: int = 0, is_over: bool
) -> PromiseStatus:
    """Return what a promise became. Paid early is kept; before its day is over it is not broken (`is_over`).
    Where nothing of it is left to pay, or all that was left was let go, nothing was promised."""
    if amount_minor <= 0:
        return PromiseStatus.CANCELLED
    is_nothing_owed = still_owed_minor <= 0
    if received_minor >= amount_minor or (is_nothing_owed and not let_go_minor):
        return PromiseStatus.KEPT
    if not is_over and not is_nothing_owed:
        return PromiseStatus.PENDING
    if received_minor > 0:
        return PromiseStatus.PARTLY_KEPT
    return PromiseStatus.BROKEN if is_over else PromiseStatus.CANCELLED


def is_open_to(
    source: Source, *, due_on: date, today: date, customer_days: int, made_by_customer: int, customer_promises: int
) -> bool:
    """Say whether a promise for this day may be made: a customer alone no further ahead and no more often than the
    business allows, so that nobody rests their own case for ever."""
    if source is Source.OFFICE:
        return today <= due_on <= today + LATEST_PROMISE
    return today <= due_on <= today + timedelta(days=customer_days) and made_by_customer < customer_promises


def lets_down(*, broken: int, max_broken: int) -> bool:
    """Say whether words were broken so often that a person decides about a referral.

    Source: ABC-Amega, "Nine Collection Tips", tip 9; `plans.patience` says how often.
    """
    return broken >= max_broken
