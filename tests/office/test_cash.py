"""Cash and cheques at the desk."""

from __future__ import annotations

import pytest

from server.access import operations as access
from server.access.rules import Role
from server.cash import operations
from server.core.database import transaction
from server.ledger.rules import Kind
from server.payments.rules import Method
from tests import quebec
from tests.cash.test_floats import Round
from tests.office.conftest import Desk, hidden
from tests.shop import Shop

PAGE = "/cash"


@pytest.fixture
def day(desk: Desk, shop: Shop) -> Round:
    """A technician holds 100.00 and a cheque."""
    begun = Round(shop)
    begun.take("pay_1")
    begun.take("pay_2", Method.CHEQUE, 5000)
    return begun


def test_what_the_phone_hands_over_is_counted_and_paid_in(day: Round, desk: Desk) -> None:
    assert "Nothing to count" in desk.get(PAGE)
    day.hand_over(cheques=["pay_2"])
    page = desk.get(PAGE)
    assert "1 cheque, $50.00" in page
    count = "/cash/handovers/hnd_1/countersignature"
    short = desk.post(count, {"counted": "90", "currency": "CAD"}, on=PAGE)
    assert (short.status_code, "say why" in short.text) == (422, True)
    assert desk.post(count, {"counted": "90", "currency": "CAD", "reason": "Toll"}, on=PAGE).status_code == 303
    page = desk.get(PAGE)
    assert "$10.00 short" in page
    assert "Toll" in page
    slip = {"banking_id": hidden(page, "banking_id"), "currency": "CAD", "amount": "90,00", "cheques": "pay_2"}
    for _twice in range(2):
        assert desk.post("/cash/bankings", {**slip, "reference": "Slip 7"}, on=PAGE).status_code == 303
    assert "Slip 7" in desk.get(PAGE)
    assert day.shop.books(Kind.BANK) == 14000


def test_a_handover_is_turned_down_with_a_reason(day: Round, desk: Desk) -> None:
    day.hand_over()
    decision = "/cash/handovers/hnd_1/rejection"
    assert desk.post(decision, {"reason": ""}, on=PAGE).status_code == 422
    assert desk.post(decision, {"reason": "Nothing came"}, on=PAGE).status_code == 303
    assert "Turned down" in desk.get(PAGE)
    assert day.held() == (10000, 0)


def test_what_is_handed_over_at_the_desk_is_counted_by_another(day: Round, desk: Desk) -> None:
    page = desk.get(PAGE)
    said = {"handover_id": hidden(page, "handover_id"), "technician_id": day.technician_id, "currency": "CAD"}
    assert desk.post("/cash/handovers", {**said, "amount": "100"}, on=PAGE).status_code == 303
    assert "Somebody else than you counts it." in desk.get(PAGE)
    with transaction() as session:
        access.add_staff(
            session,
            name="Paul",
            role=Role.OFFICE,
            language="en",
            email="paul@plomberie-roy.example",
            password=quebec.PASSWORD,
            now=day.shop.now(),
        )
    other = Desk(desk.client.application)
    other.sign_in("paul@plomberie-roy.example")
    count = f"/cash/handovers/{said['handover_id']}/countersignature"
    assert other.post(count, {"counted": "100", "currency": "CAD"}, on=PAGE).status_code == 303
    assert day.held() == (0, 10000)


def test_more_than_there_is_is_refused_in_words(day: Round, desk: Desk) -> None:
    said = {"banking_id": "bnk_1", "currency": "CAD", "amount": "1"}
    day.shop.collect(day.shop.invoice(), "pay_3", method=Method.CASH, amount_minor=50)
    refused = desk.post("/cash/bankings", said, on=PAGE)
    assert (refused.status_code, operations.CashTooHigh.sentence() in refused.text) == (422, True)
