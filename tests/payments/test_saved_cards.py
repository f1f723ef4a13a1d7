"""A card kept with its holder's consent, from a tap or a page, and charged later without them."""

from __future__ import annotations

import hashlib

import pytest
import requests

from server.core.database import transaction
from server.gateway.client import OutcomeUnknown
from server.invoices.models import Invoice
from server.messages import queries as messages
from server.messages.rules import Kind as MessageKind
from server.payments import flows, operations, queries
from server.payments.models import Payment, SavedCard
from server.payments.operations import (
    CannotCancel,
    ConsentChanged,
    PaymentExists,
    PaymentInFlight,
    PaymentOutcomeUnknown,
    SavedCardGone,
)
from server.payments.rules import Channel, Consent, Method, Status
from tests import quebec
from tests.shop import Shop

NEEDS_HOLDER, DECLINED_LATER = "4000002760003184", "4000000000000341"


def consent(channel: Channel = Channel.READER, language: str = "fr") -> Consent:
    with transaction() as session:
        shown = queries.consent_of(session, language=language)
    return Consent(text_sha256=shown["text_sha256"], language=language, said_by="Marie Gagnon", channel=channel)


def save_by_tap(shop: Shop, number: str | None = None) -> SavedCard:
    """Let a customer pay an invoice at the reader and have the card kept."""
    invoice = shop.invoice()
    shop.collect(invoice, f"pay_{invoice.id}", consent=consent())
    shop.press("tap", **({"number": number} if number else {}))
    shop.ask(f"pay_{invoice.id}")
    with transaction() as session:
        found = queries.find_consent(session, f"pay_{invoice.id}")
    assert found is not None
    return found


def charge(shop: Shop, card: SavedCard, invoice: Invoice, payment_id: str = "pay_1", amount_minor: int = 0) -> Payment:
    return flows.charge_saved(
        payment_id=payment_id,
        invoice_id=invoice.id,
        saved_card_id=card.id,
        amount_minor=amount_minor or Shop.TOTAL,
        taken_by="staff:anne",
        now=shop.now(),
    )


def stripe_get(shop: Shop, path: str) -> dict[str, object]:
    key = {"Authorization": "Bearer sk_test_fieldpay"}
    found: dict[str, object] = requests.get(f"{shop.sandbox.url}/v1/{path}", headers=key, timeout=10).json()
    return found


def at_stripe(shop: Shop, card: SavedCard) -> dict[str, object]:
    return stripe_get(shop, f"payment_methods/{card.stripe_method_id}")


def test_a_tapped_card_is_kept_with_the_words_its_holder_agreed_to(shop: Shop) -> None:
    card = save_by_tap(shop)
    assert (card.brand, card.last4, card.consent_channel) == ("visa", "4242", Channel.READER)
    assert "conserver ma carte" in card.consent_text
    assert hashlib.sha256(card.consent_text.encode()).hexdigest() == card.consent_sha256
    assert at_stripe(shop, card)["customer"] == card.stripe_customer_id
    invoice = shop.invoice()
    paid = charge(shop, card, invoice)
    assert (paid.status, paid.card_last4, paid.saved_card_id) == (Status.SUCCEEDED, "4242", card.id)
    assert shop.status(invoice) == "paid"
    assert charge(shop, card, invoice).id == paid.id
    assert shop.at_stripe() == shop.captured() == 2 * Shop.TOTAL
    with pytest.raises(PaymentExists):
        charge(shop, card, invoice, amount_minor=5)
    assert shop.refund("pay_1").status == "succeeded"


def test_a_card_that_paid_on_a_page_is_kept_too_and_a_debited_account_is_not(shop: Shop) -> None:
    kept = []
    for payment_id, outcome in (("pay_1", "pay"), ("pay_2", "debit")):
        invoice = shop.invoice()
        agreed = consent(Channel.PAGE, "en")
        page = shop.collect(invoice, payment_id, method=Method.PAY_LINK, consent=agreed)
        shop.control("POST", f"checkout/{page.stripe_session_id}", {"outcome": outcome})
        shop.pass_time(days=4)
        assert shop.ask(payment_id).status is Status.SUCCEEDED
        with transaction() as session:
            found = queries.find_consent(session, payment_id)
        assert found is not None
        kept.append(found)
    assert kept[0].saved_at is not None
    assert kept[1].saved_at is None
    assert charge(shop, kept[0], shop.invoice(), "pay_3").status is Status.SUCCEEDED
    with pytest.raises(SavedCardGone):
        charge(shop, kept[1], shop.invoice(), "pay_4")


def test_without_consent_or_with_other_words_nothing_is_kept(shop: Shop) -> None:
    invoice = shop.invoice()
    stale = Consent(text_sha256="0" * 64, language="fr", said_by="Marie", channel=Channel.READER)
    with pytest.raises(ConsentChanged):
        shop.collect(invoice, "pay_1", consent=stale)
    assert shop.find_payment("pay_1") is None
    shop.collect(invoice, "pay_1", consent=consent())
    shop.press("decline")
    assert shop.ask("pay_1").status is Status.FAILED
    shop.collect(invoice, "pay_2")
    shop.press("tap")
    shop.ask("pay_2")
    with transaction() as session:
        assert queries.list_saved_cards(session, [invoice.customer_id]) == []
    assert stripe_get(shop, "payment_methods")["data"] == []


def test_a_bank_that_wants_the_holder_refuses_and_they_are_sent_their_link(shop: Shop) -> None:
    card = save_by_tap(shop, NEEDS_HOLDER)
    invoice = shop.invoice()
    refused = charge(shop, card, invoice)
    assert (refused.status, refused.failure_code) == (Status.FAILED, "authentication_required")
    shop.ask("pay_1")
    with transaction() as session:
        told = [one for one in messages.list_for_invoice(session, invoice.id) if one.kind == MessageKind.CONFIRMATION]
    assert len(told) == 1
    assert "/p/" in told[0].text
    page = shop.collect(invoice, "pay_2", method=Method.PAY_LINK)
    assert shop.pay_page(page)
    assert shop.ask("pay_2").status is Status.SUCCEEDED
    assert shop.captured() == 2 * Shop.TOTAL == shop.at_stripe()


def test_a_declined_charge_says_why(shop: Shop) -> None:
    card = save_by_tap(shop, DECLINED_LATER)
    refused = charge(shop, card, shop.invoice())
    assert (refused.status, refused.failure_code) == (Status.FAILED, "generic_decline")
    assert shop.captured() == Shop.TOTAL


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_a_charge_whose_answer_is_lost_is_unknown_until_stripe_is_asked(shop: Shop, fault: str) -> None:
    card, invoice = save_by_tap(shop), shop.invoice()
    shop.fault(fault, "*/confirm", times=3)
    assert charge(shop, card, invoice).status is Status.UNKNOWN
    with pytest.raises(PaymentOutcomeUnknown):
        charge(shop, card, invoice, "pay_2")
    with pytest.raises(CannotCancel):
        flows.cancel(payment_id="pay_1", now=shop.now())
    shop.pass_time(minutes=10)
    shop.resolve_open()
    told = shop.payment("pay_1")
    taken = fault == "drop_after"
    assert told.status is (Status.SUCCEEDED if taken else Status.FAILED)
    assert shop.balance(invoice) == (0 if taken else Shop.TOTAL)
    assert shop.captured() == (2 if taken else 1) * Shop.TOTAL == shop.at_stripe()


def test_a_charge_closes_the_page_that_is_open_and_waits_for_the_reader(shop: Shop) -> None:
    card, invoice = save_by_tap(shop), shop.invoice()
    page = shop.collect(invoice, "pay_1", method=Method.PAY_LINK)
    assert charge(shop, card, invoice, "pay_2").status is Status.SUCCEEDED
    assert not shop.pay_page(page)
    other = shop.invoice()
    shop.collect(other, "pay_3")
    with pytest.raises(PaymentInFlight):
        charge(shop, card, other, "pay_4")


def test_a_consent_taken_back_ends_the_card_everywhere(shop: Shop) -> None:
    card = save_by_tap(shop)
    for _ in range(2):
        with transaction() as session:
            operations.withdraw_card(session, card_id=card.id, withdrawn_by="customer", now=shop.now())
    shop.work()
    assert at_stripe(shop, card)["customer"] is None
    flows.let_card_go(card_id=card.id)
    with pytest.raises(SavedCardGone):
        charge(shop, card, shop.invoice())


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error_500"])
def test_a_card_is_let_go_though_the_answer_was_lost(shop: Shop, fault: str) -> None:
    card = save_by_tap(shop)
    shop.fault(fault, "*/detach", times=3)
    with pytest.raises(OutcomeUnknown):
        flows.let_card_go(card_id=card.id)
    flows.let_card_go(card_id=card.id)
    assert at_stripe(shop, card)["customer"] is None


def test_a_consent_taken_back_before_the_tap_keeps_nothing(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1", consent=consent())
    with transaction() as session:
        found = queries.find_consent(session, "pay_1")
        assert found is not None
        operations.withdraw_card(session, card_id=found.id, withdrawn_by="customer", now=shop.now())
    shop.press("tap")
    shop.ask("pay_1")
    shop.work()
    with transaction() as session:
        kept = queries.get_saved_card(session, found.id)
    assert at_stripe(shop, kept)["customer"] is None


def test_a_card_of_another_customer_is_not_charged(shop: Shop) -> None:
    card, invoice = save_by_tap(shop), shop.invoice()
    with transaction() as session:
        quebec.add_customer(session, "cus_2")
        session.get_one(SavedCard, card.id).customer_id = "cus_2"
    with pytest.raises(queries.NoSuchSavedCard):
        charge(shop, card, invoice)


def test_a_charge_whose_answer_was_lost_has_not_failed_where_the_next_try_was_one_too_many(shop: Shop) -> None:
    card = save_by_tap(shop)
    invoice = shop.invoice()
    shop.fault("drop_after", "/v1/payment_intents/*/confirm")
    shop.fault("error_429", "/v1/payment_intents/*/confirm", nth=2, times=2)
    assert charge(shop, card, invoice).status is Status.UNKNOWN
    with pytest.raises(PaymentOutcomeUnknown):
        charge(shop, card, invoice, "pay_2")
    assert shop.ask("pay_1").status is Status.SUCCEEDED
    assert shop.at_stripe() == shop.captured() == 2 * Shop.TOTAL


def test_a_charge_that_was_interrupted_does_not_go_on_once_the_consent_was_taken_back(shop: Shop) -> None:
    card = save_by_tap(shop)
    invoice = shop.invoice()
    shop.fault("drop_before", "/v1/payment_intents", times=3)
    assert charge(shop, card, invoice).status is Status.UNKNOWN
    with transaction() as session:  # as if the process had died before it said so
        queries.get_payment(session, "pay_1").status = Status.CREATED
        operations.withdraw_card(session, card_id=card.id, withdrawn_by="customer", now=shop.now())
    with pytest.raises(SavedCardGone):
        charge(shop, card, invoice)
    shop.pass_time(minutes=5)
    assert shop.ask("pay_1").status is Status.FAILED
    assert shop.captured() == Shop.TOTAL
