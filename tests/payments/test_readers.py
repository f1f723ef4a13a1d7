"""Two people share a reader: whoever uses it holds it, what comes late is refused, and nobody stops a colleague."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from server.access.models import Staff
from server.business import operations as business
from server.core.database import transaction
from server.gateway.client import OutcomeUnknown
from server.payments import flows, queries
from server.payments.flows import readers as reader_flows
from server.payments.models import Reader
from server.payments.operations import readers as operations
from server.payments.operations.readers import ReaderHeld, ReaderInUse, ReaderTaken
from server.payments.rules import Method, Status
from server.payments.rules import readers as rules
from tests import quebec
from tests.payments.slowly import begin
from tests.shop import Shop

PROCESS = "/v1/terminal/readers/*/process_payment_intent"
DISPLAY = "/v1/terminal/readers/*/set_reader_display"
READER = "/v1/terminal/readers/*"
LUC, ANNE = "staff:luc", "staff:anne"


@pytest.fixture(autouse=True)
def people(shop: Shop) -> None:
    with transaction() as session:
        for name in ("luc", "anne"):
            session.add(Staff(id=name, name=name.title(), role="technician", language="fr", created_at=quebec.NOW))


def take(shop: Shop, by: str, **more: Any) -> Reader:
    with transaction() as session:
        return operations.take_reader(session, reader_id=shop.reader.id, by=by, now=shop.now(), **more)


def free(shop: Shop, by: str, **more: Any) -> None:
    reader_flows.let_go(reader_id=shop.reader.id, by=by, is_office=more.get("is_office", False), now=shop.now())


def show(shop: Shop, invoice_id: str, by: str = LUC, **more: Any) -> Reader:
    return reader_flows.show_lines(
        reader_id=shop.reader.id, invoice_id=invoice_id, by=by, technician_id=None, now=shop.now(), **more
    )


def sent(shop: Shop, verb: str) -> int:
    journal = shop.control("GET", "journal")["items"]
    return sum(row["path"].endswith(verb) and row["method"] == "POST" for row in journal)


def cart(shop: Shop) -> dict[str, Any]:
    action = shop.control("GET", "snapshot")["objects"]["terminal.reader"][shop.reader.id]["action"]
    shown: dict[str, Any] = action["set_reader_display"]["cart"]
    return shown


def test_whoever_takes_a_payment_holds_the_reader_and_a_colleague_is_told_who_and_until_when(shop: Shop) -> None:
    mine, theirs = shop.invoice(), shop.invoice()
    shop.collect(mine, "pay_1", taken_by=LUC)
    with pytest.raises(ReaderHeld) as refused:
        shop.collect(theirs, "pay_2", taken_by=ANNE)
    assert refused.value.facts["held_by"] == "Luc"
    assert refused.value.facts["held_until"] > shop.now().isoformat()
    assert shop.find_payment("pay_2") is None
    assert (sent(shop, "/process_payment_intent"), sent(shop, "/payment_intents")) == (1, 1)
    shop.press("tap")
    assert shop.ask("pay_1").status is Status.SUCCEEDED


def test_a_reader_nobody_used_for_a_while_passes_on_and_its_number_grows(shop: Shop) -> None:
    mine, theirs = shop.invoice(), shop.invoice()
    shop.collect(mine, "pay_1", taken_by=LUC)
    shop.pass_time(seconds=rules.LEASE.total_seconds() + 5)
    assert shop.collect(theirs, "pay_2", taken_by=ANNE).status is Status.WAITING
    numbers = [shop.payment(payment_id).reader_fence or 0 for payment_id in ("pay_1", "pay_2")]
    assert numbers[0] < numbers[1]
    overtaken = shop.ask("pay_1")
    assert (overtaken.status, overtaken.failure_code) == (Status.FAILED, "reader_replaced")
    with pytest.raises(ReaderHeld):
        take(shop, LUC)
    shop.press("tap")
    assert shop.ask("pay_2").status is Status.SUCCEEDED
    assert (shop.balance(mine), shop.balance(theirs)) == (Shop.TOTAL, 0)


def test_going_on_with_ones_own_reader_keeps_the_number(shop: Shop) -> None:
    first = take(shop, LUC).fence
    shop.pass_time(minutes=30)
    assert take(shop, LUC, fence=first).fence == first


def test_the_office_takes_a_reader_over_at_once_and_frees_it(shop: Shop) -> None:
    held = take(shop, LUC).fence
    assert take(shop, "api_key:desk", is_office=True).fence == held + 1
    with pytest.raises(ReaderHeld):
        take(shop, LUC)
    free(shop, "staff:boss", is_office=True)
    assert take(shop, LUC).fence == held + 2


def test_one_may_let_go_of_ones_own_reader_alone(shop: Shop) -> None:
    take(shop, LUC)
    with pytest.raises(ReaderHeld):
        free(shop, ANNE)
    free(shop, LUC)
    assert take(shop, ANNE).holder == ANNE


def test_a_command_with_an_older_number_is_refused_before_stripe_is_called(shop: Shop) -> None:
    invoice = shop.invoice()
    stale = take(shop, LUC).fence
    take(shop, ANNE, is_office=True)
    free(shop, ANNE)
    for late in (
        lambda: shop.collect(invoice, "pay_1", taken_by=LUC, reader_fence=stale),
        lambda: show(shop, invoice.id, fence=stale),
        lambda: take(shop, LUC, fence=stale),
    ):
        with pytest.raises(ReaderTaken):
            late()
    assert (sent(shop, "/payment_intents"), sent(shop, "/set_reader_display")) == (0, 0)
    assert shop.find_payment("pay_1") is None


def test_lines_are_shown_while_a_card_only_holds_what_it_paid_there(shop: Shop) -> None:
    with transaction() as session:
        business.change_settings(session, {"capture_later": True})
    held, other = shop.invoice(), shop.invoice()
    shop.collect(held, "pay_1", taken_by=LUC)
    with pytest.raises(ReaderInUse):
        show(shop, other.id)
    shop.press("tap")
    assert shop.ask("pay_1").capture_before is not None
    show(shop, other.id)
    assert cart(shop)["total"] == Shop.TOTAL


def test_a_reader_whose_registration_was_not_answered_is_kept_all_the_same(shop: Shop) -> None:
    shop.fault("drop_after", "/v1/terminal/readers", method="POST", times=3)
    wanted: dict[str, Any] = {"registration_code": "simulated-wpe", "label": "Van 2", "location_id": None}
    kept = flows.register_reader(**wanted, now=shop.now())
    assert kept.label == "Van 2"
    assert len(shop.sandbox.state.all("terminal.reader")) == 2
    shop.fault("drop_before", "/v1/terminal/readers", method="POST", times=3)
    with pytest.raises(OutcomeUnknown):
        flows.register_reader(**wanted, now=shop.now())


def test_a_reader_taken_while_the_intent_was_being_made_is_not_lit(shop: Shop) -> None:
    mine, theirs = shop.invoice(), shop.invoice()
    slow = begin(shop, "/v1/payment_intents", lambda: shop.collect(mine, "pay_1", taken_by=LUC))
    take(shop, ANNE, is_office=True)
    shop.collect(theirs, "pay_2", taken_by=ANNE)
    shop.pass_time(hours=1)
    assert slow.status() is Status.FAILED
    assert shop.payment("pay_1").failure_code == "reader_taken"
    assert sent(shop, "/process_payment_intent") == 1
    shop.press("tap")
    assert shop.ask("pay_2").status is Status.SUCCEEDED


def test_canceling_never_stops_a_colleague_who_begins_in_the_same_moment(shop: Shop) -> None:
    mine, theirs = shop.invoice(), shop.invoice()
    shop.collect(mine, "pay_1", taken_by=LUC)
    take(shop, ANNE, is_office=True)
    canceling = begin(shop, READER, lambda: flows.cancel(payment_id="pay_1", now=shop.now()))
    answers: list[Status] = []
    beginning = threading.Thread(target=lambda: answers.append(shop.collect(theirs, "pay_2", taken_by=ANNE).status))
    beginning.start()
    shop.pass_time(hours=1)
    assert canceling.status() is Status.CANCELED
    beginning.join()
    assert answers == [Status.WAITING]
    shop.press("tap")
    assert shop.ask("pay_2").status is Status.SUCCEEDED


def test_an_earlier_attempt_given_up_late_does_not_stop_the_next_on_the_same_intent(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("decline")
    shop.ask("pay_1")
    shop.collect(invoice, "pay_2")
    collecting_again = shop.payment("pay_2")
    assert collecting_again.stripe_intent_id == shop.payment("pay_1").stripe_intent_id
    flows.collecting._shut(shop.payment("pay_1"), now=shop.now())
    assert shop.can_tap()


def test_lines_and_total_are_shown_before_the_payment_and_the_payment_takes_their_place(shop: Shop) -> None:
    invoice = shop.invoice()
    show(shop, invoice.id)
    shown = cart(shop)
    assert [(line["description"], line["amount"]) for line in shown["line_items"]] == [("2 × Main-d’œuvre", 19000)]
    assert (shown["tax"], shown["total"], shown["currency"]) == (2845, Shop.TOTAL, "cad")
    assert shop.collect(invoice, "pay_1", taken_by=LUC).status is Status.WAITING
    shop.press("tap")
    assert shop.ask("pay_1").status is Status.SUCCEEDED


def test_what_is_partly_paid_is_shown_as_its_balance(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1", method=Method.CASH, amount_minor=10000)
    show(shop, invoice.id)
    shown = cart(shop)
    assert [line["description"] for line in shown["line_items"]] == [f"Solde de la facture {invoice.number}"]
    assert (shown["tax"], shown["total"]) == (0, Shop.TOTAL - 10000)


def test_showing_lines_holds_the_reader_and_letting_go_clears_them(shop: Shop) -> None:
    invoice = shop.invoice()
    show(shop, invoice.id)
    with pytest.raises(ReaderHeld):
        show(shop, invoice.id, by=ANNE)
    free(shop, LUC)
    show(shop, invoice.id, by=ANNE)
    free(shop, ANNE)
    assert shop.control("GET", "snapshot")["objects"]["terminal.reader"][shop.reader.id]["action"] is None


def test_lines_never_replace_a_payment_that_waits_for_its_card(shop: Shop) -> None:
    paying, other = shop.invoice(), shop.invoice()
    shop.collect(paying, "pay_1", taken_by=LUC)
    with pytest.raises(ReaderInUse):
        show(shop, other.id)
    assert sent(shop, "/set_reader_display") == 0
    shop.press("tap")
    assert shop.ask("pay_1").status is Status.SUCCEEDED


def test_lines_never_replace_a_payment_that_we_do_not_know_of(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("decline")
    shop.ask("pay_1")
    shop.process_late("pay_1")
    with pytest.raises(ReaderInUse):
        show(shop, invoice.id, by="test")
    assert shop.can_tap()


def test_letting_go_does_not_stop_a_payment(shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1", taken_by=LUC)
    free(shop, LUC)
    shop.press("tap")
    assert shop.ask("pay_1").status is Status.SUCCEEDED


def test_a_payment_begun_while_lines_are_on_their_way_comes_after_them(shop: Shop) -> None:
    invoice = shop.invoice()
    showing = begin(shop, DISPLAY, lambda: show(shop, invoice.id))
    answers: list[Status] = []
    paying = threading.Thread(target=lambda: answers.append(shop.collect(invoice, "pay_1", taken_by=LUC).status))
    paying.start()
    shop.pass_time(hours=1)
    showing.calling.join()
    paying.join()
    assert answers == [Status.WAITING]
    shop.press("tap")
    assert shop.ask("pay_1").status is Status.SUCCEEDED


def test_what_a_reader_is_doing_is_asked_of_stripe_and_said(shop: Shop) -> None:
    def doing() -> str:
        return reader_flows.check_reader(reader_id=shop.reader.id)[0]

    invoice = shop.invoice()
    said = [doing()]
    show(shop, invoice.id)
    said.append(doing())
    shop.collect(invoice, "pay_1", taken_by=LUC)
    said.append(doing())
    shop.press("decline")
    shop.ask("pay_1")
    shop.process_late("pay_1")
    said.append(doing())
    shop.press("unplug")
    said.append(doing())
    shop.press("plug")
    shop.fault("error_500", READER, times=3)
    said.append(doing())
    assert said == ["ready", "showing", "collecting", "left_behind", "left_behind", "unreachable"]


def test_a_reader_is_assigned_to_a_technician_and_a_van(shop: Shop) -> None:
    with transaction() as session:
        operations.assign_reader(session, reader_id=shop.reader.id, technician_id="luc", van="Van 3")
    seen = reader_flows.last_seen()
    with transaction() as session:
        reader = queries.get_reader(session, shop.reader.id)
        (sheet,) = queries.readers.sheets(session, [reader], seen=seen, asked_by=ANNE, now=shop.now())
    assert (sheet["technician_name"], sheet["van"], sheet["status"]) == ("Luc", "Van 3", "online")
    assert sheet["lease"] == {"held_by": None, "held_until": None, "is_mine": False, "fence": 0}
