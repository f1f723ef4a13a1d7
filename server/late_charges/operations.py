"""Post a charge for paying late, or let it go: explicit acts, each once."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from server.contacts import operations as contacts
from server.contacts.rules import Kind as LogKind
from server.core import ids, words
from server.core.errors import Conflict, Unacceptable
from server.core.words import msgid as _
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices import rules as invoice_rules
from server.invoices.models import Invoice
from server.invoices.rules import Status as InvoiceStatus
from server.late_charges import queries, rules
from server.late_charges.models import LateCharge
from server.late_charges.queries import Basis
from server.late_charges.rules import Status
from server.ledger import operations as ledger
from server.ledger.operations import Move
from server.ledger.rules import Kind
from server.payments import queries as payments
from server.payments.operations import PaymentInFlight


class LateChargeExists(Conflict):
    """There already is another late charge with this id."""

    code = "late_charge_exists"


class NothingToCharge(Unacceptable):
    """Nothing may be charged now for paying this invoice late."""

    code = "nothing_to_charge"


class LateChargeOver(Conflict):
    """This late charge is paid, or was let go before."""

    code = "late_charge_over"


def post(
    session: Session, *, charge_id: str, invoice_id: str, until_on: date | None = None, by: str, now: datetime
) -> LateCharge:
    """Charge what paying an invoice late costs so far: an invoice of its own, in the books, told to the customer.

    The same id again is the same charge. Raises NoSuchInvoice, LateChargeExists, NothingToCharge.
    """
    (principal,) = invoices.lock_invoices(session, [invoice_id])
    charge, found = _decide(session, charge_id, principal, Status.POSTED, until=until_on, by=by, now=now)
    if found is None:
        return charge
    issued = invoice_operations.charge_late(
        session,
        principal=principal,
        invoice_id=ids.derived("inv", "late_charge", charge_id),
        lines=_lines(principal, found),
        now=now,
    )
    charge.charge_invoice_id = issued.id
    _keep(session, charge, principal, now=now)
    return charge


def forgo(
    session: Session, *, charge_id: str, invoice_id: str, status: Status, reason: str, by: str, now: datetime
) -> LateCharge:
    """Let go, before it is charged, what paying an invoice late costs so far; it is never charged later.

    The same id again is the same decision. Raises NoSuchInvoice, LateChargeExists, NothingToCharge.
    """
    (principal,) = invoices.lock_invoices(session, [invoice_id])
    charge, found = _decide(session, charge_id, principal, status, until=None, by=by, now=now)
    if found is not None:
        charge.reason, charge.let_go_by, charge.let_go_at = reason, by, now
        _keep(session, charge, principal, now=now)
    return charge


def let_go(session: Session, *, charge_id: str, status: Status, reason: str, by: str, now: datetime) -> LateCharge:
    """Let go what was charged and is not paid: it is owed no more. What was paid of it stays paid.

    The same again changes nothing. Raises NoSuchLateCharge, LateChargeOver, PaymentInFlight.
    """
    charge = queries.get_charge(session, charge_id)
    if charge.charge_invoice_id is None:
        if charge.status is not status:
            raise LateChargeOver
        return charge
    (owed,) = invoices.lock_invoices(session, [charge.charge_invoice_id])
    charge = queries.get_charge(session, charge_id, lock=True)
    if charge.status is not Status.POSTED:
        if charge.status is not status:
            raise LateChargeOver
        return charge
    balance_minor = invoices.balance_of(session, owed)
    if balance_minor <= 0:
        raise LateChargeOver
    if under_way := payments.list_open(session, owed.id):
        raise PaymentInFlight(payment_ids=[payment.id for payment in under_way])
    ledger.post(
        session,
        entry_id=ids.derived("ent", "late_charge_let_go", charge.id),
        reason=LogKind.LATE_CHARGE_LET_GO,
        about=owed.id,
        currency=owed.currency,
        moves=[Move(balance_minor, debit=(Kind.LATE_CHARGES, ""), credit=(Kind.RECEIVABLE, owed.id))],
        happened_at=now,
        now=now,
    )
    if balance_minor == owed.total_minor:
        owed.status = InvoiceStatus.VOID if status is Status.WAIVED else InvoiceStatus.WRITTEN_OFF
    invoice_operations.settle_status(session, owed)
    charge.status, charge.reason, charge.let_go_by, charge.let_go_at = status, reason, by, now
    _keep(session, charge, owed, now=now)
    return charge


def _decide(
    session: Session, charge_id: str, invoice: Invoice, status: Status, *, until: date | None, by: str, now: datetime
) -> tuple[LateCharge, Basis | None]:
    """Return a new decision on everything that may be charged now on a locked invoice, and what it stands on; or the
    one there is under this id, and nothing."""
    known = session.get(LateCharge, charge_id, populate_existing=True)
    if known is not None:
        same = known.charge_invoice_id is not None if status is Status.POSTED else known.status is status
        if known.invoice_id != invoice.id or not same:
            raise LateChargeExists
        return known, None
    found = queries.basis(session, invoice, until=until, now=now)
    may = found.assessment
    if may.total_minor == 0 or found.ceiling is None:
        raise NothingToCharge(refusal=may.refusal, fee_refusal=may.fee_refusal)
    terms = {
        "percent": str(may.percent) if may.percent is not None else None,
        "cap_percent": str(may.cap_percent) if may.cap_percent is not None else None,
        "day_count": rules.DAY_COUNT,
        "contract_id": found.contract.id if found.contract else None,
        "terms_version": found.contract.terms_version if found.contract else None,
        "by_law": found.statutory.source if found.statutory else None,
        "row": found.ceiling.row,
        "source": found.ceiling.source,
        "debtor": found.debtor,
    }
    charge = LateCharge(
        id=charge_id,
        invoice_id=invoice.id,
        status=status,
        currency=invoice.currency,
        from_on=may.from_on,
        until_on=max(may.until_on, may.from_on),
        interest_minor=may.interest_minor,
        fee_minor=may.fee_minor,
        terms=terms,
        decided_by=by,
        decided_at=now,
    )
    return charge, found


def _keep(session: Session, charge: LateCharge, about: Invoice, *, now: datetime) -> None:
    session.add(charge)
    session.flush()
    contacts.note(
        session,
        kind=LogKind.LATE_CHARGE,
        subject_id=charge.id,
        customer_id=about.customer_id,
        invoice_id=charge.invoice_id,
        by=charge.let_go_by or charge.decided_by,
        facts={
            "status": charge.status.value,
            "interest_minor": charge.interest_minor,
            "fee_minor": charge.fee_minor,
            "currency": charge.currency,
            "until_on": charge.until_on.isoformat(),
            "reason": charge.reason,
        },
        now=now,
    )


def _lines(principal: Invoice, found: Basis) -> list[tuple[str, int]]:
    """Return what the customer reads: the interest with its rate and days, and the fixed fee."""
    may, spoken = found.assessment, invoice_rules.locale(principal.language, principal.seller)
    said = {
        "number": principal.number,
        "rate": "" if may.percent is None else words.percent(may.percent, spoken),
        "from_on": words.date(may.from_on, spoken),
        "until_on": words.date(may.until_on, spoken),
    }
    interest = words.say(
        spoken,
        "Interest on invoice %(number)s at %(rate)s a year, from %(from_on)s to %(until_on)s, on each day's balance"
        " (year of 365 days)",
        **said,
    )
    of_fee = _("Fixed charge for paying invoice %(number)s late, as the contract says")
    if found.statutory is not None:
        of_fee = _("Fixed charge for paying invoice %(number)s late, as the law gives it: %(source)s")
        said["source"] = found.statutory.source
    fee = words.say(spoken, of_fee, **said)
    lines = [(interest, may.interest_minor), (fee, may.fee_minor)]
    return [(text, amount_minor) for text, amount_minor in lines if amount_minor]
