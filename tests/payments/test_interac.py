"""Interac: taken without a capture, given back at the reader to the very card that paid."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from server.access.rules import Role
from server.invoices.models import Invoice
from server.payments import flows
from server.payments.flows import RefundCannotCancel
from server.payments.models import Refund
from server.payments.operations import ReaderNeeded, ReaderNotNeeded
from server.payments.operations.readers import ReaderHeld
from server.payments.queries import NoSuchReader
from server.payments.rules import RefundSeen, RefundStatus, card_kinds, read_refund_at_reader
from tests.shop import Shop

INTERAC = "4506445006931933"


@pytest.fixture
def paid(shop: Shop) -> Invoice:
    """An invoice that Interac paid as `pay_1`."""
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("insert", number=INTERAC)
    assert shop.ask("pay_1").card_kind == "interac_present"
    return invoice


def give_back(shop: Shop, refund_id: str = "ref_1", amount_minor: int = 1000, **more: Any) -> Refund:
    wanted = {"reader_id": shop.reader.id, "requested_by": "test", **more}
    return shop.refund("pay_1", refund_id, amount_minor, **wanted)


def ask(shop: Shop, refund_id: str = "ref_1") -> Refund:
    return flows.ask_about_refund(refund_id=refund_id, now=shop.now())


def test_interac_pays_at_once(shop: Shop, paid: Invoice) -> None:
    assert (shop.status(paid), shop.at_stripe(), shop.captured()) == ("paid", Shop.TOTAL, Shop.TOTAL)


def test_interac_is_taken_in_canada_in_dollars_of_canada_alone() -> None:
    assert "interac_present" in card_kinds(country="CA", currency="CAD")
    for country, currency in (("CA", "USD"), ("US", "CAD"), ("FR", "EUR")):
        assert card_kinds(country=country, currency=currency) == ("card_present",)


def test_the_same_card_at_the_reader_gets_its_money_back(shop: Shop, paid: Invoice) -> None:
    assert give_back(shop).status is RefundStatus.WAITING
    assert (shop.refunded(), shop.at_stripe()) == (0, Shop.TOTAL)
    shop.press("insert", number=INTERAC)
    assert ask(shop).status is RefundStatus.SUCCEEDED
    assert (shop.refunded(), shop.at_stripe(), shop.balance(paid)) == (1000, Shop.TOTAL - 1000, 1000)


def test_a_refund_of_interac_needs_a_reader_and_no_other_does(shop: Shop, paid: Invoice) -> None:
    with pytest.raises(ReaderNeeded):
        shop.refund("pay_1")
    with pytest.raises(NoSuchReader):
        shop.refund("pay_1", reader_id="tmr_none")
    other = shop.invoice()
    shop.collect(other, "pay_2")
    shop.press("tap")
    shop.ask("pay_2")
    with pytest.raises(ReaderNotNeeded):
        shop.refund("pay_2", reader_id=shop.reader.id)
    assert shop.refund("pay_2").status is RefundStatus.SUCCEEDED


def test_another_card_gets_nothing_and_the_right_one_may_try_again(shop: Shop, paid: Invoice) -> None:
    give_back(shop)
    shop.press("tap")
    declined = ask(shop)
    assert (declined.status, declined.failure_code) == (RefundStatus.FAILED, "card_declined")
    assert give_back(shop, "ref_2").status is RefundStatus.WAITING
    shop.press("insert", number=INTERAC)
    assert ask(shop, "ref_2").status is RefundStatus.SUCCEEDED
    assert (shop.refunded(), shop.balance(paid)) == (1000, 1000)


@pytest.mark.parametrize("ending", ["customer", "office"])
def test_a_refund_canceled_frees_what_it_claimed(shop: Shop, paid: Invoice, ending: str) -> None:
    give_back(shop, amount_minor=Shop.TOTAL)
    if ending == "customer":
        shop.press("cancel")
        assert ask(shop).status is RefundStatus.CANCELED
    else:
        for _ in range(2):
            assert flows.cancel_refund(refund_id="ref_1", now=shop.now()).status is RefundStatus.CANCELED
    assert not shop.can_tap()
    assert give_back(shop, "ref_2", Shop.TOTAL).status is RefundStatus.WAITING


def test_a_card_quicker_than_the_cancellation_counts(shop: Shop, paid: Invoice) -> None:
    give_back(shop)
    shop.press("insert", number=INTERAC)
    assert flows.cancel_refund(refund_id="ref_1", now=shop.now()).status is RefundStatus.SUCCEEDED
    with pytest.raises(RefundCannotCancel):
        flows.cancel_refund(refund_id="ref_1", now=shop.now())


def test_a_refund_holds_the_reader_and_waits_for_who_holds_it(shop: Shop, paid: Invoice) -> None:
    colleague: dict[str, Any] = {"requested_by": "staff:tom", "role": Role.TECHNICIAN, "amount_minor": 100}
    with pytest.raises(ReaderHeld):
        give_back(shop, "ref_tom", **colleague)
    assert shop.find_refund("ref_tom") is None
    shop.pass_time(minutes=6)
    assert give_back(shop, "ref_tom", **colleague).status is RefundStatus.WAITING
    with pytest.raises(ReaderHeld):
        shop.collect(shop.invoice(), "pay_2")
    shop.press("insert", number=INTERAC)
    assert ask(shop, "ref_tom").status is RefundStatus.SUCCEEDED
    assert give_back(shop, "ref_desk", 200).status is RefundStatus.WAITING  # the office takes it over


def test_nobody_presents_the_card_in_time(shop: Shop, paid: Invoice) -> None:
    give_back(shop)
    shop.pass_time(minutes=9)
    shop.resolve_open()
    assert ask(shop).status is RefundStatus.WAITING
    shop.pass_time(minutes=2)
    given_up = ask(shop)
    assert (given_up.status, given_up.failure_code) == (RefundStatus.FAILED, "timed_out")
    assert not shop.can_tap()


def test_a_reader_that_is_off_or_busy_is_said_at_once(shop: Shop, paid: Invoice) -> None:
    shop.press("unplug")
    assert give_back(shop).failure_code == "terminal_reader_offline"
    shop.press("plug")
    shop.collect(shop.invoice(), "pay_2")
    assert give_back(shop, "ref_2").failure_code == "terminal_reader_busy"
    shop.press("tap")
    assert shop.ask("pay_2").status == "succeeded"


def test_a_colleagues_payment_is_not_taken_off_the_reader(shop: Shop, paid: Invoice) -> None:
    give_back(shop)
    shop.press("cancel")
    shop.collect(shop.invoice(), "pay_2")
    flows.cancel_refund(refund_id="ref_1", now=shop.now())
    assert shop.can_tap()


@pytest.mark.parametrize("kind", ["drop_after", "reader_timeout_delivered"])
def test_an_answer_that_was_lost_is_asked_for(shop: Shop, paid: Invoice, kind: str) -> None:
    shop.fault(kind, "*/refund_payment", times=3)
    assert give_back(shop).status is RefundStatus.UNKNOWN
    shop.press("insert", number=INTERAC)
    assert ask(shop).status is RefundStatus.SUCCEEDED
    assert shop.refunded() == 1000


def test_a_command_that_never_arrived_gives_nothing_back(shop: Shop, paid: Invoice) -> None:
    shop.fault("drop_before", "*/refund_payment", times=3)
    assert give_back(shop).status is RefundStatus.UNKNOWN
    assert ask(shop).status is RefundStatus.UNKNOWN
    shop.pass_time(minutes=1)
    assert ask(shop).failure_code == "reader_interrupted"
    assert shop.refunded() == 0


def test_a_lost_connection_may_hide_that_it_worked(shop: Shop, paid: Invoice) -> None:
    shop.fault("connection_error_authorized", "*/refund_payment")
    give_back(shop)
    shop.press("insert", number=INTERAC)
    assert ask(shop).status is RefundStatus.SUCCEEDED
    assert shop.at_stripe() == Shop.TOTAL - shop.refunded() == Shop.TOTAL - 1000


def test_the_worker_learns_of_it_by_itself(shop: Shop, paid: Invoice) -> None:
    give_back(shop)
    shop.press("insert", number=INTERAC)
    shop.pass_time(seconds=5)
    shop.resolve_open()
    assert shop.balance(paid) == 1000


def test_the_same_request_again_lights_the_reader_once(shop: Shop, paid: Invoice) -> None:
    for _ in range(3):
        assert give_back(shop).status is RefundStatus.WAITING
    shop.press("insert", number=INTERAC)
    assert give_back(shop).status is RefundStatus.WAITING
    assert ask(shop).status is RefundStatus.SUCCEEDED
    assert give_back(shop).status is RefundStatus.SUCCEEDED
    assert shop.refunded() == 1000


@pytest.mark.parametrize(
    ("seen", "status", "code"),
    [
        ({"action_status": "succeeded", "waited": 1}, RefundStatus.UNKNOWN, None),
        ({"action_status": "failed", "action_failure": "connection_error", "waited": 1}, RefundStatus.UNKNOWN, None),
        (
            {"action_status": "failed", "action_failure": "connection_error", "waited": 11},
            RefundStatus.FAILED,
            "connection_error",
        ),
        ({"action_is_ours": False, "waited": 1}, RefundStatus.FAILED, "reader_interrupted"),
    ],
)
def test_what_a_reader_shows_while_stripe_has_no_refund(
    seen: dict[str, Any], status: RefundStatus, code: str | None
) -> None:
    waited = timedelta(minutes=seen.pop("waited"))
    shown = RefundSeen(**{"action_is_ours": True, "action_status": None, "action_failure": None, **seen}, waited=waited)
    verdict = read_refund_at_reader(shown, status=RefundStatus.WAITING)
    assert (verdict.status, verdict.failure_code) == (status, code)
