"""What customers and their banks do in the town, each with how often beside the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from server.chargebacks.operations import recording
from server.core.database import transaction
from server.core.errors import Problem
from server.dunning import operations
from server.dunning.models import Case, Dispute, Hold, PaymentPlan, Promise
from server.dunning.rules import (
    DisputeReason,
    DisputeStatus,
    Every,
    HoldKind,
    PlanStatus,
    PromiseStatus,
    RootCause,
    Source,
    Status,
)
from server.gateway.balance import BalanceLine
from server.gateway.disputes import BankDispute
from server.gateway.intents import Charge
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.invoices.rules import UNPAID
from server.payments import operations as payments
from server.payments.models import Payment
from server.payments.rules import Method, Verdict
from server.payments.rules import Status as PaymentStatus
from tests.simulation.chasing.town import Town

Deed = Callable[[Town, Session], str]
DEEDS: dict[Deed, int] = {}
BY_HAND = (Method.CASH, Method.CHEQUE, Method.BANK_TRANSFER)


def deed(weight: int) -> Callable[[Deed], Deed]:
    """Let this happen in the town, `weight` times as often as what weighs 1."""

    def add(do: Deed) -> Deed:
        DEEDS[do] = weight
        return do

    return add


def something(town: Town) -> None:
    """Let somebody do something; what is refused is not done, in any part."""
    do = town.random.choices(list(DEEDS), list(DEEDS.values()))[0]
    try:
        with transaction() as session:
            told = do(town, session)
    except Problem as refused:
        told = f"{do.__name__}: refused, {refused.code}"
    if told:
        town.tell(told)


def any_case(town: Town, session: Session, *statuses: Status) -> Case | None:
    """Return an open case, or None."""
    wanted = select(Case).where(Case.closed_at.is_(None))
    if statuses:
        wanted = wanted.where(Case.status.in_(statuses))
    found = session.scalars(wanted.order_by(Case.customer_id)).all()
    return town.random.choice(found) if found else None


def any_invoice(town: Town, session: Session) -> tuple[Invoice, int] | None:
    """Return one that owes something, locked, and how much."""
    ids = session.scalars(select(Invoice.id).where(Invoice.status.in_(UNPAID)).order_by(Invoice.id)).all()
    if not ids:
        return None
    (invoice,) = invoices.lock_invoices(session, [town.random.choice(ids)])
    return invoice, invoices.balance_of(session, invoice)


def of_invoice(invoice_id: str) -> Select[Payment]:
    """Pick the payments for an invoice."""
    return select(Payment).where(Payment.invoice_id == invoice_id)


def _part(town: Town, minor: int) -> int:
    return town.random.choice((minor, minor, minor, town.random.randint(1, minor)))


@deed(14)
def pay(town: Town, session: Session) -> str:
    """Somebody pays an invoice, all of it or a part."""
    found = any_invoice(town, session)
    if found is None:
        return ""
    invoice, owed_minor = found
    return pay_by(town, session, invoice, _part(town, owed_minor), town.random.choice((*BY_HAND, Method.PAY_LINK)))


def pay_by(town: Town, session: Session, invoice: Invoice, minor: int, method: Method) -> str:
    """Book a payment. One by card has an intent, whose charge a bank may take back."""
    payment = payments.open_payment(
        session,
        payment_id=town.new("pay"),
        invoice=invoice,
        method=method,
        amount_minor=minor,
        reader_id=None,
        reference="x" if method in (Method.CHEQUE, Method.BANK_TRANSFER) else None,
        taken_by=town.staff,
        now=town.now,
    )
    if method is Method.PAY_LINK:
        _by_card(town, session, payment, minor)
    return f"{invoice.customer_id} pays {minor} of {invoice.number} by {method}"


def _by_card(town: Town, session: Session, payment: Payment, minor: int) -> None:
    charge = Charge(
        id=f"ch_{payment.id}",
        status="succeeded",
        kind="card",
        amount_minor=minor,
        brand="visa",
        last4="4242",
        emv={},
        read_method=None,
        wallet=None,
        preferred_locales=(),
        failure_code=None,
        decline_code=None,
        failure_message=None,
    )
    payments.count_intent(
        session,
        payment_id=payment.id,
        intent_id=f"pi_{payment.id}",
        received_minor=minor,
        tip_minor=0,
        charge=charge,
        now=town.now,
    )


@deed(3)
def begin_to_pay(town: Town, session: Session) -> str:
    """Somebody pays on a page, and nobody knows yet what became of it."""
    found = any_invoice(town, session)
    if found is None:
        return ""
    invoice, owed_minor = found
    payment = payments.open_payment(
        session,
        payment_id=town.new("pay"),
        invoice=invoice,
        method=Method.PAY_LINK,
        amount_minor=owed_minor,
        reader_id=None,
        reference=None,
        taken_by="link",
        now=town.now,
    )
    status = town.random.choice((PaymentStatus.PROCESSING, PaymentStatus.WAITING))
    payments.record_verdict(session, payment_id=payment.id, verdict=Verdict(status=status), now=town.now)
    return f"{invoice.customer_id} begins to pay {invoice.number}: {status}"


@deed(4)
def end_paying(town: Town, session: Session) -> str:
    """What was begun comes through, or fails."""
    going = select(Payment).where(Payment.status.in_((PaymentStatus.PROCESSING, PaymentStatus.WAITING)))
    found = session.scalars(going.order_by(Payment.id)).all()
    if not found:
        return ""
    payment = town.random.choice(found)
    if town.random.random() < 0.6:
        _by_card(town, session, payment, payment.amount_minor)
        return f"{payment.id} comes through"
    payments.record_verdict(
        session, payment_id=payment.id, verdict=Verdict(status=PaymentStatus.FAILED, failure_code="x"), now=town.now
    )
    return f"{payment.id} fails"


@deed(3)
def bounce(town: Town, session: Session) -> str:
    """What was recorded by hand never came."""
    by_hand = select(Payment).where(
        Payment.method.in_(BY_HAND), Payment.status == PaymentStatus.SUCCEEDED, Payment.reversed_at.is_(None)
    )
    found = session.scalars(by_hand.order_by(Payment.created_at.desc(), Payment.id).limit(20)).all()
    if not found:
        return ""
    payment_id = town.random.choice(found).id
    payments.reverse_payment(
        session, payment_id=payment_id, reversal_id=town.new("rev"), reason="NSF", reversed_by=town.staff, now=town.now
    )
    return f"{payment_id} bounces"


@deed(2)
def take_back(town: Town, session: Session) -> str:
    """A bank takes a card payment back for good."""
    by_card = select(Payment).where(Payment.method == Method.PAY_LINK, Payment.status == PaymentStatus.SUCCEEDED)
    found = session.scalars(by_card.order_by(Payment.created_at.desc(), Payment.id).limit(20)).all()
    if not found:
        return ""
    payment = town.random.choice(found)
    dispute_id = f"dp_{payment.id}"
    line = BalanceLine(
        id=f"txn_{dispute_id}",
        type="adjustment",
        amount_minor=-payment.amount_minor,
        fee_minor=1500,
        currency=payment.currency,
        source_id=dispute_id,
        happened_at=town.now,
    )
    seen = BankDispute(
        id=dispute_id,
        status="lost",
        reason="fraudulent",
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        intent_id=payment.stripe_intent_id or "",
        evidence_due_at=None,
        submission_count=0,
        by_card=True,
        lines=(line,),
        created_at=town.now,
    )
    recording.record(session, payment_id=payment.id, seen=seen, now=town.now)
    return f"the bank takes {payment.id} back"


@deed(2)
def credit(town: Town, session: Session) -> str:
    """The desk takes something off an invoice."""
    found = any_invoice(town, session)
    if found is None:
        return ""
    invoice, owed_minor = found
    minor, note_id = _part(town, owed_minor), town.new("crn")
    invoice_operations.credit(
        session, invoice, credit_note_id=note_id, amount_minor=minor, reason="Geste", now=town.now
    )
    return f"{minor} is taken off {invoice.number}"


@deed(5)
def give_word(town: Town, session: Session) -> str:
    """A customer promises to pay."""
    case = any_case(town, session)
    if case is None:
        return ""
    source = town.random.choice((Source.OFFICE, Source.CUSTOMER))
    due_on = town.today + timedelta(days=town.random.randint(0, 12))
    operations.promise(
        session,
        case_id=case.id,
        promise_id=town.new("prm"),
        amount_minor=town.random.choice((None, 1000)),
        due_on=due_on,
        source=source,
        made_by=town.staff if source is Source.OFFICE else "customer",
        now=town.now,
    )
    return f"{case.customer_id} promises to pay by {due_on}"


@deed(1)
def take_word_back(town: Town, session: Session) -> str:
    """A promise is cancelled."""
    waiting = session.scalars(
        select(Promise).where(Promise.status == PromiseStatus.PENDING).order_by(Promise.id)
    ).first()
    if waiting is None:
        return ""
    operations.cancel_promise(session, case_id=waiting.case_id, promise_id=waiting.id, now=town.now)
    return f"{waiting.id} is cancelled"


@deed(2)
def pay_in_parts(town: Town, session: Session) -> str:
    """A plan is drawn up; most sign it."""
    case = any_case(town, session)
    if case is None:
        return ""
    plan = operations.draw_up_plan(
        session,
        case_id=case.id,
        plan_id=town.new("ppl"),
        count=3,
        first_on=town.today + timedelta(days=town.random.randint(1, 7)),
        every=Every.WEEK,
        source=Source.OFFICE,
        made_by=town.staff,
        now=town.now,
    )
    if plan.status is PlanStatus.OFFERED and town.random.random() < 0.7:
        operations.sign_plan(
            session,
            plan_id=plan.id,
            document_sha256=plan.document_sha256 or "",
            signer_name="X",
            witness_name=None,
            saved_card_id=None,
            signed_by="customer",
            now=town.now,
        )
    return f"{case.customer_id} pays in parts: {plan.id} {plan.status}"


@deed(1)
def end_parts(town: Town, session: Session) -> str:
    """A plan is cancelled."""
    live = (PlanStatus.OFFERED, PlanStatus.ACTIVE)
    plan = session.scalars(select(PaymentPlan).where(PaymentPlan.status.in_(live)).order_by(PaymentPlan.id)).first()
    if plan is None:
        return ""
    operations.cancel_plan(session, plan_id=plan.id, now=town.now)
    return f"{plan.id} is cancelled"


@deed(4)
def object_to(town: Town, session: Session) -> str:
    """A customer objects to an invoice, or to a part of it."""
    found = any_invoice(town, session)
    if found is None:
        return ""
    invoice, owed_minor = found
    minor = _part(town, owed_minor)
    operations.dispute(
        session,
        invoice_id=invoice.id,
        dispute_id=town.new("dsp"),
        amount_minor=minor,
        reason=DisputeReason.PRICE,
        said="Trop cher",
        source=Source.CUSTOMER,
        opened_by="customer",
        now=town.now,
    )
    return f"{invoice.customer_id} objects to {minor} of {invoice.number}"


@deed(4)
def answer_objection(town: Town, session: Session) -> str:
    """The desk decides an objection."""
    found = session.scalars(select(Dispute).where(Dispute.status == DisputeStatus.OPEN).order_by(Dispute.id)).first()
    if found is None:
        return ""
    status = town.random.choice((DisputeStatus.UPHELD, DisputeStatus.REJECTED, DisputeStatus.WITHDRAWN))
    cause = None if status is DisputeStatus.WITHDRAWN else RootCause.QUOTE
    operations.decide_dispute(
        session, dispute_id=found.id, status=status, root_cause=cause, answer="Ok", decided_by=town.staff, now=town.now
    )
    return f"{found.id} is {status}"


@deed(3)
def hold(town: Town, session: Session) -> str:
    """Somebody lets a case rest."""
    case = any_case(town, session)
    if case is None:
        return ""
    until_on = town.random.choice((None, town.today + timedelta(days=town.random.randint(1, 10))))
    kind = town.random.choice(list(HoldKind))
    operations.place_hold(
        session,
        case_id=case.id,
        hold_id=town.new("hld"),
        kind=kind,
        reason="Attend",
        until_on=until_on,
        owner=town.staff,
        now=town.now,
    )
    return f"{case.customer_id} rests until {until_on}"


@deed(3)
def let_go_on(town: Town, session: Session) -> str:
    """Somebody ends a hold."""
    found = session.scalars(select(Hold).where(Hold.released_at.is_(None)).order_by(Hold.id)).first()
    if found is None:
        return ""
    operations.release_hold(session, case_id=found.case_id, hold_id=found.id, released_by=town.staff, now=town.now)
    return f"{found.id} is released"
