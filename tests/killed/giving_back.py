"""Giving back, while the process is killed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from server.access.rules import Role
from server.core.database import transaction
from server.invoices.models import Invoice
from server.payments import flows
from server.payments.rules import RefundStatus
from tests.killed.flows import Plan, event, ids, kills, now, paid
from tests.messages.conftest import MailServer
from tests.shop import Shop


def _went_once(shop: Shop, refund_id: str, invoice: Invoice) -> Callable[[], None]:
    given_minor = shop.refunded()

    def finish() -> None:
        refund = shop.find_refund(refund_id)
        assert refund is not None
        assert refund.status is RefundStatus.SUCCEEDED
        assert shop.refunded() == given_minor + 1000
        assert shop.balance(invoice) == 1000

    return finish


@kills(flows.refund)
def money_is_given_back(shop: Shop, _mail: MailServer, number: int) -> Plan:
    payment_id, refund_id = ids(number)
    finish = _went_once(shop, refund_id, paid(shop, payment_id))
    return Plan(_to_refund(payment_id, refund_id), finish)


def _to_refund(payment_id: str, refund_id: str) -> dict[str, Any]:
    told = {"reason": "Too much", "requested_by": "staff:anne", "role": Role.OFFICE}
    return now(payment_id=payment_id, refund_id=refund_id, amount_minor=1000, **told)


INTERAC = "4506445006931933"


def _at_reader(shop: Shop, number: int) -> tuple[dict[str, Any], Callable[[], None]]:
    """Interac's money may only go back at the reader, to the card that paid; what was not given can be asked again."""
    payment_id, refund_id = ids(number)
    invoice, given_minor = shop.invoice(), shop.refunded()
    shop.collect(invoice, payment_id)
    shop.press("insert", number=INTERAC)
    shop.ask(payment_id)

    def finish() -> None:
        took = shop.can_tap(INTERAC)
        shop.pass_time(minutes=5)
        shop.resolve_open()
        refund = shop.find_refund(refund_id)
        assert refund is not None
        went = refund.status is RefundStatus.SUCCEEDED
        assert went or refund.status in (RefundStatus.FAILED, RefundStatus.CANCELED)
        assert went >= took
        assert shop.refunded() - given_minor == shop.balance(invoice) == (1000 if went else 0)

    return {**_to_refund(payment_id, refund_id), "reader_id": shop.reader.id}, finish


@kills(flows.refund)
def the_card_that_paid_is_asked_for(shop: Shop, _mail: MailServer, number: int) -> Plan:
    return Plan(*_at_reader(shop, number))


@kills(flows.cancel_refund)
def a_refund_is_taken_off_the_reader(shop: Shop, _mail: MailServer, number: int) -> Plan:
    wanted, finish = _at_reader(shop, number)
    flows.refund(**wanted)
    return Plan(now(refund_id=wanted["refund_id"]), finish)


@kills(flows.approve_refund)
def a_second_person_agrees(shop: Shop, _mail: MailServer, number: int) -> Plan:
    payment_id, refund_id = ids(number)
    finish = _went_once(shop, refund_id, paid(shop, payment_id))
    with transaction() as session:
        session.execute(text("UPDATE businesses SET office_refund_limit_minor = 0"))
    shop.refund(payment_id, refund_id)
    return Plan(now(refund_id=refund_id, approved_by="staff:paul"), finish)


@kills(flows.ask_about_refund)
def a_refund_without_an_answer_is_asked_about(shop: Shop, _mail: MailServer, number: int) -> Plan:
    payment_id, refund_id = ids(number)
    finish = _went_once(shop, refund_id, paid(shop, payment_id))
    shop.fault("drop_before" if number % 2 else "drop_after", "/v1/refunds", times=3)
    shop.refund(payment_id, refund_id)
    return Plan(now(refund_id=refund_id), finish)


@kills(flows.learn)
def an_event_tells_of_a_refund(shop: Shop, _mail: MailServer, number: int) -> Plan:
    payment_id, refund_id = ids(number)
    finish = _went_once(shop, refund_id, paid(shop, payment_id))
    shop.fault("drop_after", "/v1/refunds", times=3)
    shop.refund(payment_id, refund_id)
    intent_id = shop.payment(payment_id).stripe_intent_id
    event_id = event(number, "refund.created", "re_1", intent_id=intent_id, payment_id=payment_id)
    return Plan(now(event_id=event_id), finish)
