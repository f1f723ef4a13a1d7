"""Taking back money at the desk that was recorded by hand and did not come."""

from __future__ import annotations

import pytest

from server.payments.rules import Method
from tests.office.conftest import Desk, hidden
from tests.shop import Shop

PAGE = "/invoices/inv_1"


@pytest.fixture
def paid(desk: Desk, shop: Shop) -> Desk:
    """The desk, with an invoice paid by a cheque as `pay_1`."""
    shop.collect(shop.invoice(), "pay_1", method=Method.CHEQUE, reference="4471")
    return desk


def test_a_bounced_cheque_is_taken_back_once_and_the_story_tells(paid: Desk, shop: Shop) -> None:
    form = {"reversal_id": hidden(paid.get(PAGE), "reversal_id"), "reason": "NSF", "fee": "45,00"}
    for _twice in range(2):
        assert paid.post("/payments/pay_1/reversal", form, on=PAGE).status_code == 303
    page = paid.get(PAGE)
    for told in ("Payment of $218.45 reversed", "NSF", "Reversal notice by e-mail", "Record the payment"):
        assert told in page, told
    assert "Reverse this payment" not in page
    assert "Give money back" not in page
    assert shop.payment("pay_1").reversed_at is not None


@pytest.mark.parametrize("said", [{"reason": ""}, {"reason": "NSF", "fee": "a lot"}])
def test_what_is_not_said_properly_is_asked_again(paid: Desk, shop: Shop, said: dict[str, str]) -> None:
    refused = paid.post("/payments/pay_1/reversal", {"reversal_id": "rev_1", **said}, on=PAGE)
    assert refused.status_code == 422
    assert "Say why, and write what the bank charged" in refused.text
    assert shop.payment("pay_1").reversed_at is None
