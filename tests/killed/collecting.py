"""Collecting, while the process is killed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from server.business import operations as business
from server.core import clock
from server.core.database import transaction
from server.invoices.models import Invoice
from server.ledger.rules import Kind
from server.payments import flows, queries
from server.payments.rules import Method, Status
from tests.killed.flows import Plan, ids, kills, now
from tests.messages.conftest import MailServer
from tests.shop import Shop


def _to_collect(invoice: Invoice, payment_id: str, method: Method, **more: Any) -> dict[str, Any]:
    wanted = {"payment_id": payment_id, "invoice_id": invoice.id, "method": method, "amount_minor": Shop.TOTAL}
    return now(**wanted, taken_by="test", **more)


def _pay_in_the_end(shop: Shop, invoice: Invoice, payment_id: str) -> None:
    """Do what a technician does until the invoice is paid: tap, or try again when the phone says it failed."""
    if shop.payment(payment_id).status in (Status.FAILED, Status.CANCELED):
        payment_id = f"{payment_id}_again"
        shop.collect(invoice, payment_id)
    shop.press("tap")
    shop.ask(payment_id)
    assert shop.balance(invoice) == 0


@kills(flows.collect)
def a_card_is_asked_for(shop: Shop, _mail: MailServer, number: int) -> Plan:
    invoice, (payment_id, _) = shop.invoice(), ids(number)
    wanted = _to_collect(invoice, payment_id, Method.CARD_READER, reader_id=shop.reader.id)
    return Plan(wanted, lambda: _pay_in_the_end(shop, invoice, payment_id))


@kills(flows.collect)
def a_card_is_asked_for_after_a_decline(shop: Shop, _mail: MailServer, number: int) -> Plan:
    invoice, (payment_id, _) = shop.invoice(), ids(number)
    shop.collect(invoice, f"{payment_id}_before")
    shop.press("decline")
    shop.ask(f"{payment_id}_before")
    wanted = _to_collect(invoice, payment_id, Method.CARD_READER, reader_id=shop.reader.id)
    return Plan(wanted, lambda: _pay_in_the_end(shop, invoice, payment_id))


@kills(flows.collect)
def a_card_is_asked_for_while_a_page_is_open(shop: Shop, _mail: MailServer, number: int) -> Plan:
    invoice, (payment_id, _) = shop.invoice(), ids(number)
    page = shop.collect(invoice, f"{payment_id}_before", method=Method.PAY_LINK)
    wanted = _to_collect(invoice, payment_id, Method.CARD_READER, reader_id=shop.reader.id)

    def finish() -> None:
        assert not shop.pay_page(page)
        _pay_in_the_end(shop, invoice, payment_id)

    return Plan(wanted, finish)


@kills(flows.collect)
def a_page_is_opened(shop: Shop, _mail: MailServer, number: int) -> Plan:
    invoice, (payment_id, _) = shop.invoice(), ids(number)

    def finish() -> None:
        payment = shop.payment(payment_id)
        if payment.status is Status.CANCELED:
            payment = shop.collect(invoice, f"{payment_id}_again", method=Method.PAY_LINK)
        assert shop.pay_page(payment)
        assert shop.ask(payment.id).status is Status.SUCCEEDED
        assert shop.balance(invoice) == 0

    return Plan(_to_collect(invoice, payment_id, Method.PAY_LINK), finish)


@kills(flows.collect)
def cash_is_taken(shop: Shop, _mail: MailServer, number: int) -> Plan:
    invoice, (payment_id, _) = shop.invoice(), ids(number)

    def finish() -> None:
        assert shop.balance(invoice) == 0

    return Plan(_to_collect(invoice, payment_id, Method.CASH), finish)


@kills(flows.ask)
def what_a_reader_took_is_asked_about(shop: Shop, _mail: MailServer, number: int) -> Plan:
    invoice, (payment_id, _) = shop.invoice(), ids(number)
    shop.collect(invoice, payment_id)
    shop.press("tap")

    def finish() -> None:
        assert shop.balance(invoice) == 0

    return Plan(now(payment_id=payment_id), finish)


@kills(flows.ask)
def what_a_page_took_is_asked_about(shop: Shop, _mail: MailServer, number: int) -> Plan:
    invoice, (payment_id, _) = shop.invoice(), ids(number)
    shop.pay_page(shop.collect(invoice, payment_id, method=Method.PAY_LINK))

    def finish() -> None:
        assert shop.balance(invoice) == 0

    return Plan(now(payment_id=payment_id), finish)


@kills(flows.cancel)
def a_reader_is_put_out(shop: Shop, _mail: MailServer, number: int) -> Plan:
    invoice, (payment_id, _) = shop.invoice(), ids(number)
    shop.collect(invoice, payment_id)

    def finish() -> None:
        assert shop.payment(payment_id).status in (Status.CANCELED, Status.FAILED, Status.WAITING)
        assert shop.can_tap() == (shop.payment(payment_id).status is Status.WAITING)
        shop.ask(payment_id)
        if shop.balance(invoice):
            _pay_in_the_end(shop, invoice, payment_id)

    return Plan(now(payment_id=payment_id), finish)


@kills(flows.cancel)
def a_page_is_closed(shop: Shop, _mail: MailServer, number: int) -> Plan:
    invoice, (payment_id, _) = shop.invoice(), ids(number)
    page = shop.collect(invoice, payment_id, method=Method.PAY_LINK)

    def finish() -> None:
        assert shop.pay_page(page) == (shop.payment(payment_id).status is Status.WAITING)
        shop.ask(payment_id)
        assert shop.balance(invoice) in (0, Shop.TOTAL)

    return Plan(now(payment_id=payment_id), finish)


@kills(flows.register_reader)
def a_reader_is_registered(shop: Shop, _mail: MailServer, number: int) -> Plan:
    with transaction() as session:
        session.execute(text("UPDATE businesses SET stripe_location_id = NULL"))
    label = f"Van {number}"

    def finish() -> None:
        with transaction() as session:
            known = [reader for reader in session.scalars(queries.readers_statement()) if reader.label == label]
        assert known
        assert len({reader.location_id for reader in known}) == 1
        locations = shop.sandbox.state.all("terminal.location")
        assert len(locations) == 1

    wanted = {"registration_code": "simulated-wpe", "label": label, "location_id": None}
    return Plan(now(**wanted), finish)


@kills(flows.connection_token)
def a_phone_wants_to_connect(shop: Shop, _mail: MailServer, _number: int) -> Plan:
    def finish() -> None:
        assert flows.connection_token() != flows.connection_token()

    return Plan({}, finish)


@kills(flows.capture)
def what_a_card_holds_is_taken(shop: Shop, _mail: MailServer, number: int) -> Plan:
    return Plan(now(payment_id=ids(number)[0]), _held(shop, number))


@kills(flows.capture_due)
def what_cards_hold_is_taken_before_it_is_let_go(shop: Shop, _mail: MailServer, number: int) -> Plan:
    finish = _held(shop, number)
    shop.pass_time(hours=42)
    return Plan(now(), finish)


def _held(shop: Shop, number: int) -> Callable[[], None]:
    with transaction() as session:
        business.change_settings(session, {"capture_later": True})
    invoice, (payment_id, _) = shop.invoice(), ids(number)
    shop.collect(invoice, payment_id)
    shop.press("tap")
    shop.ask(payment_id)

    def finish() -> None:
        assert shop.balance(invoice) == 0
        assert shop.captured() == number * Shop.TOTAL

    return finish


@kills(flows.apply_credit)
def credit_is_used_while_a_page_is_open(shop: Shop, _mail: MailServer, number: int) -> Plan:
    first, second, (payment_id, refund_id) = shop.invoice(), shop.invoice(), ids(number)
    with transaction() as session:
        business.change_settings(session, {"second_payment": "credit"})
    shop.collect(first, payment_id)
    flows.cancel(payment_id=payment_id, now=clock.now())
    shop.collect(first, f"{payment_id}_cash", method=Method.CASH)
    shop.process_late(payment_id)
    shop.press("tap")
    shop.ask(payment_id)
    page = shop.collect(second, f"{payment_id}_page", method=Method.PAY_LINK)

    def finish() -> None:
        assert not shop.pay_page(page)
        assert (shop.balance(second), shop.books(Kind.CUSTOMER_CREDIT)) == (0, 0)

    wanted = {"customer_id": first.customer_id, "application_id": refund_id.replace("ref", "app")}
    spent = {"invoice_id": second.id, "amount_minor": Shop.TOTAL, "applied_by": "staff:anne"}
    return Plan(now(**wanted, **spent), finish)
