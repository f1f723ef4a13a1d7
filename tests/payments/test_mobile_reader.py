"""Cards taken by a phone's app: by what we made for it, on its own, twice, and for nobody."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from server.access import operations as access
from server.business import operations as business
from server.core.database import transaction
from server.gateway import intents, readers
from server.gateway.client import client as stripe_client
from server.gateway.intents import Intent
from server.invoices.models import Invoice
from server.ledger.rules import Kind
from server.payments import flows, operations, queries
from server.payments.operations import AlreadyAssigned, PaymentInFlight
from server.payments.rules import Method, RefundStatus, Status
from tests.shop import Shop


def begin(shop: Shop, invoice: Invoice, payment_id: str = "pay_1", **more: Any) -> str:
    """Begin on a phone; return the PaymentIntent its SDK collects by."""
    begun = shop.collect(invoice, payment_id, method=Method.MOBILE_READER, **more)
    assert begun.status is Status.WAITING
    return begun.stripe_intent_id or ""


def take(shop: Shop, intent_id: str, *, press: str = "tap", **options: Any) -> None:
    """Let the phone take a card for an intent, as its SDK does: without asking us."""
    readers.collect(shop.reader.id, intent_id=intent_id, key=f"{intent_id}:{press}", currency="CAD")
    shop.press(press, **options)


def forward(
    shop: Shop,
    amount_minor: int = Shop.TOTAL,
    *,
    held: bool = False,
    tip: int = 0,
    card: str = "4242424242424242",
    **metadata: Any,
) -> str:
    """Let the phone make an intent of its own without network, and forward it later; return its id."""
    wanted: Any = {
        "amount": amount_minor,
        "currency": "cad",
        "allowed_payment_method_types": ["card_present"],
        "metadata": metadata,
        "description": "Tap on the phone",
        "capture_method": "manual" if held else "automatic",
    }
    made = stripe_client().v1.payment_intents.create(wanted).id
    readers.collect(shop.reader.id, intent_id=made, key=f"{made}:forward", currency="CAD")
    presented: Any = {"type": "card_present", "card_present": {"number": card}}
    presented |= {"amount_tip": tip} if tip else {}
    stripe_client().v1.test_helpers.terminal.readers.present_payment_method(shop.reader.id, presented)
    return made


def learn(shop: Shop, intent_id: str) -> None:
    """Let the event arrive, and arrive again."""
    for _ in range(2):
        flows.take_up(intent_id=intent_id, now=shop.now())


def show(shop: Shop, intent_id: str) -> Intent:
    return intents.get_intent(intent_id)


def test_what_the_phone_takes_pays_the_invoice(shop: Shop) -> None:
    invoice = shop.invoice()
    take(shop, begin(shop, invoice))
    assert shop.ask("pay_1").status is Status.SUCCEEDED
    assert (shop.balance(invoice), shop.at_stripe()) == (0, shop.captured())


def test_after_a_decline_the_phone_goes_on_with_the_same_intent(shop: Shop) -> None:
    invoice = shop.invoice()
    intent_id = begin(shop, invoice)
    take(shop, intent_id, press="decline")
    declined = shop.ask("pay_1")
    assert (declined.status, declined.failure_code) == (Status.WAITING, "generic_decline")
    with pytest.raises(PaymentInFlight):
        shop.collect(invoice, "pay_2")
    take(shop, intent_id)
    assert shop.ask("pay_1").status is Status.SUCCEEDED


def test_what_is_given_up_cannot_be_paid_any_more(shop: Shop) -> None:
    invoice = shop.invoice()
    intent_id = begin(shop, invoice)
    assert flows.cancel(payment_id="pay_1", now=shop.now()).status is Status.CANCELED
    assert show(shop, intent_id).status == "canceled"
    assert begin(shop, invoice, "pay_2") != intent_id


def test_a_card_quicker_than_the_cancellation_counts(shop: Shop) -> None:
    invoice = shop.invoice()
    take(shop, begin(shop, invoice))
    assert flows.cancel(payment_id="pay_1", now=shop.now()).status is Status.SUCCEEDED
    assert shop.balance(invoice) == 0


def test_what_nobody_finishes_is_closed_within_the_hour(shop: Shop) -> None:
    intent_id = begin(shop, shop.invoice())
    shop.pass_time(minutes=61)
    assert shop.ask("pay_1").status is Status.CANCELED
    assert show(shop, intent_id).status == "canceled"


def test_a_business_that_authorizes_first_captures_what_the_phone_took(shop: Shop) -> None:
    with transaction() as session:
        business.change_settings(session, {"capture_later": True})
    invoice = shop.invoice()
    take(shop, begin(shop, invoice))
    assert shop.ask("pay_1").capture_before is not None
    assert flows.capture(payment_id="pay_1", now=shop.now()).status is Status.SUCCEEDED
    assert shop.balance(invoice) == 0


@pytest.mark.parametrize(("kind", "times"), [("drop_before", 3), ("drop_after", 3), ("error_429", 1)])
def test_an_intent_that_nobody_was_told_of_fails_the_attempt(shop: Shop, kind: str, times: int) -> None:
    invoice = shop.invoice()
    shop.fault(kind, "/v1/payment_intents", times=times)
    assert shop.collect(invoice, "pay_1", method=Method.MOBILE_READER).status is Status.FAILED
    take(shop, begin(shop, invoice, "pay_2"))
    assert shop.ask("pay_2").status is Status.SUCCEEDED


@pytest.fixture
def phone(shop: Shop) -> dict[str, str]:
    """What a paired phone sends."""
    with transaction() as session:
        pairing = access.create_pairing(session, technician_id=shop.technician.id, now=shop.now())
        paired = access.pair_device(session, code=pairing.code, name="Phone", now=shop.now())
    return {"Authorization": f"Bearer {paired.token}"}


def test_the_secret_is_told_to_whom_began_it_and_kept_nowhere(
    shop: Shop, client: FlaskClient, phone: dict[str, str]
) -> None:
    invoice = shop.invoice()
    wanted = {"payment_id": "pay_1", "invoice_id": invoice.id, "method": "mobile_reader", "amount_minor": Shop.TOTAL}
    told = client.post("/api/v1/payments", json=wanted, headers={**phone, "Idempotency-Key": "k"}).get_json()
    assert told["client_secret"].startswith(f"{told['intent_id']}_secret_")
    assert "client_secret" not in client.get("/api/v1/payments/pay_1", headers=phone).get_json()
    with transaction() as session:
        rows = "SELECT p::text FROM payments p UNION ALL SELECT k::text FROM idempotency_keys k"
        kept = session.connection().exec_driver_sql(rows).scalars().all()
    assert len(kept) == 2
    assert not [row for row in kept if told["client_secret"] in row]
    with transaction() as session:
        _, key = access.create_api_key(session, name="other", now=shop.now())
    other = client.post("/api/v1/payments", json=wanted, headers={"Authorization": f"Bearer {key}"}).get_json()
    assert (other["status"], other["client_secret"]) == ("waiting", None)


def test_a_card_taken_without_network_pays_the_invoice_it_names(shop: Shop) -> None:
    invoice = shop.invoice()
    learn(shop, forward(shop, payment_id="pay_phone", invoice_id=invoice.id))
    paid = shop.payment("pay_phone")
    assert (paid.status, paid.method) == (Status.SUCCEEDED, Method.MOBILE_READER)
    assert (shop.balance(invoice), shop.at_stripe()) == (0, shop.captured())


def test_a_forwarded_card_that_was_declined_is_shown_once_and_pays_later_all_the_same(shop: Shop) -> None:
    invoice = shop.invoice()
    named: Any = {"payment_id": "pay_phone", "invoice_id": invoice.id}
    intent_id = forward(shop, card="4000000000000002", **named)
    for _ in range(2):
        learn(shop, intent_id)
    learn(shop, forward(shop, card="4000000000000002", invoice_id="inv_gone"))
    with transaction() as session:
        (declined,) = queries.list_for_invoices(session, [invoice.id])
    assert (declined.status, declined.failure_code) == (Status.FAILED, "forwarded_declined")
    assert (declined.method, declined.card_last4) == (Method.MOBILE_READER, "0002")
    assert shop.balance(invoice) == Shop.TOTAL
    take(shop, intent_id)
    learn(shop, intent_id)
    assert (shop.payment("pay_phone").status, shop.balance(invoice)) == (Status.SUCCEEDED, 0)


def test_of_a_card_forwarded_several_times_the_first_counts_and_the_rest_goes_back(shop: Shop) -> None:
    invoice = shop.invoice()
    named: dict[str, Any] = {"payment_id": "pay_phone", "invoice_id": invoice.id}
    forwarded = [forward(shop, 10000, **named) for _ in range(3)]
    for intent_id in forwarded:
        learn(shop, intent_id)
    assert shop.balance(invoice) == Shop.TOTAL - 10000
    assert (shop.captured(), shop.at_stripe(), shop.books(Kind.CUSTOMER_CREDIT)) == (30000, 30000, 20000)
    shop.work()
    assert (shop.refunded(), shop.at_stripe(), shop.books(Kind.CUSTOMER_CREDIT)) == (20000, 10000, 0)
    assert shop.balance(invoice) == Shop.TOTAL - 10000
    with transaction() as session:
        doubles = [each for each in queries.list_for_invoices(session, [invoice.id]) if each.double_of == "pay_phone"]
        refunds = queries.list_refunds(session, [each.id for each in doubles])
    assert [each.status for each in refunds] == [RefundStatus.SUCCEEDED] * 2


@pytest.mark.parametrize("named", [{"payment_id": "pay_phone"}, {}], ids=["of one payment", "of one invoice"])
def test_what_came_twice_goes_back_with_its_tip(shop: Shop, named: dict[str, Any]) -> None:
    invoice = shop.invoice()
    for _ in range(2):
        learn(shop, forward(shop, tip=500, invoice_id=invoice.id, **named))
    shop.work()
    assert (shop.refunded(), shop.at_stripe()) == (Shop.TOTAL + 500, Shop.TOTAL + 500)
    assert (shop.balance(invoice), shop.books(Kind.CUSTOMER_CREDIT), shop.books(Kind.TIPS)) == (0, 0, 500)


def test_a_tip_beside_a_payment_of_which_a_part_was_owed_stays(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1", method=Method.CASH, amount_minor=10000)
    learn(shop, forward(shop, tip=500, invoice_id=invoice.id))
    shop.work()
    assert (shop.refunded(), shop.books(Kind.TIPS), shop.balance(invoice)) == (10000, 500, 0)


def test_a_double_that_stripe_will_not_give_back_stays_the_customers_credit(shop: Shop) -> None:
    invoice = shop.invoice()
    named: dict[str, Any] = {"payment_id": "pay_phone", "invoice_id": invoice.id}
    for _ in range(2):
        forwarded = forward(shop, **named)
        learn(shop, forwarded)
    charge = show(shop, forwarded).charge
    shop.control("POST", "disputes", {"charge": charge.id if charge else ""})
    shop.work()
    assert (shop.balance(invoice), shop.books(Kind.CUSTOMER_CREDIT)) == (0, Shop.TOTAL)


def test_a_forwarded_card_takes_the_place_of_what_we_had_made_for_the_same_payment(shop: Shop) -> None:
    invoice = shop.invoice()
    ours = begin(shop, invoice)
    learn(shop, forward(shop, payment_id="pay_1", invoice_id=invoice.id))
    assert shop.payment("pay_1").status is Status.SUCCEEDED
    assert show(shop, ours).status == "canceled"
    assert shop.balance(invoice) == 0


def test_a_card_taken_after_an_earlier_hold_ended_is_no_double(shop: Shop) -> None:
    invoice = shop.invoice()
    named: dict[str, Any] = {"payment_id": "pay_phone", "invoice_id": invoice.id}
    learn(shop, forward(shop, held=True, **named))
    flows.cancel(payment_id="pay_phone", now=shop.now())
    learn(shop, forward(shop, **named))
    shop.work()
    assert (shop.payment("pay_phone").status, shop.balance(invoice)) == (Status.SUCCEEDED, 0)
    assert (shop.captured(), shop.refunded()) == (Shop.TOTAL, 0)


def test_a_double_that_is_held_is_let_go_though_we_died_before_we_said_so(shop: Shop) -> None:
    invoice = shop.invoice()
    named: dict[str, Any] = {"payment_id": "pay_phone", "invoice_id": invoice.id}
    first, second = forward(shop, held=True, **named), forward(shop, held=True, **named)
    learn(shop, first)
    seen = show(shop, second)
    with transaction() as session:  # as if the process had died before the call
        operations.take_up(session, intent=seen, now=shop.now())
    learn(shop, second)
    assert (show(shop, first).status, show(shop, second).status) == ("requires_capture", "canceled")


def test_a_tip_beside_a_forwarded_card_is_the_technicians(shop: Shop) -> None:
    invoice = shop.invoice()
    learn(shop, forward(shop, tip=500, payment_id="pay_phone", invoice_id=invoice.id))
    paid = shop.payment("pay_phone")
    assert (paid.amount_minor, paid.tip_minor, shop.balance(invoice)) == (Shop.TOTAL, 500, 0)
    assert (shop.books(Kind.TIPS), shop.books(Kind.CUSTOMER_CREDIT)) == (500, 0)
    assert shop.at_stripe() == shop.captured()


@pytest.mark.parametrize("named", [{"payment_id": "pay_1"}, {}], ids=["of our payment", "of the invoice"])
def test_a_part_that_a_forwarded_card_holds_is_taken_with_its_tip(shop: Shop, named: dict[str, Any]) -> None:
    invoice = shop.invoice()
    if named:
        begin(shop, invoice)
    learn(shop, forward(shop, 10000, held=True, tip=500, invoice_id=invoice.id, **named))
    shop.pass_time(hours=43)
    flows.capture_due(now=shop.now())
    assert (shop.balance(invoice), shop.books(Kind.TIPS)) == (Shop.TOTAL - 10000, 500)
    assert shop.captured() == shop.at_stripe() == 10500


def test_a_tip_beside_money_that_named_nothing_pays_no_invoice(shop: Shop) -> None:
    invoice = shop.invoice()
    stranger = forward(shop, 5000, tip=500)
    learn(shop, stranger)
    with transaction() as session:
        operations.assign(
            session, unassigned_id=stranger, invoice_id=invoice.id, assigned_by="staff:anne", now=shop.now()
        )
    assert (shop.balance(invoice), shop.books(Kind.TIPS)) == (Shop.TOTAL - 5000, 500)
    assert shop.captured() == shop.at_stripe() == 5500


def test_money_that_went_back_before_it_was_assigned_is_owed_again(shop: Shop) -> None:
    invoice = shop.invoice()
    stranger = forward(shop)
    learn(shop, stranger)
    stripe_client().v1.refunds.create({"payment_intent": stranger, "amount": 1000})
    with transaction() as session:
        operations.assign(
            session, unassigned_id=stranger, invoice_id=invoice.id, assigned_by="staff:anne", now=shop.now()
        )
    shop.work()
    assert (shop.balance(invoice), shop.at_stripe()) == (1000, shop.captured() - shop.refunded())


def test_a_double_that_is_only_held_is_let_go(shop: Shop) -> None:
    invoice = shop.invoice()
    named: dict[str, Any] = {"payment_id": "pay_phone", "invoice_id": invoice.id}
    first, second = forward(shop, held=True, **named), forward(shop, held=True, **named)
    for intent_id in (first, second):
        learn(shop, intent_id)
    assert shop.payment("pay_phone").capture_before is not None
    assert (show(shop, first).status, show(shop, second).status) == ("requires_capture", "canceled")
    flows.capture(payment_id="pay_phone", now=shop.now())
    assert (shop.balance(invoice), shop.captured()) == (0, Shop.TOTAL)


def test_a_card_that_names_nothing_of_ours_waits_for_the_office(shop: Shop) -> None:
    invoice = shop.invoice()
    stranger = forward(shop, 5000, payment_id="pay_gone", invoice_id="inv_gone")
    learn(shop, stranger)
    with transaction() as session:
        waiting = session.scalars(queries.unassigned_statement()).one()
    assert (waiting.amount_minor, waiting.card_last4, waiting.words) == (5000, "4242", "Tap on the phone")
    for _ in range(2):
        with transaction() as session:
            wanted: Any = {"unassigned_id": stranger, "assigned_by": "staff:anne", "now": shop.now()}
            operations.assign(session, invoice_id=invoice.id, **wanted)
    assert (shop.balance(invoice), shop.at_stripe()) == (Shop.TOTAL - 5000, 5000)
    other = shop.invoice()
    with pytest.raises(AlreadyAssigned), transaction() as session:
        operations.assign(session, invoice_id=other.id, **wanted)


def test_forwarded_cards_are_found_although_their_events_are_lost(shop: Shop) -> None:
    invoice = shop.invoice()
    forward(shop, payment_id="pay_phone", invoice_id=invoice.id)
    forward(shop, 700)
    for _ in range(2):
        flows.look_for_forwarded(now=shop.now())
    assert shop.balance(invoice) == 0
    with transaction() as session:
        assert len(session.scalars(queries.unassigned_statement()).all()) == 1
