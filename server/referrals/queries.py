"""Questions about agencies and what was handed to them."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from server.chargebacks import queries as chargebacks
from server.core import money, words
from server.core.errors import NotFound
from server.customers.models import Customer
from server.dunning import queries as cases
from server.dunning.rules.pursuing import Worth
from server.evidence import queries as evidence
from server.evidence import rules as packs
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.payments import queries as payments
from server.payments.models import Payment
from server.payments.rules import Status as PaymentStatus
from server.referrals import rules
from server.referrals.models import Agency, NoAgency, Referral
from server.referrals.rules import AgencyKind, Collector, Score, Status, Way


class NoSuchAgency(NotFound):
    """There is no such agency."""

    code = "agency_not_found"


class NoSuchReferral(NotFound):
    """There is no such referral."""

    code = "referral_not_found"


def get_agency(session: Session, agency_id: str) -> Agency:
    """Return an agency. Raises NoSuchAgency."""
    found = session.get(Agency, agency_id)
    if found is None:
        raise NoSuchAgency
    return found


def list_agencies(session: Session) -> list[Agency]:
    """Return every agency, by name; those we left at the end."""
    return list(session.scalars(select(Agency).order_by(Agency.closed_at.is_not(None), Agency.name, Agency.id)))


def get_referral(session: Session, referral_id: str, *, lock: bool = False) -> Referral:
    """Return a referral, locked where asked. Raises NoSuchReferral."""
    found = session.get(Referral, referral_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NoSuchReferral
    return found


def find_no_agency(session: Session, customer_id: str) -> NoAgency | None:
    """Return why a customer is never handed to an agency, or None."""
    return session.get(NoAgency, customer_id)


def referrals_statement(*, case_id: str | None = None, agency_id: str | None = None) -> Select[Referral]:
    """Return the statement that lists referrals."""
    wanted = select(Referral)
    if case_id is not None:
        wanted = wanted.where(Referral.case_id == case_id)
    return wanted if agency_id is None else wanted.where(Referral.agency_id == agency_id)


def sheets(session: Session, found: Sequence[Referral]) -> list[dict[str, Any]]:
    """Return referrals as the wire shows them, with what came of each; a handful of queries however many."""
    customers = select(Customer.id, Customer.name).where(Customer.id.in_({each.customer_id for each in found}))
    names = {row.id: row.name for row in session.execute(customers)}
    agencies = {agency.id: agency for agency in list_agencies(session)}
    invoice_ids = {debt.invoice_id for each in found for debt in each.debts}
    numbered = select(Invoice.id, Invoice.number).where(Invoice.id.in_(invoice_ids))
    numbers = {row.id: row.number for row in session.execute(numbered)}
    recovered = _recovered(session, found)
    return [
        {
            **{column.key: getattr(each, column.key) for column in Referral.__table__.columns},
            "customer_name": names[each.customer_id],
            "agency_name": agencies[each.agency_id].name,
            "amount_minor": sum(debt.amount_minor for debt in each.debts),
            "recovered_minor": recovered[each.id],
            "commission_minor": rules.commission_minor(recovered[each.id], commission_bp=each.commission_bp),
            "debts": [
                {
                    "invoice_id": debt.invoice_id,
                    "invoice_number": numbers[debt.invoice_id],
                    "amount_minor": debt.amount_minor,
                }
                for debt in each.debts
            ],
        }
        for each in found
    ]


def _recovered(session: Session, found: Sequence[Referral]) -> dict[str, int]:
    """Return what came in on each while it was referred, less what of that went back since."""
    invoice_ids = {debt.invoice_id for each in found for debt in each.debts}
    received = select(Payment).where(
        Payment.status == PaymentStatus.SUCCEEDED, Payment.reversed_at.is_(None), payments.covering(invoice_ids)
    )
    came = [payment for payment in session.scalars(received) if payment.settled_at is not None]
    to_customers = payments.given_back_minor(session, [payment.id for payment in came])
    to_banks = chargebacks.reopened_minor(session, [payment.id for payment in came])
    by_invoice: dict[str, dict[str, tuple[datetime, dict[str, int]]]] = defaultdict(dict)
    for payment in came:
        back_minor = to_customers.get(payment.id, 0) + to_banks.get(payment.id, 0)
        stayed = rules.stayed_minor(payment.parts, beyond_minor=payment.beyond_minor, back_minor=back_minor)
        for invoice_id in stayed:
            by_invoice[invoice_id][payment.id] = (payment.settled_at or payment.created_at, stayed)
    recovered = {}
    for each in found:
        debts = {debt.invoice_id: debt.amount_minor for debt in each.debts}
        theirs = {name: paid for invoice_id in debts for name, paid in by_invoice[invoice_id].items()}
        recovered[each.id] = rules.recovered_minor(debts, theirs.values(), since=each.created_at, until=each.ended_at)
    return recovered


def scores(session: Session) -> list[Score]:
    """Return what came of what was handed to each agency, by currency."""
    grouped: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for sheet in sheets(session, list(session.scalars(select(Referral)))):
        grouped[sheet["agency_id"], sheet["currency"]].append(sheet)
    return [
        Score(
            agency_id=agency_id,
            currency=currency,
            referrals=len(some),
            still_there=sum(sheet["status"] is Status.REFERRED for sheet in some),
            referred_minor=sum(sheet["amount_minor"] for sheet in some),
            recovered_minor=sum(sheet["recovered_minor"] for sheet in some),
            commission_minor=sum(sheet["commission_minor"] for sheet in some),
            ended=len(over := [sheet for sheet in some if sheet["status"] is not Status.REFERRED]),
            ended_referred_minor=sum(sheet["amount_minor"] for sheet in over),
            ended_recovered_minor=sum(sheet["recovered_minor"] for sheet in over),
        )
        for (agency_id, currency), some in sorted(grouped.items())
    ]


def ways_of(session: Session, case_id: str, *, today: date) -> tuple[Worth, list[Way]]:
    """Return what pursuing an open case is worth on a day, and every way to go on with it, the best first: an agency we
    left, or where the customer is never handed to one, is none. Raises NoSuchCase."""
    case = cases.get_case(session, case_id)
    debtor = (case.customer_id, case.currency)
    owed = [] if case.closed_at else cases.list_open(session, cases.of_debtors([debtor])).get(debtor, [])
    worth = cases.worth_of(session, case, owed, today=today)
    record = {score.agency_id: score for score in scores(session) if score.currency == case.currency}
    collectors = [
        Collector(
            agency_id=agency.id,
            kind=agency.kind,
            name=agency.name,
            commission_bp=agency.commission_bp,
            score=record.get(agency.id),
        )
        for agency in list_eligible(session, case.customer_id)
    ]
    return worth, rules.ways(worth, collectors)


def list_eligible(session: Session, customer_id: str) -> list[Agency]:
    """Return those to whom what a customer owes may go: whom we did not leave, and no agency where it is barred."""
    barred = find_no_agency(session, customer_id) is not None
    there = [agency for agency in list_agencies(session) if agency.closed_at is None]
    return [agency for agency in there if not (barred and agency.kind is AgencyKind.AGENCY)]


def make_pack(session: Session, referral: Referral) -> bytes:
    """Return what is handed over, as one ZIP with hashes: the list of the debts, and for each the pack of evidence."""
    customer = session.get_one(Customer, referral.customer_id)
    files = {}
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(("invoice", "customer", "issued_on", "due_on", "currency", "amount"))
    for debt in referral.debts:
        invoice = invoices.get_invoice(session, debt.invoice_id)
        number, content = evidence.get_pack(session, invoice.id)
        files[f"evidence-{number}.zip"] = content
        amount = money.major(debt.amount_minor, invoice.currency)
        rows.writerow((number, words.cell(customer.name), invoice.issued_on, invoice.due_on, invoice.currency, amount))
    files["debts.csv"] = table.getvalue().encode()
    return packs.pack(files)
