"""Amounts that a card only holds, at the desk."""

from __future__ import annotations

import pytest

from server.access import operations as access
from server.access.rules import Role
from server.core.database import transaction
from server.payments import flows
from tests import quebec
from tests.office.conftest import Desk
from tests.payments.test_mobile_reader import forward
from tests.shop import Shop

PAGE = "/invoices/inv_1"


@pytest.fixture
def owner(desk: Desk, shop: Shop) -> Desk:
    """The owner, who has made cards be authorized first; one holds the total of `inv_1` as `pay_1`."""
    with transaction() as session:
        access.add_staff(
            session,
            name="Rose Roy",
            role=Role.ADMIN,
            language="en",
            email="rose@plomberie-roy.example",
            password=quebec.PASSWORD,
            now=shop.now(),
        )
    other = Desk(desk.client.application)
    assert other.sign_in("rose@plomberie-roy.example").status_code == 303
    assert other.post("/settings/capture", {"capture_later": "on"}, on="/settings").status_code == 303
    assert " checked" in other.get("/settings")
    shop.collect(shop.invoice(), "pay_1")
    shop.press("tap")
    shop.ask("pay_1")
    return other


def test_the_board_and_the_invoice_remind_of_what_a_card_holds(owner: Desk) -> None:
    assert "1 card holds an amount that is not taken yet." in owner.get("/")
    page = owner.get(PAGE)
    assert "Nothing is paid yet. The bank lets go on" in page
    assert "Payment under way" not in page


def test_a_part_is_taken_as_it_is_typed(owner: Desk, shop: Shop) -> None:
    for typed in ("ten", "0", "218.46"):
        owner.post("/payments/pay_1/capture", {"amount": typed}, on=PAGE)
        assert shop.captured() == 0
    assert owner.post("/payments/pay_1/capture", {"amount": "200"}, on=PAGE).status_code == 303
    assert shop.captured() == 20000
    assert "Held on the card" not in owner.get(PAGE)


def test_it_is_let_go(owner: Desk, shop: Shop) -> None:
    owner.post("/payments/pay_1/capture", {"wanted": "release"}, on=PAGE)
    page = owner.get(PAGE)
    assert "The amount is released" in page
    assert "The amount held on the card was released." in page
    assert shop.captured() == 0


def test_a_card_taken_for_nobody_is_assigned_by_its_invoices_number(desk: Desk, shop: Shop) -> None:
    invoice = shop.invoice()
    stranger = forward(shop, 5000)
    flows.take_up(intent_id=stranger, now=shop.now())
    assert "1 card was taken for no invoice we know." in desk.get("/")
    assert "Tap on the phone" in desk.get("/unassigned")
    desk.post(f"/unassigned/{stranger}", {"number": "F-none"}, on="/unassigned")
    assert "There is no such invoice." in desk.get("/unassigned")
    assert desk.post(f"/unassigned/{stranger}", {"number": invoice.number}, on="/unassigned").status_code == 303
    assert "Every card taken has its invoice." in desk.get("/unassigned")
    assert shop.balance(invoice) == Shop.TOTAL - 5000


def test_a_card_held_for_nobody_is_seen_with_what_to_do_before_it_runs_out(desk: Desk, shop: Shop) -> None:
    stranger = forward(shop, 5000, held=True)
    flows.take_up(intent_id=stranger, now=shop.now())
    board = desk.get("/")
    assert "1 card holds an amount for no invoice we know." in board
    for told in ("Take it in the app that asked for it", "$50.00, Visa ···· 4242, Tap on the phone"):
        assert told in board, told
    shop.pass_time(days=3)
    assert "no invoice we know" not in desk.get("/")
