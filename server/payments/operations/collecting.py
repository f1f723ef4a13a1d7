"""Write down what was asked for, what Stripe answered, and the money that came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from server.access import queries as access
from server.core import ids, queue
from server.core.errors import Conflict, Forbidden, Unacceptable
from server.gateway.intents import Charge
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices import rules as invoice_rules
from server.invoices.models import Invoice
from server.ledger import operations as ledger
from server.ledger import queries as books
from server.ledger.operations import Move
from server.ledger.rules import Kind
from server.payments import queries, rules
from server.payments.models import Payment
from server.payments.operations import beyond, receipting
from server.payments.operations.following import follow, put_shares
from server.payments.operations.saved_cards import save_card
from server.payments.operations.tips import take_tip
from server.payments.rules import BY_CARD, OPEN, Method, Status, Verdict

LANDS_IN = {
    Method.CARD_READER: Kind.STRIPE,
    Method.MOBILE_READER: Kind.STRIPE,
    Method.PAY_LINK: Kind.STRIPE,
    Method.CASH: Kind.CASH,
    Method.CHEQUE: Kind.CHEQUES,
    Method.BANK_TRANSFER: Kind.BANK,
    Method.CARD_ON_FILE: Kind.STRIPE,
}


class PaymentExists(Conflict):
    """There is another payment under this id."""

    code = "payment_exists"


class InvoiceSettled(Conflict):
    """Nothing is owed on this invoice any more."""

    code = "invoice_settled"


class AmountTooHigh(Unacceptable):
    """The amount is more than the invoice still owes."""

    code = "amount_too_high"


class NothingToCollect(Unacceptable):
    """The amount is nothing: there is nothing to collect."""

    code = "nothing_to_collect"


class InvoicesDiffer(Unacceptable):
    """These invoices are not of one customer and one currency."""

    code = "invoices_differ"


class PaymentInFlight(Conflict):
    """Another payment for this money is under way. Wait for it, or cancel it first."""

    code = "payment_in_flight"


class PaymentOutcomeUnknown(Conflict):
    """We do not know yet whether an earlier payment went through. Do not charge again: it is being checked and will
    resolve by itself."""

    code = "payment_outcome_unknown"


class OfficeDecides(Forbidden):
    """A bank debit for this money is under way. Only the office may take it another way meanwhile."""

    code = "office_decides"


class CannotCancel(Conflict):
    """This payment can no longer be canceled."""

    code = "cannot_cancel"


def open_payment(
    session: Session,
    *,
    payment_id: str,
    invoice: Invoice,
    others: Sequence[Invoice] = (),
    shares: Mapping[str, int] | None = None,
    method: Method,
    amount_minor: int,
    reader_id: str | None,
    reference: str | None,
    beside_debit: bool = False,
    keep_beyond: bool = False,
    capture_later: bool = False,
    saved_card_id: str | None = None,
    taken_by: str,
    now: datetime,
) -> Payment:
    """Write down that an amount is to be collected for an invoice, or for several; the caller holds their locks.

    Among several it goes to the oldest first, unless `shares` (minor units by invoice id) say otherwise; with
    `keep_beyond` what is more than they owe is the customer's credit. The same id again is the same payment. Raises
    PaymentExists, NothingToCollect, InvoicesDiffer, InvoiceSettled, AmountTooHigh, PaymentInFlight,
    PaymentOutcomeUnknown: law 5, no second attempt on the same money while one is open.
    """
    covered = sorted((invoice, *others), key=lambda each: (each.due_on, each.number))
    known = queries.find_payment(session, payment_id)
    if known is not None:
        if not _is_same(session, known, (method, amount_minor, reader_id, reference, saved_card_id), covered, shares):
            raise PaymentExists
        return known
    parts_of = in_hand_parts if keep_beyond else free_parts
    parts = parts_of(
        session, covered, shares=shares, method=method, amount_minor=amount_minor, beside_debit=beside_debit
    )
    at_reader = method is Method.CARD_READER
    spare = queries.find_spare_intent(session, list(parts), capture_later=capture_later) if at_reader else None
    payment = Payment(
        id=payment_id,
        invoice_id=next(iter(parts)),
        method=method,
        status=Status.CREATED,
        amount_minor=amount_minor,
        currency=invoice.currency,
        reader_id=reader_id,
        reference=reference,
        saved_card_id=saved_card_id,
        taken_by=taken_by,
        capture_later=capture_later,
        held_by=_holder(session, method, taken_by),
        stripe_intent_id=spare,
        next_check_at=now + rules.LEFT_BEHIND_AFTER,
        created_at=now,
    )
    add_divided(session, payment, parts)
    if method not in BY_CARD:
        lead = queries.list_covered(session, payment)[0]
        record_success(session, payment=payment, invoice=lead, received_minor=amount_minor, charge=None, now=now)
    return payment


def add_divided(session: Session, payment: Payment, parts: Mapping[str, int]) -> None:
    """Add a payment, and what of it is for which invoice (minor units by id): for a single one its own row says it."""
    payment.shared = None
    session.add(payment)
    session.flush()
    if len(parts) > 1:
        put_shares(session, payment, parts)


def _is_same(
    session: Session,
    known: Payment,
    asked: tuple[Any, ...],
    covered: Sequence[Invoice],
    shares: Mapping[str, int] | None,
) -> bool:
    was = (known.method, known.amount_minor, known.reader_id, known.reference, known.saved_card_id)
    finals = invoices.list_finals(session, [each.id for each in covered])
    among = known.parts.keys() <= {each.id for each in covered} | set(finals.values())
    divided = shares is None or known.parts in (shares, rules.follow(shares, finals))
    return asked == was and among and divided


def _holder(session: Session, method: Method, taken_by: str) -> str:
    """Return whose float the money joins: the technician's whose phone took it, or "" for the office."""
    by_hand = method in (Method.CASH, Method.CHEQUE)
    return (access.find_technician_id(session, taken_by) or "") if by_hand else ""


def free_parts(
    session: Session,
    covered: Sequence[Invoice],
    *,
    shares: Mapping[str, int] | None = None,
    method: Method,
    amount_minor: int,
    beside_debit: bool = False,
) -> dict[str, int]:
    """Return what of an amount is for which invoice, the oldest first, where each owes it and nobody collects it.

    Raises NothingToCollect, InvoicesDiffer, InvoiceSettled, AmountTooHigh, PaymentInFlight, PaymentOutcomeUnknown.
    """
    if amount_minor < 1:
        raise NothingToCollect
    if len({(each.customer_id, each.currency) for each in covered}) > 1:
        raise InvoicesDiffer
    ids = [each.id for each in covered]
    books_say = books.balances(session, Kind.RECEIVABLE, ids)
    balances = {each.id: books_say.get(each.id, {}).get(each.currency, 0) for each in covered}
    settled = [each.id for each in covered if balances[each.id] <= 0 or each.status not in invoice_rules.UNPAID]
    if settled:
        raise InvoiceSettled(invoice_ids=settled)
    owed_minor = sum(balances.values())
    if amount_minor > owed_minor or any(minor > balances[each] for each, minor in (shares or {}).items()):
        raise AmountTooHigh(balance_minor=owed_minor, currency=covered[0].currency)
    under_way = queries.list_open(session, *ids)
    if beside_debit:
        under_way = [payment for payment in under_way if not rules.is_debit(payment.method, payment.status)]
    free = {
        each: rules.free_to_collect(balances[each], [payment.parts.get(each, 0) for payment in under_way])
        for each in ids
    }
    wanted = rules.allocate(amount_minor, free if shares is None else {each: shares[each] for each in ids})
    second_card = method in BY_CARD and bool(under_way)
    if second_card or sum(wanted.values()) < amount_minor or any(wanted[each] > free[each] for each in wanted):
        open_ids = [payment.id for payment in under_way]
        if any(payment.status is Status.UNKNOWN for payment in under_way):
            raise PaymentOutcomeUnknown(payment_ids=open_ids)
        raise PaymentInFlight(payment_ids=open_ids)
    return wanted


def in_hand_parts(
    session: Session,
    covered: Sequence[Invoice],
    *,
    shares: Mapping[str, int] | None = None,
    method: Method,
    amount_minor: int,
    beside_debit: bool = False,
) -> dict[str, int]:
    """Return what of money in hand is for which invoice, as `free_parts` does; what is more than all of them owe is
    with the first. Raises what `free_parts` raises."""
    if len({(each.customer_id, each.currency) for each in covered}) != 1:
        raise InvoicesDiffer if covered else NothingToCollect
    balances = {each.id: invoices.balance_of(session, each) for each in covered}
    owing = [each for each in covered if balances[each.id] > 0 and each.status in invoice_rules.UNPAID]
    owed_minor = min(sum(balances[each.id] for each in owing), amount_minor)
    parts = {}
    if owing:
        parts = free_parts(
            session, owing, shares=shares, method=method, amount_minor=owed_minor, beside_debit=beside_debit
        )
    first = next(iter(parts), covered[0].id)
    return {**parts, first: parts.get(first, 0) + amount_minor - owed_minor}


def attach_intent(session: Session, *, payment_id: str, intent_id: str) -> Payment:
    """Write down which PaymentIntent collects."""
    payment, _ = queries.get_locked(session, payment_id)
    payment.stripe_intent_id = intent_id
    return payment


def attach_session(session: Session, *, payment_id: str, session_id: str, url: str | None, now: datetime) -> Payment:
    """Write down which Checkout Session collects; it waits for the customer."""
    payment, _ = queries.get_locked(session, payment_id)
    payment.stripe_session_id = session_id
    payment.checkout_url = url
    if payment.status is Status.CREATED:
        _move(session, payment, Verdict(status=Status.WAITING), now=now)
    return payment


def record_verdict(
    session: Session, *, payment_id: str, verdict: Verdict, charge: Charge | None = None, now: datetime
) -> Payment:
    """Write down what became of an attempt, short of success, and when to ask again."""
    payment, _ = queries.get_locked(session, payment_id)
    if charge is not None and (verdict.status is Status.FAILED or verdict.capture_before is not None):
        keep_card(payment, charge)
    # Why it was given up stays as it was learnt, whatever the reader shows later.
    goes_on = verdict.status is payment.status and payment.status in OPEN
    if goes_on or rules.may_become(payment.status, verdict.status):
        _move(session, payment, verdict, now=now)
        if charge is not None and charge.status == "failed" and payment.status is Status.FAILED:
            receipting.tell_declined(session, payment, charge=charge, now=now)
    return payment


def keep_card(payment: Payment, charge: Charge) -> None:
    """Write down which card it was."""
    payment.stripe_charge_id = charge.id
    payment.card_kind, payment.card_brand, payment.card_last4 = charge.kind, charge.brand, charge.last4


def _move(session: Session, payment: Payment, verdict: Verdict, *, now: datetime) -> None:
    same = payment.status is verdict.status
    payment.status, payment.unanswered_since = verdict.status, None
    payment.unknown_since = (payment.unknown_since or now) if verdict.status is Status.UNKNOWN else None
    payment.failure_code = verdict.failure_code
    payment.capture_before = verdict.capture_before or payment.capture_before
    if verdict.status not in OPEN:
        payment.settled_at = payment.settled_at or now
        payment.next_check_at = None
        return
    payment.checks = payment.checks + 1 if same else 0
    payment.next_check_at = now + rules.wait_before_check(payment.checks)
    if not same:
        queue.defer(session, "payments.resolve", at=payment.next_check_at, payment_id=payment.id)


def count_intent(
    session: Session,
    *,
    payment_id: str,
    intent_id: str,
    received_minor: int,
    tip_minor: int,
    charge: Charge | None,
    now: datetime,
) -> Payment:
    """Count the money of a succeeded PaymentIntent, once, whichever attempt and however many messages tell of it.

    It is counted for the attempt that holds the intent now, be it another than the one that was asked about.
    """
    payment, invoice = queries.get_locked(session, payment_id)
    holder = queries.find_holder(session, intent_id) or payment
    holder.stripe_intent_id = intent_id
    if rules.may_become(holder.status, Status.SUCCEEDED):
        kept_minor = take_tip(session, payment=holder, invoice=invoice, tip_minor=tip_minor, of_minor=received_minor)
        record_success(session, payment=holder, invoice=invoice, received_minor=kept_minor, charge=charge, now=now)
    return payment


def record_success(
    session: Session,
    *,
    payment: Payment,
    invoice: Invoice,
    received_minor: int,
    charge: Charge | None,
    happened_at: datetime | None = None,
    now: datetime,
) -> None:
    """Count the money: payment, ledger, invoice and receipt, together or not at all. For a deposit it pays the invoice
    of the work, once there is one. What is more than was owed becomes the customer's credit, or goes back by itself
    (`beyond`). It came at `happened_at`, or now. The caller holds all locks.
    """
    if not rules.may_become(payment.status, Status.SUCCEEDED):
        return
    payment.status = Status.SUCCEEDED
    payment.unknown_since = None
    payment.amount_minor = received_minor
    payment.failure_code = None
    payment.settled_at = happened_at or now
    payment.next_check_at = None
    if charge is not None:
        keep_card(payment, charge)
        save_card(session, payment=payment, charge=charge, now=now)
    follow(session, payment)
    covered = queries.list_covered(session, payment)
    balances = {each.id: invoices.balance_of(session, each) for each in covered}
    went = rules.split(received_minor, parts=payment.parts, balances=balances)
    landed = lands_in(payment)
    ledger.post(
        session,
        entry_id=entry_id(payment),
        reason="payment_received",
        about=payment.invoice_id,
        currency=payment.currency,
        moves=[
            *(Move(minor, debit=landed, credit=(Kind.RECEIVABLE, each)) for each, minor in went.settled_minor.items()),
            Move(went.beyond_minor, debit=landed, credit=(Kind.CUSTOMER_CREDIT, invoice.customer_id)),
            Move(payment.tip_minor, debit=landed, credit=(Kind.TIPS, payment.tip_for)),
        ],
        happened_at=payment.settled_at,
        now=now,
    )
    left_minor = sum(invoice_operations.settle_status(session, each) for each in covered)
    payment.beyond_minor = went.beyond_minor
    goes_back = beyond.give_back_beyond(session, payment, now=now)
    receipting.thank(session, payment, charge=charge, balance_minor=left_minor, beyond_goes_back=goes_back, now=now)


def lands_in(payment: Payment) -> tuple[Kind, str]:
    """Return the account that holds what a payment brought."""
    return (Kind.BANK, "") if payment.banked_at else (LANDS_IN[payment.method], payment.held_by)


def entry_id(payment: Payment) -> str:
    """Return the id of a payment's ledger entry: one for each PaymentIntent, however many attempts share it."""
    return ids.derived("ent", "received", payment.stripe_intent_id or payment.id)


def postpone_check(session: Session, *, payment_id: str, wait: timedelta, now: datetime) -> None:
    """Ask again later: Stripe could not be reached now."""
    payment, _ = queries.get_locked(session, payment_id)
    if payment.status in OPEN:
        payment.checks += 1
        payment.next_check_at = now + wait
        payment.unanswered_since = payment.unanswered_since or now
