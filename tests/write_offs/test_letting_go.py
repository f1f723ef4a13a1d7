"""A debt is let go by two people, and owed again when its customer pays after all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from server.access.rules import Role
from server.audit import flows as audit
from server.core import clock
from server.core.database import transaction
from server.core.errors import Problem
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.invoices.rules import Status as InvoiceStatus
from server.ledger.rules import Kind
from server.payments import flows
from server.payments.operations import reverse_payment
from server.payments.rules import Method
from server.write_offs import operations
from server.write_offs.models import WriteOff
from server.write_offs.operations import (
    MoneyUnderWay,
    NothingToWriteOff,
    NotWrittenOff,
    SecondPersonNeeded,
    WriteOffDecided,
    WriteOffExists,
    WriteOffWaits,
)
from server.write_offs.rules import Status
from tests import quebec
from tests.payments.test_mobile_reader import forward, learn
from tests.shop import Shop


@pytest.fixture
def owing(shop: Shop) -> Invoice:
    """An invoice of which a part was paid."""
    invoice = shop.invoice()
    shop.collect(invoice, "pay_part", method=Method.CASH, amount_minor=10000)
    return invoice


def ask(invoice: Invoice, write_off_id: str = "wof_1", reason: str = "Moved away", by: str = "staff:anne") -> WriteOff:
    with transaction() as session:
        customer_id = invoices.get_invoice(session, invoice.id).customer_id
        wanted = {"customer_id": customer_id, "currency": "CAD", "reason": reason}
        return operations.ask(session, write_off_id=write_off_id, **wanted, asked_by=by, now=clock.now())


def agree(write_off_id: str = "wof_1", by: str = "staff:boss") -> WriteOff:
    with transaction() as session:
        return operations.agree(session, write_off_id=write_off_id, agreed_by=by, now=clock.now())


def reject(write_off_id: str = "wof_1") -> WriteOff:
    with transaction() as session:
        return operations.reject(
            session, write_off_id=write_off_id, note="He called", rejected_by="staff:boss", now=clock.now()
        )


def reinstate(invoice: Invoice, write_off_id: str = "wof_1") -> WriteOff:
    with transaction() as session:
        return operations.reinstate(
            session, write_off_id=write_off_id, invoice_id=invoice.id, reinstated_by="staff:anne", now=clock.now()
        )


def test_nothing_changes_until_a_second_person_agrees_then_the_rest_is_let_go(shop: Shop, owing: Invoice) -> None:
    assert ask(owing).amount_minor == Shop.TOTAL - 10000
    assert shop.balance(owing) == Shop.TOTAL - 10000
    with pytest.raises(SecondPersonNeeded):
        agree(by="staff:anne")
    assert shop.balance(owing) == Shop.TOTAL - 10000
    for _ in range(2):
        assert agree().status is Status.BOOKED
    assert (shop.balance(owing), shop.status(owing)) == (0, InvoiceStatus.WRITTEN_OFF)
    assert shop.books(Kind.BAD_DEBTS) == Shop.TOTAL - 10000
    assert audit.check(now=clock.now()) == []


def test_what_was_paid_meanwhile_is_not_let_go(shop: Shop, owing: Invoice) -> None:
    other = shop.invoice()
    ask(owing)
    shop.collect(owing, "pay_late", method=Method.CASH, amount_minor=5000)
    shop.collect(other, "pay_all", method=Method.CASH)
    assert agree().amount_minor == Shop.TOTAL - 15000
    assert shop.books(Kind.BAD_DEBTS) == Shop.TOTAL - 15000
    assert [shop.status(owing), shop.status(other)] == [InvoiceStatus.WRITTEN_OFF, InvoiceStatus.PAID]


def test_nothing_is_let_go_while_money_may_be_on_its_way(shop: Shop, owing: Invoice) -> None:
    ask(owing)
    shop.collect(owing, "pay_reader")
    with pytest.raises(MoneyUnderWay):
        agree()
    shop.press("tap")
    shop.ask("pay_reader")
    assert agree().amount_minor == 0
    assert shop.status(owing) == InvoiceStatus.PAID


def test_a_customer_who_pays_after_all_owes_it_again_and_pays_it(shop: Shop, owing: Invoice) -> None:
    ask(owing)
    with pytest.raises(NotWrittenOff):
        reinstate(owing)
    agree()
    for _ in range(2):
        reinstate(owing)
    assert (shop.balance(owing), shop.status(owing)) == (Shop.TOTAL - 10000, InvoiceStatus.PARTLY_PAID)
    shop.collect(owing, "pay_after_all", method=Method.CASH)
    assert (shop.status(owing), shop.books(Kind.BAD_DEBTS)) == (InvoiceStatus.PAID, 0)
    assert audit.check(now=clock.now()) == []


def test_a_cheque_that_bounces_after_the_rest_was_let_go_is_owed_again(shop: Shop, owing: Invoice) -> None:
    ask(owing)
    agree()
    with transaction() as session:
        reverse_payment(
            session, payment_id="pay_part", reversal_id="rev_1", reason="False note", reversed_by="x", now=clock.now()
        )
    assert (shop.balance(owing), shop.status(owing)) == (10000, InvoiceStatus.PARTLY_PAID)
    assert audit.check(now=clock.now()) == []


def _again_under_the_same_id(owing: Invoice) -> None:
    ask(owing)
    ask(owing, reason="Another reason")


def _a_second_one(owing: Invoice) -> None:
    ask(owing)
    ask(owing, "wof_2")


def _agreed_after_it_was_rejected(owing: Invoice) -> None:
    ask(owing)
    reject()
    reject()
    agree()


def _rejected_after_it_was_booked(owing: Invoice) -> None:
    ask(owing)
    agree()
    reject()


def _of_nothing(owing: Invoice) -> None:
    ask(owing)
    agree()
    ask(owing, "wof_2")


@pytest.mark.parametrize(
    ("what", "refusal"),
    [
        (_again_under_the_same_id, WriteOffExists),
        (_a_second_one, WriteOffWaits),
        (_agreed_after_it_was_rejected, WriteOffDecided),
        (_rejected_after_it_was_booked, WriteOffDecided),
        (_of_nothing, NothingToWriteOff),
    ],
)
def test_what_makes_no_sense_is_refused(
    owing: Invoice, what: Callable[[Invoice], None], refusal: type[Problem]
) -> None:
    with pytest.raises(refusal):
        what(owing)


def test_over_http_the_office_asks_and_only_a_supervisor_agrees(
    client: FlaskClient, shop: Shop, owing: Invoice
) -> None:
    with transaction() as session:
        customer_id = invoices.get_invoice(session, owing.id).customer_id
        keys = [quebec.add_key(session, role) for role in (Role.OFFICE, Role.SUPERVISOR)]
    desk, boss = ({"Authorization": f"Bearer {key}"} for key in keys)
    wanted = {"write_off_id": "wof_1", "customer_id": customer_id, "currency": "CAD", "reason": "Moved away"}
    clear = {"invoice_right": True, "delivered": True, "nothing_unread": True}
    for ours in ({}, {**clear, "delivered": False}):
        assert client.post("/api/v1/write_offs", json={**wanted, **ours}, headers=desk).status_code == 422
    asked = client.post("/api/v1/write_offs", json={**wanted, **clear}, headers=desk)
    assert (asked.status_code, asked.get_json()["status"]) == (201, "asked")
    assert client.post("/api/v1/write_offs/wof_1/approval", headers=desk).status_code == 403
    booked = client.post("/api/v1/write_offs/wof_1/approval", headers=boss).get_json()
    assert (booked["status"], booked["lines"][0]["invoice_number"]) == ("booked", owing.number)
    listed = client.get("/api/v1/write_offs?status=booked", headers=desk).get_json()["items"]
    assert [row["write_off_id"] for row in listed] == ["wof_1"]
    again = client.post(f"/api/v1/write_offs/wof_1/invoices/{owing.id}/reinstatement", headers=desk)
    assert again.get_json()["lines"][0]["reinstated_at"] is not None
    assert client.post("/api/v1/write_offs/wof_1/rejection", json={"note": "No"}, headers=desk).status_code == 409
    assert client.get("/api/v1/write_offs/wof_9", headers=desk).get_json()["code"] == "write_off_not_found"


def test_what_was_let_go_is_not_said_to_have_been_paid(shop: Shop, owing: Invoice) -> None:
    ask(owing)
    agree()
    with transaction() as session:
        sheet = invoices.sheets(session, [invoices.get_invoice(session, owing.id)])[0]
    assert (sheet["balance_minor"], sheet["paid_minor"], sheet["taken_off_minor"]) == (0, 10000, Shop.TOTAL - 10000)
    reinstate(owing)
    with transaction() as session:
        again = invoices.sheets(session, [invoices.get_invoice(session, owing.id)])[0]
    assert (again["balance_minor"], again["paid_minor"], again["taken_off_minor"]) == (Shop.TOTAL - 10000, 10000, 0)


def test_a_card_for_a_debt_that_was_let_go_is_kept_and_pays_it_once_it_is_taken_up(shop: Shop) -> None:
    invoice = shop.invoice()
    ask(invoice)
    agree()
    learn(shop, forward(shop, payment_id="pay_phone", invoice_id=invoice.id))
    shop.work()
    assert (shop.refunded(), shop.books(Kind.CUSTOMER_CREDIT)) == (0, Shop.TOTAL)
    with transaction() as session:
        wanted = {"write_off_id": "wof_1", "invoice_id": invoice.id, "reinstated_by": "staff:anne"}
        operations.reinstate(session, **wanted, now=clock.now())
    flows.apply_credit(
        customer_id=invoice.customer_id,
        application_id="app_1",
        invoice_id=invoice.id,
        amount_minor=Shop.TOTAL,
        applied_by="staff:anne",
        now=clock.now(),
    )
    assert (shop.status(invoice), shop.balance(invoice), shop.books(Kind.CUSTOMER_CREDIT)) == ("paid", 0, 0)
