"""Questions about invoices. Balances come from the ledger, links from the key."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, any_, bindparam, func, select
from sqlalchemy.orm import Session

from server.business import queries as business
from server.business.models import BankAccount
from server.contracts.models import Contract
from server.core import config, ids
from server.core.database import among
from server.core.errors import NotFound
from server.invoices import rules
from server.invoices.models import CreditNote, Invoice, PayLink
from server.invoices.rules import UNPAID, Status, Subject
from server.jobs.models import Job
from server.ledger import queries as ledger
from server.ledger.rules import Kind

# The table by another name, with its columns, before there is a second thread: one that threads first look into
# together stays half empty, and what is asked of it is asked of every invoice.
_FINAL = Invoice.__table__.alias()
_FINAL.c.keys()


class NoSuchInvoice(NotFound):
    """There is no such invoice."""

    code = "invoice_not_found"


class LinkDead(NotFound):
    """This payment link is no longer valid. Ask for a new one."""

    code = "link_dead"


def get_invoice(session: Session, invoice_id: str, *, technician_id: str | None = None, lock: bool = False) -> Invoice:
    """Return an invoice; of their own jobs alone where a technician asks. Raises NoSuchInvoice."""
    statement = select(Invoice).where(Invoice.id == invoice_id)
    if technician_id is not None:
        statement = statement.join(Job, Job.id == Invoice.job_id).where(Job.technician_id == technician_id)
    if lock:
        statement = statement.with_for_update(of=Invoice).execution_options(populate_existing=True)
    found = session.scalars(statement).one_or_none()
    if found is None:
        raise NoSuchInvoice
    return found


def find_by_number(session: Session, number: str) -> Invoice | None:
    """Return the invoice with a number, or None."""
    return session.scalars(select(Invoice).where(Invoice.number == number)).one_or_none()


def find_locked(session: Session, invoice_id: str) -> Invoice | None:
    """Return an invoice that money may be counted for, locked as `locking` says, or None."""
    jobs, wanted = _locking_one()
    session.execute(jobs, {"invoice_id": invoice_id})
    return {each.id: each for each in session.scalars(wanted, {"invoice_id": invoice_id})}.get(invoice_id)


@cache
def _locking_one() -> tuple[Select[str], Select[Invoice]]:
    return locking(select(Invoice.id).where(Invoice.id == bindparam("invoice_id")))


def locking(covered: Select[str]) -> tuple[Select[str], Select[Invoice]]:
    """Return the two statements, in their order, that lock the invoices `covered` names for counting money: the jobs of
    deposits among them, so that their work is not invoiced meanwhile; then by id the invoices, with those of the work
    where they are for deposits.

    What is locked is one array, found before. Of a join, PostgreSQL would leave out a row that another transaction
    changed while we waited for it.
    """
    asked = select(Invoice.job_id).where(Invoice.id.in_(covered), Invoice.kind.in_(rules.REQUESTS))
    jobs = select(Job.id).where(Job.id == any_(func.array(asked.scalar_subquery()))).order_by(Job.id)
    finals = select(finals_statement(covered).subquery().c.final_id)
    ids = func.array(covered.union_all(finals).scalar_subquery())
    wanted = select(Invoice).where(Invoice.id == any_(ids)).order_by(Invoice.id).with_for_update()
    return jobs.with_for_update(read=True), wanted.execution_options(populate_existing=True)


def lock_for_money(session: Session, invoice_ids: Collection[str]) -> list[Invoice]:
    """Return these invoices, and those of the work where they are for deposits, locked as `locking` says."""
    jobs, wanted = locking(select(Invoice.id).where(Invoice.id.in_(invoice_ids)))
    session.execute(jobs)
    return list(session.scalars(wanted))


def lock_invoices(session: Session, invoice_ids: Collection[str]) -> list[Invoice]:
    """Return these invoices, locked in the order of their ids, so that no two wait for each other.

    Raises NoSuchInvoice.
    """
    statement = select(Invoice).where(Invoice.id.in_(invoice_ids)).order_by(Invoice.id).with_for_update()
    found = list(session.scalars(statement.execution_options(populate_existing=True)))
    if len(found) < len(set(invoice_ids)):
        raise NoSuchInvoice
    return found


def list_for_jobs(session: Session, job_ids: Sequence[str]) -> list[Invoice]:
    """Return the invoices of these jobs: of the work, not what was asked for before."""
    wanted = select(Invoice).where(Invoice.job_id.in_(job_ids), Invoice.kind == rules.Kind.FINAL)
    return list(session.scalars(wanted)) if job_ids else []


def list_requests(session: Session, job_ids: Sequence[str], *, lock: bool = False) -> list[Invoice]:
    """Return what was asked for before the work of these jobs was done, by stage; locked by id if so asked."""
    wanted = select(Invoice).where(Invoice.job_id.in_(job_ids), Invoice.kind.in_(rules.REQUESTS)).order_by(Invoice.id)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return sorted(session.scalars(wanted), key=lambda each: each.stage or 0) if job_ids else []


def list_finals(session: Session, invoice_ids: Collection[str]) -> dict[str, str]:
    """Return the invoice of the work by the request for a deposit on it, by id, among these and where there is one."""
    return {row[0]: row[1] for row in session.execute(finals_statement(invoice_ids))}


def deposits_beyond(session: Session, invoice_ids: Collection[str]) -> dict[str, int]:
    """Return what was paid on each of these requests for a deposit beyond the work, in minor units, where anything was:
    it became the customer's credit."""
    finals = session.scalars(select(Invoice).where(Invoice.id.in_(set(list_finals(session, invoice_ids).values()))))
    beyond = [rules.beyond_work(final.deposits, total_minor=final.total_minor) for final in finals]
    return {each: minor for found in beyond for each, minor in found.items() if each in invoice_ids}


def finals_statement(invoice_ids: Collection[str] | Select[str]) -> Select[str, str]:
    """Return the statement that pairs them: `id` of a request, `final_id` of the invoice of the work."""
    final = _FINAL.c
    pairs = select(Invoice.id, final.id.label("final_id")).join(_FINAL, final.job_id == Invoice.job_id)
    return pairs.where(Invoice.id.in_(invoice_ids), Invoice.kind.in_(rules.REQUESTS), final.kind == rules.Kind.FINAL)


def stage_sheets(session: Session, contracts: Mapping[str, Contract]) -> dict[str, list[dict[str, Any]]]:
    """Return the stages of these contracts by job id, each with its request where there is one."""
    asked = {
        (sheet["job_id"], sheet["stage"]): sheet for sheet in sheets(session, list_requests(session, list(contracts)))
    }
    return {
        job_id: [
            {**stage, "invoice": asked.get((job_id, stage["position"]))}
            for stage in contract.content.get("schedule", ())
        ]
        for job_id, contract in contracts.items()
    }


def invoices_statement(
    *, status: str | None = None, customer_id: str | None = None, technician_id: str | None = None
) -> Select[Invoice]:
    """Return the statement that lists invoices; `unpaid` is issued or partly paid."""
    statement = select(Invoice)
    if status == "unpaid":
        statement = statement.where(Invoice.status.in_(UNPAID))
    elif status is not None:
        statement = statement.where(Invoice.status == Status(status))
    if customer_id is not None:
        statement = statement.where(Invoice.customer_id == customer_id)
    if technician_id is not None:
        statement = statement.join(Job, Job.id == Invoice.job_id).where(Job.technician_id == technician_id)
    return statement


def list_unpaid(session: Session, *, customer_id: str, currency: str | None = None) -> list[Invoice]:
    """Return what a customer still owes on, the earliest due first."""
    statement = invoices_statement(status="unpaid", customer_id=customer_id).order_by(Invoice.due_on, Invoice.number)
    if currency is not None:
        statement = statement.where(Invoice.currency == currency)
    return list(session.scalars(statement))


def list_credit_notes(session: Session, invoice_id: str) -> list[CreditNote]:
    """Return what was taken off an invoice, the first first."""
    wanted = select(CreditNote).where(CreditNote.invoice_id == invoice_id)
    return list(session.scalars(wanted.order_by(CreditNote.created_at, CreditNote.number)))


def credited_entry_id(credit_note_id: str) -> str:
    """Return the id of the entry of a credit note."""
    return ids.derived("ent", "credited", credit_note_id)


def credited_beyond(session: Session, invoices: Collection[Invoice]) -> dict[str, int]:
    """Return what was paid of what was taken off each of these invoices, all of one customer, in minor units, where
    anything was: it became the customer's credit."""
    notes: dict[str, list[str]] = {}
    for note in session.scalars(select(CreditNote).where(CreditNote.invoice_id.in_([each.id for each in invoices]))):
        notes.setdefault(note.invoice_id, []).append(credited_entry_id(note.id))
    found = {
        each.id: ledger.moved(session, Kind.CUSTOMER_CREDIT, each.customer_id, each.currency, entry_ids=notes[each.id])
        for each in invoices
        if each.id in notes
    }
    return {each: minor for each, minor in found.items() if minor}


def balance_of(session: Session, invoice: Invoice, *, at: datetime | None = None) -> int:
    """Return what an invoice still owes, in minor units: the ledger's word, now or at a past moment."""
    return ledger.balance_of(session, Kind.RECEIVABLE, invoice.id, invoice.currency, at=at)


def sheets(session: Session, found: Sequence[Invoice]) -> list[dict[str, Any]]:
    """Return invoices as the wire has them, with balance, fees and pay link; five queries however many there are."""
    ids = [invoice.id for invoice in found]
    balances = ledger.balances(session, Kind.RECEIVABLE, ids)
    urls = pay_urls(session, Subject.INVOICE, ids)
    fees = ledger.balances(session, Kind.FEES, ids)
    earned = {account for kind in rules.Kind for account in rules.earned_in(kind)}
    asked = ledger.against(session, Kind.RECEIVABLE, ids, others=earned)
    accounts = {account.currency: account for account in business.list_bank_accounts(session)} if found else {}
    return [
        _sheet(
            invoice,
            account=accounts.get(invoice.currency),
            balance_minor=balances.get(invoice.id, {}).get(invoice.currency, 0),
            asked=asked.get((invoice.id, invoice.currency), {}),
            fee_minor=fees.get(invoice.id, {}).get(invoice.currency, 0),
            pay_url=urls.get(invoice.id),
        )
        for invoice in found
    ]


def _sheet(
    invoice: Invoice,
    *,
    account: BankAccount | None,
    balance_minor: int,
    asked: Mapping[Kind, int],
    fee_minor: int,
    pay_url: str | None,
) -> dict[str, Any]:
    asked_minor = sum(asked.get(account, 0) for account in rules.earned_in(invoice.kind))
    columns = {column.key: getattr(invoice, column.key) for column in Invoice.__table__.columns}
    return {
        **columns,
        "issued_at": invoice.created_at,
        # What was credited, let go or withdrawn is owed no more, and nobody paid it.
        "paid_minor": max(asked_minor - balance_minor, 0),
        # A part of a payment was given back, and then its cheque bounced: that part is owed as well.
        "owed_back_minor": max(balance_minor - asked_minor, 0),
        "taken_off_minor": invoice.total_minor - asked_minor,
        "balance_minor": balance_minor,
        "fee_minor": fee_minor,
        "pay_url": pay_url,
        "transfer": account
        and rules.transfer(
            account, number=invoice.number, seller=invoice.seller, buyer=invoice.buyer, balance_minor=balance_minor
        ),
    }


def pay_urls(session: Session, subject: Subject, subject_ids: Sequence[str]) -> dict[str, str]:
    """Return the live pay links of these, by id. A revoked link is left out."""
    if not subject_ids:
        return {}
    links = session.scalars(
        select(PayLink).where(
            PayLink.subject == subject, among(PayLink.subject_id, subject_ids), PayLink.token_hash.is_not(None)
        )
    )
    settings = config.current()
    return {
        link.subject_id: f"{settings.public_url}/p/"
        + rules.link_token(settings.link_key, subject, link.subject_id, link.version)
        for link in links
    }


def is_revoked(session: Session, subject: Subject, subject_id: str) -> bool:
    """Say whether there was a pay link, and none is live since it was revoked."""
    link = session.get(PayLink, (subject, subject_id))
    return link is not None and link.token_hash is None


def find_pay_url(session: Session, *of: Invoice) -> str | None:
    """Return the live pay link of an invoice, or None while it is revoked; of several, the customer's where there is
    one, else the first's."""
    customers = {invoice.customer_id for invoice in of[1:]}
    theirs = pay_urls(session, Subject.CUSTOMER, list(customers))
    return next(iter(theirs.values()), None) or pay_urls(session, Subject.INVOICE, [of[0].id]).get(of[0].id)


def get_link(session: Session, token: str) -> PayLink:
    """Return what a token opens. Raises LinkDead."""
    found = session.scalars(select(PayLink).where(PayLink.token_hash == rules.token_hash(token))).one_or_none()
    if found is None:
        raise LinkDead
    return found
