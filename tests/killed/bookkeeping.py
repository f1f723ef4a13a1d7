"""Fees, payouts, chargebacks, messages and audits, while the process is killed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from server.audit import flows as audit
from server.chargebacks import flows as chargebacks
from server.chargebacks.rules import LOOKED_FOR
from server.core import clock
from server.core.database import transaction
from server.ledger.rules import Kind
from server.messages import flows as mail
from server.payments import flows, queries
from server.payments.rules import Method
from server.payouts import flows as payouts
from tests.chargebacks import bank
from tests.killed.flows import FEE, Plan, event, ids, kills, now, paid
from tests.messages.conftest import MailServer
from tests.shop import Shop


@kills(flows.learn_fees)
def what_stripe_kept_is_learnt(shop: Shop, _mail: MailServer, number: int) -> Plan:
    return _fees(shop, number, now(payment_id=ids(number)[0]))


@kills(flows.learn_missing_fees, in_soak=True)
def what_stripe_kept_is_looked_for(shop: Shop, _mail: MailServer, number: int) -> Plan:
    return _fees(shop, number, now())


def _fees(shop: Shop, number: int, wanted: dict[str, Any]) -> Plan:
    payment_id, _ = ids(number)
    paid(shop, payment_id)
    shop.pass_time(days=2)

    def finish() -> None:
        flows.learn_fees(payment_id=payment_id, now=clock.now())
        with transaction() as session:
            fee_minor = queries.fees_minor(session, [queries.get_payment(session, payment_id)])[payment_id]
        assert fee_minor == FEE

    return Plan({**wanted, "now": clock.now()}, finish)


@kills(flows.look_for_return)
def a_debit_that_came_back_is_looked_at(shop: Shop, _mail: MailServer, number: int) -> Plan:
    intent_id, finish = _returned(shop, number)
    return Plan(now(intent_id=intent_id), finish)


@kills(flows.look_for_returns, in_soak=True)
def debits_that_came_back_are_looked_for(shop: Shop, _mail: MailServer, number: int) -> Plan:
    _, finish = _returned(shop, number)
    return Plan(now(), finish)


def _returned(shop: Shop, number: int) -> tuple[str, Callable[[], None]]:
    invoice, (payment_id, _) = shop.invoice(), ids(number)
    page = shop.collect(invoice, payment_id, method=Method.PAY_LINK)
    shop.control("POST", f"checkout/{page.stripe_session_id}", {"outcome": "debit"})
    shop.pass_time(days=4)
    shop.ask(payment_id)
    shop.control("POST", f"checkout/{page.stripe_session_id}", {"outcome": "return", "reason": "insufficient_funds"})

    def finish() -> None:
        flows.look_for_returns(now=clock.now())
        assert (shop.payment(payment_id).reversed_by, shop.balance(invoice)) == ("bank", Shop.TOTAL)

    return shop.payment(payment_id).stripe_intent_id or "", finish


@kills(payouts.ask)
def a_payout_is_asked_about(shop: Shop, _mail: MailServer, number: int) -> Plan:
    payout_id, finish = _paid_out(shop, number)
    return Plan(now(payout_id=payout_id), finish)


@kills(payouts.look, in_soak=True)
def payouts_are_looked_for(shop: Shop, _mail: MailServer, number: int) -> Plan:
    _, finish = _paid_out(shop, number)
    return Plan(now(), finish)


@kills(payouts.learn)
def an_event_tells_of_a_payout(shop: Shop, _mail: MailServer, number: int) -> Plan:
    payout_id, finish = _paid_out(shop, number)
    return Plan(now(event_id=event(number, "payout.paid", payout_id)), finish)


def _paid_out(shop: Shop, number: int) -> tuple[str, Callable[[], None]]:
    paid(shop, ids(number)[0])
    shop.pass_time(seconds=5)
    shop.pass_time(days=2)
    payout_id = shop.control("POST", "payouts", {})["id"]
    shop.pass_time(days=1)

    def finish() -> None:
        payouts.ask(payout_id=payout_id, now=clock.now())
        assert (shop.books(Kind.BANK), shop.books(Kind.FEES)) == (number * (Shop.TOTAL - FEE), number * FEE)
        assert shop.books(Kind.STRIPE) == shop.books(Kind.UNEXPLAINED) == 0

    return payout_id, finish


@kills(mail.deliver)
def a_message_is_sent(shop: Shop, server: MailServer, number: int) -> Plan:
    invoice = shop.invoice()
    with transaction() as session:
        message_id = session.execute(
            text("SELECT id FROM messages WHERE key = :key"), {"key": f"invoice:{invoice.id}"}
        ).scalar_one()

    def finish() -> None:
        with transaction() as session:
            status = session.execute(
                text("SELECT status FROM messages WHERE id = :id"), {"id": message_id}
            ).scalar_one()
        arrived = sum(message_id in str(mail["Message-ID"]) for mail in server.received)
        assert arrived == 1 if status == "sent" else arrived <= 1, f"{status}, arrived {arrived} times"

    return Plan(now(message_id=message_id), finish)


@kills(audit.prove)
def an_invoice_is_proven(shop: Shop, _mail: MailServer, number: int) -> Plan:
    payment_id, refund_id = ids(number)
    invoice = paid(shop, payment_id)
    shop.refund(payment_id, refund_id)

    def finish() -> None:
        assert audit.prove(invoice_id=invoice.id, now=clock.now()).agrees

    return Plan(now(invoice_id=invoice.id), finish)


@kills(audit.check)
def the_books_are_audited(shop: Shop, _mail: MailServer, number: int) -> Plan:
    paid(shop, ids(number)[0])
    return Plan(now(), lambda: None)


@kills(chargebacks.ask)
def a_chargeback_is_asked_about(shop: Shop, _mail: MailServer, number: int) -> Plan:
    chargeback_id, finish = _disputed(shop, number)
    return Plan(now(chargeback_id=chargeback_id), finish)


@kills(chargebacks.learn)
def an_event_tells_of_a_chargeback(shop: Shop, _mail: MailServer, number: int) -> Plan:
    chargeback_id, finish = _disputed(shop, number)
    return Plan(now(event_id=event(number, "charge.dispute.created", chargeback_id)), finish)


@kills(chargebacks.look, in_soak=True)
def chargebacks_are_looked_for(shop: Shop, _mail: MailServer, number: int) -> Plan:
    shop.pass_time(days=LOOKED_FOR.days + 1)  # those before are looked at no more, or this would have no end
    _, finish = _disputed(shop, number)
    return Plan(now(), finish)


@kills(chargebacks.go_on, in_soak=True)
def the_evidence_is_laid_down(shop: Shop, _mail: MailServer, number: int) -> Plan:
    chargeback_id, finish = _disputed(shop, number, known=True)
    return Plan(now(chargeback_id=chargeback_id), finish)


@kills(chargebacks.submit)
def the_evidence_is_handed_in(shop: Shop, _mail: MailServer, number: int) -> Plan:
    chargeback_id, _ = _disputed(shop, number, known=True)

    def finish() -> None:
        chargebacks.look(now=clock.now())
        found = bank.at_stripe(shop, chargeback_id)
        assert (found["status"], found["evidence_details"]["submission_count"]) == ("under_review", 1)

    return Plan(now(chargeback_id=chargeback_id, statement=None, asked_by="staff:sam"), finish)


@kills(chargebacks.accept)
def the_bank_may_keep_it(shop: Shop, _mail: MailServer, number: int) -> Plan:
    chargeback_id, _ = _disputed(shop, number, known=True)

    def finish() -> None:
        chargebacks.look(now=clock.now())
        assert bank.at_stripe(shop, chargeback_id)["status"] == "lost"

    return Plan(now(chargeback_id=chargeback_id, asked_by="staff:sam"), finish)


def _disputed(shop: Shop, number: int, *, known: bool = False) -> tuple[str, Callable[[], None]]:
    payment_id, _ = ids(number)
    bank.pay(shop, payment_id)
    chargeback_id = bank.dispute(shop, payment_id)
    if known:
        bank.ask(chargeback_id)

    def finish() -> None:
        bank.ask(chargeback_id)
        assert shop.books(Kind.CHARGEBACKS) == number * Shop.TOTAL

    return chargeback_id, finish
