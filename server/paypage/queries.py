"""What a pay link opens: one invoice, or everything a customer owes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.business import queries as business
from server.business.models import Business
from server.contracts import queries as contracts
from server.core import clock
from server.customers import queries as customers
from server.documents.facts import ContractFacts
from server.dunning import queries as dunning
from server.dunning.models import Dispute, PaymentPlan, Promise
from server.dunning.rules import LIVE, QUIET, DisputeStatus, PromiseStatus
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.invoices.queries import NoSuchInvoice
from server.invoices.rules import Subject
from server.jobs.models import Job
from server.ledger import queries as ledger
from server.payments import queries as payments
from server.payments.models import Payment, SavedCard
from server.payments.rules import BY_RULE, GIVEN_BACK, OPEN, Method, RefundStatus, Status, refund_shown_on
from server.paypage import rules
from server.paypage.rules import State
from server.receipts import queries as receipts
from server.receipts import rules as receipt_rules
from server.receipts.rules import Facts, Kind


@dataclass(frozen=True, kw_only=True)
class Beyond:
    """What a payment brought beyond what was owed, in its currency. It goes back to the card, whose statement shows it
    by `shown_on`, and went on `sent_on`, None before; or it is the customer's credit, without either day."""

    amount_minor: int
    sent_on: date | None = None
    shown_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Bill:
    """An invoice as its customer sees it. `invoice` is a sheet of invoices.queries."""

    invoice: dict[str, Any]
    title: str
    state: State
    attempts: list[Payment]
    receipts: list[tuple[str, Facts]]
    """(address of its page, what it says) of each receipt of what was paid or went back."""
    beyond: list[Beyond]

    @property
    def held_until(self) -> datetime | None:
        """Until when a card holds the amount, where one does."""
        moments = (attempt.capture_before for attempt in self.attempts if attempt.status in OPEN)
        return next((moment for moment in moments if moment), None)

    @property
    def expected_on(self) -> date | None:
        """The day by which the bank answers a debit under way, or None."""
        days = (attempt.expected_on for attempt in self.attempts if attempt.status in OPEN)
        return next((day for day in days if day), None)


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What a link opened, of one customer: everything they owe (`is_whole`) or one invoice. `credit` is theirs by
    currency, for their own link alone. `attempt` counts the payments tried: a form sent twice names the same one."""

    business: Business
    debtor_id: str
    is_whole: bool
    language: str
    bills: list[Bill]
    attempt: int
    saved: list[SavedCard]
    credit: dict[str, int]
    customer_id: str | None
    """Whose own link it is; None for an invoice's."""
    is_asked: bool
    """Whether the questions of a survey wait for their answers."""
    has_email: bool
    usual_method: Method | None

    @property
    def ebilling_minor(self) -> int:
        """What the customer gets for an e-mail address, in the business's currency; 0 where none is asked for."""
        return 0 if self.has_email else self.business.ebilling_credit_minor

    @property
    def to_pay(self) -> list[Bill]:
        """Those that may be paid now, the earliest due first."""
        return [bill for bill in self.bills if bill.state is State.TO_PAY]

    @property
    def is_waiting(self) -> bool:
        """Whether something is under way that will end by itself."""
        return any(bill.state in rules.WAITING for bill in self.bills)

    def bill(self, invoice_id: str | None) -> Bill:
        """Return the named invoice of this link, or the first to pay, or the first. Raises NoSuchInvoice."""
        named = [bill for bill in self.bills if invoice_id in (None, bill.invoice["id"])]
        found = [bill for bill in named if bill.state is State.TO_PAY] or named
        if not found:
            raise NoSuchInvoice
        return found[0]

    def chosen(self, invoice_ids: Collection[str]) -> list[Bill]:
        """Return the named invoices of this link; where none is named, the only one to pay. Raises NoSuchInvoice."""
        if not invoice_ids:
            return [self.bill(None)] if len(self.to_pay) <= 1 else []
        found = [bill for bill in self.bills if bill.invoice["id"] in invoice_ids]
        if len(found) < len(set(invoice_ids)):
            raise NoSuchInvoice
        return found


def open_link(session: Session, token: str, *, is_back: bool = False) -> Opened:
    """Return what a token opens; `is_back` is whether the customer just came back from paying. Raises LinkDead."""
    link = invoices.get_link(session, token)
    customer_id = link.subject_id if link.subject is Subject.CUSTOMER else None
    if link.subject is Subject.INVOICE:
        credit = {}
        found = [invoices.get_invoice(session, link.subject_id)]
        debtor, language = customers.get_customer(session, found[0].customer_id), found[0].language
    else:
        credit = ledger.credit_of(session, [link.subject_id]).get(link.subject_id, {})
        found = invoices.list_unpaid(session, customer_id=link.subject_id)
        debtor = customers.get_customer(session, link.subject_id)
        language = debtor.language
    attempts = _attempts(session, found)
    slips = _receipts(session, attempts)
    beyond = _beyond(session, attempts, customer_id=debtor.id)
    done = select(Job.id, Job.title).where(Job.id.in_([invoice.job_id for invoice in found]))
    titles = {row.id: row.title for row in session.execute(done)}
    bills = [
        Bill(
            invoice=sheet,
            title=titles[sheet["job_id"]],
            state=rules.state(
                status=sheet["status"],
                balance_minor=sheet["balance_minor"],
                attempts=attempts.get(sheet["id"], []),
                is_back=is_back,
            ),
            attempts=attempts.get(sheet["id"], []),
            receipts=[slip for one in attempts.get(sheet["id"], []) for slip in slips.get(one.id, [])],
            beyond=[beyond[one.id] for one in attempts.get(sheet["id"], []) if one.id in beyond],
        )
        for sheet in invoices.sheets(session, found)
    ]
    return Opened(
        business=business.get_profile(session),
        is_whole=link.subject is Subject.CUSTOMER,
        language=language,
        bills=bills,
        attempt=sum(len(bill.attempts) for bill in bills),
        saved=payments.list_saved_cards(session, {invoice.customer_id for invoice in found}),
        credit={currency: minor for currency, minor in credit.items() if minor > 0},
        customer_id=customer_id,
        is_asked=customer_id is not None and dunning.find_survey(session, customer_id) is not None,
        debtor_id=debtor.id,
        has_email=debtor.email is not None,
        usual_method=payments.usual_method(session, debtor.id),
    )


def _attempts(session: Session, found: list[Invoice]) -> dict[str, list[Payment]]:
    by_invoice: dict[str, list[Payment]] = {}
    for payment in payments.list_for_invoices(session, [invoice.id for invoice in found]):
        for invoice_id in {payment.invoice_id, *payment.parts}:
            by_invoice.setdefault(invoice_id, []).append(payment)
    return by_invoice


def _receipts(session: Session, attempts: dict[str, list[Payment]]) -> dict[str, list[tuple[str, Facts]]]:
    """Return the receipts of payments and refunds by payment; who was declined at the reader was told there."""
    by_payment: dict[str, list[tuple[str, Facts]]] = {}
    paid = {payment.id for tried in attempts.values() for payment in tried if payment.status is Status.SUCCEEDED}
    for receipt in receipts.list_for_payments(session, sorted(paid)):
        if receipt.kind is not Kind.DECLINED:
            said = (receipts.page_url(receipt), receipt_rules.read(receipt.facts))
            by_payment.setdefault(receipt.payment_id or "", []).append(said)
    return by_payment


def _beyond(session: Session, attempts: dict[str, list[Payment]], *, customer_id: str) -> dict[str, Beyond]:
    """Return what payments brought beyond what was owed, by payment. What was credit and is used up is not told."""
    counted = (payment for tried in attempts.values() for payment in tried if payment.reversed_at is None)
    more = {payment.id: payment for payment in counted if payment.beyond_minor}
    if not more:
        return {}
    zone = business.get_profile(session).time_zone
    found: dict[str, Beyond] = {}
    left = {payment.id: payment.beyond_minor for payment in more.values()}
    for refund in payments.list_refunds(session, sorted(more)):
        if refund.status in GIVEN_BACK:
            left[refund.payment_id] -= refund.amount_minor - refund.tip_minor
        if refund.requested_by in BY_RULE and refund.status not in (RefundStatus.FAILED, RefundStatus.CANCELED):
            day = clock.local_date(refund.settled_at or refund.created_at, zone)
            found[refund.payment_id] = Beyond(
                amount_minor=refund.amount_minor,
                sent_on=day if refund.status in GIVEN_BACK else None,
                shown_on=refund_shown_on(day),
            )
    credit = ledger.credit_of(session, [customer_id]).get(customer_id, {})
    for payment in more.values():
        left_minor = min(left[payment.id], credit.get(payment.currency, 0))
        if payment.id not in found and left_minor > 0:
            found[payment.id] = Beyond(amount_minor=left_minor)
            credit[payment.currency] -= left_minor
    return found


def list_open_pages(session: Session, token: str) -> list[str]:
    """Return the payments of a link whose page at Stripe was opened and may have been used. Raises LinkDead."""
    return [
        payment.id
        for bill in open_link(session, token).bills
        for payment in bill.attempts
        if payment.stripe_session_id is not None and payment.status in OPEN
    ]


@dataclass(frozen=True, kw_only=True)
class Arranged:
    """What stands between us and the customer about their late invoices of a link in one currency, and what they may
    still ask for. `promises` and `plans` count those there were: a form sent twice asks once."""

    case_id: str
    currency: str
    promise: Promise | None
    plan: dict[str, Any] | None
    may_promise: bool
    may_ask: bool
    promise_until: date
    promises: int
    plans: int


def arranged(session: Session, opened: Opened, *, today: date) -> list[Arranged]:
    """Return what is arranged, for each currency in which the customer is chased. Of what concerns other invoices than
    the link's nothing is told: who holds a forwarded link learns of its invoice alone."""
    mine = {bill.invoice["id"] for bill in opened.bills}
    found = []
    for currency in sorted({bill.invoice["currency"] for bill in opened.to_pay}):
        case = dunning.find_open_case(session, opened.debtor_id, currency)
        if case is None:
            continue
        promises, plans = dunning.list_promises(session, case.id), dunning.list_payment_plans(session, case.id)
        pending = next((each for each in promises if each.status is PromiseStatus.PENDING), None)
        live = next((each for each in plans if each.status in LIVE), None)
        is_free = pending is None and live is None and case.status not in QUIET
        alone = dunning.count_by_customer(session, case)
        left = alone < opened.business.customer_promises and case.id not in dunning.list_let_down(session, [case])
        found.append(
            Arranged(
                case_id=case.id,
                currency=currency,
                promise=pending if pending and _concerns(opened, pending.owed, mine) else None,
                plan=dunning.plan_sheet(session, live) if live and _concerns(opened, live.owed, mine) else None,
                may_promise=is_free and left and opened.business.customer_promise_days > 0,
                may_ask=is_free,
                promise_until=today + timedelta(days=opened.business.customer_promise_days),
                promises=len(promises),
                plans=len(plans),
            )
        )
    return found


def _concerns(opened: Opened, owed: Collection[str], mine: Collection[str]) -> bool:
    return opened.is_whole or set(owed) <= set(mine)


def open_agreement(session: Session, token: str, plan_id: str) -> tuple[Opened, PaymentPlan]:
    """Return a payment plan that was offered to the customer of a link. Raises LinkDead, NoSuchPaymentPlan."""
    opened = open_link(session, token)
    plan = dunning.get_payment_plan(session, plan_id)
    mine = {bill.invoice["id"] for bill in opened.bills}
    theirs = dunning.get_case(session, plan.case_id).customer_id == opened.debtor_id
    if plan.text is None or not theirs or not _concerns(opened, plan.owed, mine):
        raise dunning.NoSuchPaymentPlan
    return opened, plan


def get_contract_facts(session: Session, bill: Bill) -> ContractFacts:
    """Return what the signed contract of an invoice says. Raises ContractNotFound."""
    return contracts.get_facts(session, contracts.get_contract(session, bill.invoice["contract_id"] or ""))


def resting(opened: Opened, objections: list[tuple[str, Dispute]]) -> dict[str, Dispute]:
    """Return the objections to all that an invoice still owes, by its number: nothing of it is asked for."""
    owed = {bill.invoice["number"]: bill.invoice["balance_minor"] for bill in opened.bills}
    return {number: each for number, each in objections if each.amount_minor >= owed[number]}


def list_objections(session: Session, opened: Opened) -> list[tuple[str, Dispute]]:
    """Return (number of the invoice, objection) of what is looked into, of the invoices of a link."""
    numbers = {bill.invoice["id"]: bill.invoice["number"] for bill in opened.bills}
    return [
        (numbers[each.invoice_id], each)
        for each in dunning.list_disputes(session, list(numbers))
        if each.status is DisputeStatus.OPEN
    ]
