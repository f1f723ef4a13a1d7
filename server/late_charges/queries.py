"""What may be charged for paying an invoice late, and what was decided before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.business import queries as business
from server.contracts import queries as contracts
from server.contracts.models import Contract
from server.core import clock
from server.core.errors import NotFound
from server.customers import queries as customers
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.invoices.rules import CREDITED, Kind
from server.invoices.rules import Status as InvoiceStatus
from server.late_charges import rules
from server.late_charges.models import LateCharge
from server.late_charges.rules import Assessment, Clause, Decided, Refusal
from server.law import queries as law
from server.law import rules as law_rules
from server.law.queries import Somewhere
from server.law.rules import Ceiling, FeeCeiling, Statutory
from server.ledger import queries as ledger
from server.ledger.rules import Kind as LedgerKind
from server.payments.queries.feed import stale_since


class NoSuchLateCharge(NotFound):
    """There is no such late charge."""

    code = "late_charge_not_found"


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What a charge on an invoice is computed from: the signed contract, or the law where it says nothing; where the
    debtor is and of which kind."""

    assessment: Assessment
    contract: Contract | None
    statutory: Statutory | None
    debtor: str
    place: Somewhere
    ceiling: Ceiling | None


def get_charge(session: Session, charge_id: str, *, lock: bool = False) -> LateCharge:
    """Return a late charge, locked where asked. Raises NoSuchLateCharge."""
    found = session.get(LateCharge, charge_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NoSuchLateCharge
    return found


def list_charges(session: Session, invoice_id: str) -> list[LateCharge]:
    """Return what was decided about an invoice, the oldest first."""
    of_invoice = select(LateCharge).where(LateCharge.invoice_id == invoice_id)
    return list(session.scalars(of_invoice.order_by(LateCharge.decided_at, LateCharge.id)))


def basis(session: Session, invoice: Invoice, *, until: date | None = None, now: datetime) -> Basis:
    """Return what may be charged now on an invoice, or up to an earlier day: whole days alone, so up to yesterday."""
    profile = business.get_profile(session)
    today = clock.local_date(now, profile.time_zone)
    last = min(until or today, today - timedelta(days=1))
    customer = customers.get_customer(session, invoice.customer_id)
    place = law.place_of(session, customer, today=today)
    contract = contracts.get_contract(session, invoice.contract_id) if invoice.contract_id else None
    ceiling = law_rules.ceiling(place.place.row, kind=customer.kind, on=today)
    agreed = _agreed(contract)
    by_law = None if agreed else law_rules.statutory(place.place.row, kind=customer.kind, on=today)
    fees: dict[str, Any] = {
        "kind": customer.kind,
        "currency": invoice.currency,
        "debt_minor": invoice.total_minor,
        "on": today,
    }
    fee_ceiling = law_rules.fee_ceiling(place.place.row, **fees)
    clause = agreed
    if by_law is not None:
        clause = _by_law(session, by_law, fee_ceiling, since=invoice.due_on + timedelta(days=1), until=last)
    refusal = _refused(invoice, contract, place, ceiling, clause=clause, has_law=by_law is not None)
    if stale_since(session, now=now) is not None:
        refusal = Refusal.FEED_STALE
    decided = list_charges(session, invoice.id)
    if refusal is not None or clause is None or ceiling is None:
        from_on = max([invoice.due_on, *(each.until_on for each in decided)]) + timedelta(days=1)
        found = Assessment(from_on=from_on, until_on=last, refusal=refusal, fee_refusal=refusal)
    else:
        found = rules.assess(
            clause=clause,
            ceiling=ceiling,
            fee_ceiling=fee_ceiling,
            changes=_changes(session, invoice, time_zone=profile.time_zone),
            due_on=invoice.due_on,
            until=last,
            decided=[
                Decided(interest_minor=each.interest_minor, fee_minor=each.fee_minor, until_on=each.until_on)
                for each in decided
            ],
        )
    who: dict[str, Any] = {"contract": contract, "statutory": by_law, "debtor": customer.kind}
    return Basis(assessment=found, **who, place=place, ceiling=ceiling)


def _agreed(contract: Contract | None) -> Clause | None:
    """Return what was agreed on paying late, or None where nothing was."""
    if contract is None or contract.signature is None:
        return None
    percent, fee_minor = contract.late_charge_percent_per_year, contract.late_fee_minor
    if percent is None and not fee_minor:
        return None
    return Clause(percent_per_year=percent, stated_per=contract.late_charge_stated_per, fee_minor=fee_minor)


def _by_law(
    session: Session, by_law: Statutory, fee_ceiling: FeeCeiling | None, *, since: date, until: date
) -> Clause | None:
    """Return what the law gives without a clause; None where its reference rate is not known for each of these days."""
    reference = law.least_rate(session, by_law.reference, since=since, until=max(since, until))
    if reference is None:
        return None
    return Clause(
        percent_per_year=max(reference + by_law.points, Decimal(0)),
        stated_per="year",
        fee_minor=None if by_law.fee_is_printed or fee_ceiling is None else fee_ceiling.most_minor,
        no_fee=Refusal.FEE_NOT_PRINTED if by_law.fee_is_printed else Refusal.FEE_FORBIDDEN,
    )


def _refused(
    invoice: Invoice,
    contract: Contract | None,
    place: Somewhere,
    ceiling: Ceiling | None,
    *,
    clause: Clause | None,
    has_law: bool,
) -> Refusal | None:
    """Return what stands against any charge at all; `has_law` says that nothing was agreed and the law gives it."""
    if invoice.kind is not Kind.FINAL:
        return Refusal.NOT_FOR_WORK
    if invoice.status in (InvoiceStatus.VOID, InvoiceStatus.WRITTEN_OFF):
        return Refusal.VOID
    if clause is None and not has_law:
        return Refusal.NO_CONTRACT if contract is None or contract.signature is None else Refusal.NO_CLAUSE
    if not place.is_on:
        return Refusal.LAW_OFF
    if ceiling is None:
        return Refusal.LAW_SILENT
    if ceiling.is_forbidden:
        return Refusal.FORBIDDEN
    return Refusal.NO_RATE_KNOWN if clause is None else None


def _changes(session: Session, invoice: Invoice, *, time_zone: str) -> list[tuple[date, int]]:
    """Return by how much each entry changed what the invoice owes, and on which day of the business. What was credited
    should never have been asked for: it counts from the beginning; that it was paid, from the day it was credited."""
    moved = ledger.list_changes(session, LedgerKind.RECEIVABLE, invoice.id, invoice.currency)
    return [
        (invoice.issued_on if reason == CREDITED and minor < 0 else clock.local_date(at, time_zone), minor)
        for at, reason, minor in moved
    ]


def sheet(session: Session, invoice_id: str, *, until: date | None = None, now: datetime) -> dict[str, Any]:
    """Return what may be charged on an invoice and what was decided, as the wire shows it. Raises NoSuchInvoice."""
    invoice = invoices.get_invoice(session, invoice_id)
    found = basis(session, invoice, until=until, now=now)
    may = found.assessment
    return {
        "invoice_id": invoice.id,
        "currency": invoice.currency,
        "interest_minor": may.interest_minor,
        "fee_minor": may.fee_minor,
        "total_minor": may.total_minor,
        "from_on": may.from_on,
        "until_on": may.until_on,
        "percent": may.percent,
        "cap_percent": may.cap_percent,
        "day_count": rules.DAY_COUNT,
        "debtor": found.debtor,
        "law_row": found.place.place.row.key,
        "place": found.place.place.row.name,
        "law_state": found.place.state,
        "source": found.ceiling.source if found.ceiling else None,
        "statutory_source": found.statutory.source if found.statutory else None,
        "reference": found.statutory.reference if found.statutory else None,
        "terms_version": found.contract.terms_version if found.contract and found.contract.signature else None,
        "refusal": may.refusal,
        "fee_refusal": may.fee_refusal,
        "charges": charge_sheets(session, list_charges(session, invoice.id)),
    }


def charge_sheets(session: Session, charges: Sequence[LateCharge]) -> list[dict[str, Any]]:
    """Return charges as the wire shows them, with what is still owed of each."""
    ids = [each.charge_invoice_id for each in charges if each.charge_invoice_id]
    owed = {each["id"]: each for each in invoices.sheets(session, [invoices.get_invoice(session, one) for one in ids])}
    return [
        {
            **{column.key: getattr(each, column.key) for column in LateCharge.__table__.columns},
            "total_minor": each.interest_minor + each.fee_minor,
            "number": owed[each.charge_invoice_id]["number"] if each.charge_invoice_id else None,
            "balance_minor": owed[each.charge_invoice_id]["balance_minor"] if each.charge_invoice_id else 0,
            "is_written_off": each.charge_invoice_id is not None
            and owed[each.charge_invoice_id]["status"] == InvoiceStatus.WRITTEN_OFF,
        }
        for each in charges
    ]
