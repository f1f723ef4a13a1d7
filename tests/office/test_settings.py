"""How the business works, at the desk."""

from __future__ import annotations

from server.business import queries as business
from server.core.database import transaction
from tests.office.conftest import Desk
from tests.shop import Shop


def test_the_owner_changes_what_one_person_may_give_back(owner: Desk) -> None:
    assert 'value="200.00"' in owner.get("/settings")
    said = {"technician_refund_limit_minor": "75,50", "office_refund_limit_minor": "1 500"}

    assert owner.post("/settings/refunds", said, on="/settings").status_code == 303

    assert "The settings are changed." in owner.get("/settings")
    with transaction() as session:
        profile = business.get_profile(session)
    assert (profile.technician_refund_limit_minor, profile.office_refund_limit_minor) == (7550, 150000)


def test_a_limit_that_is_no_amount_is_refused_and_kept_to_be_corrected(owner: Desk) -> None:
    refused = owner.post("/settings/refunds", {"technician_refund_limit_minor": "lots"}, on="/settings")

    assert refused.status_code == 422
    assert "This is not an amount." in refused.text
    assert 'value="lots"' in refused.text


def test_only_the_owner_sees_the_settings(desk: Desk) -> None:
    assert "/office/settings" not in desk.get("/")
    assert desk.client.get("/office/settings").status_code == 403


def test_the_owner_offers_tips_on_the_readers_and_stops(owner: Desk, shop: Shop) -> None:
    chosen = {"offer_tips": "on", "tip_kind": "percentages", "tip": ["10", "15", ""]}
    refused = owner.post("/settings/tips", {**chosen, "tip": ["a lot"]}, on="/settings")
    assert (refused.status_code, "one to three percentages" in refused.text) == (422, True)
    assert owner.post("/settings/tips", chosen, on="/settings").status_code == 303
    assert 'name="offer_tips" checked' in owner.get("/settings")
    shop.collect(shop.invoice(), "pay_1", amount_minor=10000)
    shop.press("tap", tip=1500)
    assert shop.ask("pay_1").tip_minor == 1500
    assert owner.post("/settings/tips", {"tip_kind": "percentages"}, on="/settings").status_code == 303
    with transaction() as session:
        assert business.get_profile(session).tips == {}


def test_what_may_be_arranged_is_the_owners_to_say(owner: Desk) -> None:
    wanted = {"max_broken_promises": "2", "customer_promise_days": "7", "customer_promises": "1", "plan_parts": "4"}
    assert owner.post("/settings/arrangements", {**wanted, "plan_days": "0"}, on="/settings").status_code == 422
    assert owner.post("/settings/arrangements", {**wanted, "plan_days": "60"}, on="/settings").status_code == 303
    assert 'name="customer_promise_days" value="7"' in owner.get("/settings")
