"""Give a receipt for what became of money: that which came, was declined, went back, or did not go back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.core.database import last
from server.gateway.intents import Charge
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.messages import operations as messages
from server.payments import queries
from server.payments.models import CreditPayout, Payment, Refund
from server.payments.rules import GIVEN_BACK, Method, Status, shown_method
from server.receipts import operations as receipts
from server.receipts import queries as receipt_queries
from server.receipts import rules
from server.receipts.models import Receipt
from server.receipts.rules import Card, Kind, Outcome, Part


def thank(
    session: Session,
    payment: Payment,
    *,
    charge: Charge | None,
    balance_minor: int,
    beyond_goes_back: bool,
    now: datetime,
) -> None:
    """Give the receipt of money that came, and send it."""
    _write(
        session,
        payment,
        lambda receipt: receipts.announce(session, receipt, key=f"receipt:{payment.id}", now=now),
        kind=Kind.PAYMENT,
        amount_minor=payment.amount_minor,
        tip_minor=payment.tip_minor,
        beyond_minor=payment.beyond_minor,
        beyond_goes_back=beyond_goes_back,
        happened_at=payment.settled_at or now,
        balance_minor=balance_minor,
        card=_card(charge),
        preferred_locales=charge.preferred_locales if charge else (),
        now=now,
    )


def tell_declined(session: Session, payment: Payment, *, charge: Charge, now: datetime) -> None:
    """Give the slip of a card that was declined; it is sent where somebody asks for it."""
    _write(
        session,
        payment,
        kind=Kind.DECLINED,
        amount_minor=payment.amount_minor,
        balance_minor=_balance(session, payment),
        card=_card(charge),
        preferred_locales=charge.preferred_locales,
        now=now,
    )


def tell_of_refund(session: Session, refund: Refund, payment: Payment, *, now: datetime) -> None:
    """Give the receipt of money that went back, and send it; or the slip of money that did not go back, sent to whoever
    was told that it had. They name the card that paid, in the language of the receipt it got then."""
    earlier = receipt_queries.list_for_payments(session, [payment.id])
    paid = next((rules.read(receipt.facts) for receipt in earlier if receipt.kind is Kind.PAYMENT), None)

    def send(receipt: Receipt) -> None:
        if receipt.kind is Kind.REFUND:
            receipts.announce(session, receipt, key=f"refund:{refund.id}", now=now)
        elif _was_told(session, refund, earlier, now=now):
            receipts.announce(session, receipt, key=f"refund_failed:{refund.id}", now=now)

    _write(
        session,
        payment,
        send,
        kind=Kind.REFUND if refund.status in GIVEN_BACK else Kind.REFUND_FAILED,
        refund_id=refund.id,
        amount_minor=refund.amount_minor,
        balance_minor=_balance(session, payment),
        method=refund.by_hand or _method(payment),
        reference=refund.reference or payment.reference,
        card=rules.printed_card(paid.card) if paid and paid.card and not refund.by_hand else None,
        preferred_locales=(paid.language,) if paid else (),
        now=now,
    )


def tell_of_credit_payout(session: Session, payout: CreditPayout, *, now: datetime) -> None:
    """Give the receipt of held credit that was transferred back, and send it."""

    def give() -> None:
        receipt = receipts.write_of_credit(
            session,
            payout_id=payout.id,
            customer_id=payout.customer_id,
            amount_minor=payout.amount_minor,
            currency=payout.currency,
            reference=payout.reference,
            now=now,
        )
        receipts.announce(session, receipt, key=f"credit_payout:{payout.id}", now=now)

    last(session, give)


def _was_told(session: Session, refund: Refund, earlier: Sequence[Receipt], *, now: datetime) -> bool:
    """Say whether the customer heard that money goes back, or is about to; who has not yet, does not any more."""
    given = any(receipt.refund_id == refund.id and receipt.kind is Kind.REFUND for receipt in earlier)
    return given and not messages.withdraw(session, key=f"refund:{refund.id}", now=now)


def _write(
    session: Session,
    payment: Payment,
    send: Callable[[Receipt], None] = lambda _receipt: None,
    *,
    now: datetime,
    **said: Any,
) -> None:
    """Say how things stand now; the receipt takes its number, and is sent, when all else is done."""
    covered = queries.list_covered(session, payment)
    about: dict[str, Any] = {
        "payment_id": payment.id,
        "invoice_number": queries.numbers(session, payment),
        "method": _method(payment),
        "reference": payment.reference,
        "split": _split(session, covered),
        "happened_at": now,
    }
    outcome = Outcome(**{**about, **said})
    last(session, lambda: send(receipts.write(session, outcome=outcome, invoice=covered[0], now=now)))


def _balance(session: Session, payment: Payment) -> int:
    """Return what is owed on a payment's invoices; of deposits, what the invoice of the work owes that took them."""
    owing = {*payment.parts, *invoices.list_finals(session, payment.parts).values()}
    return sum(invoices.balance_of(session, session.get_one(Invoice, each)) for each in owing)


def _method(payment: Payment) -> str:
    return shown_method(payment.method, by_debit=payment.by_debit)


def _card(charge: Charge | None) -> Card | None:
    if charge is None or not charge.last4:
        return None
    return Card(
        brand=charge.brand, last4=charge.last4, read_method=charge.read_method, wallet=charge.wallet, emv=charge.emv
    )


def _split(session: Session, covered: Sequence[Invoice]) -> list[Part]:
    """Return what came for these invoices and what of it went back, so far, in the order in which it did."""
    wanted = {invoice.id for invoice in covered}
    came = {
        payment.id: payment
        for payment in queries.list_for_invoices(session, sorted(wanted))
        if payment.status is Status.SUCCEEDED and payment.reversed_at is None and payment.parts.keys() & wanted
    }
    moved: list[tuple[datetime, str, Part]] = []
    for payment in came.values():
        part = _part(payment, _of_these(payment, wanted))
        moved.append((payment.settled_at or payment.created_at, payment.id, part))
    for refund in queries.list_refunds(session, sorted(came)):
        if refund.status in GIVEN_BACK:
            payment = came[refund.payment_id]
            part = _part(payment, min(refund.amount_minor, _of_these(payment, wanted)), by_hand=refund.by_hand)
            moved.append((refund.released_at or refund.created_at, refund.id, replace(part, is_refund=True)))
    return [part for _, _, part in sorted(moved, key=lambda it: it[:2])]


def _of_these(payment: Payment, wanted: set[str]) -> int:
    """Return what of a payment is for these invoices; all of it where it is for no others."""
    if payment.parts.keys() <= wanted:
        return payment.amount_minor
    return sum(minor for invoice_id, minor in payment.parts.items() if invoice_id in wanted)


def _part(payment: Payment, amount_minor: int, *, by_hand: Method | None = None) -> Part:
    return Part(
        method=by_hand or _method(payment), amount_minor=amount_minor, last4=None if by_hand else payment.card_last4
    )
