"""Numbers at the desk."""

from __future__ import annotations

from datetime import timedelta

from server.core import clock
from tests.office.conftest import Desk
from tests.shop import Shop


def test_the_numbers_of_a_day_stand_with_their_formulas(desk: Desk, shop: Shop) -> None:
    assert "No number yet" in desk.get("/numbers")
    shop.invoice()
    page = desk.get("/numbers")
    for said in (
        "$218.45",
        "Days of sales outstanding",
        "90 days",
        "÷ credit sales × 90 days",
        "ABC-Amega",
    ):
        assert said in page, said
    assert "F-000001" in desk.get("/numbers/aging.csv")


def test_a_day_that_cannot_be_is_refused_in_words(desk: Desk, shop: Shop) -> None:
    tomorrow = clock.now().date() + timedelta(days=2)
    assert "still to come" in desk.get(f"/numbers?on={tomorrow}", 422)
    assert "This is not a day." in desk.get("/numbers?on=yesterday", 422)
