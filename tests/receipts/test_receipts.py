"""Every outcome gives one receipt, numbered without a gap, that never changes and goes where it is sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from server.core import config
from server.core.database import transaction
from server.customers import operations as customers
from server.customers.models import Customer
from server.documents.pdf import Paper
from server.gateway import refunds
from server.ledger import operations as ledger
from server.ledger.operations import Move
from server.ledger.rules import Kind as Accounts
from server.messages import queries as messages
from server.messages.models import Message
from server.payments import queries as payments
from server.payments.rules import Method
from server.receipts import operations, queries, rules
from server.receipts.models import Receipt
from server.receipts.operations import AddressMissing, SentTooOften, TextingNotSetUp
from server.receipts.queries import NoSuchReceipt
from server.receipts.rules import Channel, Facts, Kind
from tests.shop import Shop

FAILING_CARD = "4000000000005126"


def receipts(invoice_id: str = "inv_1") -> list[Receipt]:
    with transaction() as session:
        about = [payment.id for payment in payments.list_for_invoices(session, [invoice_id])]
        return queries.list_for_payments(session, about)


def facts(receipt: Receipt) -> Facts:
    return rules.read(receipt.facts)


def mails() -> list[Message]:
    with transaction() as session:
        every = list(session.scalars(select(Receipt.id)))
        return [message for _, message in queries.list_sendings(session, every)]


def pay(shop: Shop, payment_id: str = "pay_1", **card: Any) -> Receipt:
    shop.collect(shop.invoice(), payment_id)
    shop.press("tap", **card)
    shop.ask(payment_id)
    with transaction() as session:
        return queries.get_of_payment(session, payment_id)


def send(receipt: Receipt, shop: Shop, channel: Channel = Channel.EMAIL, to: str | None = None) -> str:
    with transaction() as session:
        _, message = operations.send(
            session, receipt=receipt, channel=channel, to=to, sent_by="staff:anne", now=shop.now()
        )
    return message.id


def test_a_card_receipt_keeps_what_the_reader_read(shop: Shop) -> None:
    said = facts(pay(shop))
    assert (said.kind, said.number, said.place) == (Kind.PAYMENT, "R-000001", "Québec, QC")
    assert (said.amount_minor, said.balance_minor, len(said.split)) == (Shop.TOTAL, 0, 1)
    assert said.card
    assert (said.card.brand, said.card.last4, said.card.read_method) == ("visa", "4242", "contactless_emv")
    required = {"application_preferred_name", "dedicated_file_name", "account_type"}
    assert required | {"authorization_code", "application_cryptogram"} <= set(said.card.emv)


def test_what_a_receipt_says_is_sealed_and_cannot_be_changed(shop: Shop) -> None:
    receipt = pay(shop)
    with transaction() as session:
        kept = session.execute(text("SELECT facts, token_hash FROM receipts")).one()
    assert b"Marie" not in bytes(kept.facts)
    assert rules.link_token(config.current().link_key, receipt.id) not in kept.token_hash
    with pytest.raises(DBAPIError, match="receipts"), transaction() as session:
        session.execute(text("UPDATE receipts SET number = 'R-9'"))


def test_a_receipt_is_the_same_bytes_whatever_happens_later(shop: Shop) -> None:
    receipt = pay(shop)
    before = [operations.render(receipt, paper) for paper in (None, Paper.A4, Paper.STRIP)]
    shop.refund("pay_1", amount_minor=1000)
    shop.pass_time(days=40)
    with transaction() as session:
        session.get_one(Customer, "cus_1").name = "Somebody else"
    again = receipts()[0]
    assert [operations.render(again, paper) for paper in (None, Paper.A4, Paper.STRIP)] == before
    assert len(set(before)) == 3


def test_a_declined_card_gets_a_slip_that_says_so_and_no_mail(shop: Shop) -> None:
    slip = pay(shop, number="4000000000000002")
    said = facts(slip)
    assert (said.kind, said.balance_minor, said.split) == (Kind.DECLINED, Shop.TOTAL, ())
    assert said.card
    assert said.card.emv["authorization_response_code"] == "3035"
    assert "authorization_code" not in said.card.emv
    assert mails() == []


def test_an_attempt_that_never_met_a_card_gets_no_slip(shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1")
    shop.press("cancel")
    shop.ask("pay_1")
    with transaction() as session, pytest.raises(NoSuchReceipt):
        queries.get_of_payment(session, "pay_1")


def test_split_payments_add_up_on_the_last_receipt(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_cash", method=Method.CASH, amount_minor=5000)
    shop.pass_time(minutes=1)
    shop.collect(invoice, "pay_cheque", method=Method.CHEQUE, amount_minor=6000, reference="CH-9")
    shop.pass_time(minutes=1)
    shop.collect(invoice, "pay_card")
    shop.press("tap")
    shop.ask("pay_card")
    cash, cheque, card = (facts(receipt) for receipt in receipts())
    assert (cash.card, cash.balance_minor, cheque.reference) == (None, Shop.TOTAL - 5000, "CH-9")
    assert [part.method for part in card.split] == ["cash", "cheque", "card_reader"]
    assert sum(part.amount_minor for part in card.split) + card.balance_minor == Shop.TOTAL


def test_money_beyond_what_is_owed_is_shown_as_credit(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("tap")
    with transaction() as session:
        _, locked = payments.get_locked(session, "pay_1")
        ledger.post(
            session,
            entry_id="ent_elsewhere",
            reason="payment_received",
            about=invoice.id,
            currency="CAD",
            moves=[Move(20000, debit=(Accounts.CASH, ""), credit=(Accounts.RECEIVABLE, locked.id))],
            happened_at=shop.now(),
            now=shop.now(),
        )
    shop.ask("pay_1")
    assert facts(receipts()[0]).beyond_minor == 20000


def test_a_refund_has_a_receipt_and_so_has_its_failure(shop: Shop) -> None:
    pay(shop, number=FAILING_CARD)
    shop.refund("pay_1", amount_minor=2000)
    shop.pass_time(days=1, seconds=5)
    shop.resolve_open()
    _, given, failed = (facts(receipt) for receipt in receipts())
    assert (given.kind, given.amount_minor, given.balance_minor) == (Kind.REFUND, 2000, 2000)
    assert given.split[-1].is_refund
    assert given.card
    assert "application_cryptogram" not in given.card.emv
    assert (failed.kind, failed.balance_minor, len(failed.split)) == (Kind.REFUND_FAILED, 0, 1)


def test_who_never_heard_of_a_refund_is_not_told_that_it_failed(shop: Shop) -> None:
    pay(shop, number=FAILING_CARD)
    shop.refund("pay_1", amount_minor=2000)
    shop.pass_time(days=1, seconds=5)
    shop.resolve_open()
    assert [(mail.kind, mail.status) for mail in mails()] == [("receipt", "written"), ("refund", "withdrawn")]


def test_who_heard_of_a_refund_is_told_that_it_failed(shop: Shop) -> None:
    pay(shop, number=FAILING_CARD)
    shop.refund("pay_1", amount_minor=2000)
    with transaction() as session:
        session.execute(text("UPDATE messages SET status = 'sent', sent_at = created_at"))
    shop.pass_time(days=1, seconds=5)
    shop.resolve_open()
    last = mails()[-1]
    assert (last.kind, last.status) == ("refund", "written")
    assert "ne vous a pas été rendu" in last.text


def test_a_refund_that_stripe_refuses_gives_a_slip_and_no_mail(shop: Shop) -> None:
    pay(shop)
    intent_id = shop.payment("pay_1").stripe_intent_id or ""
    refunds.create_refund(key="dashboard", refund_id="", intent_id=intent_id, amount_minor=Shop.TOTAL, currency="CAD")
    assert shop.refund("pay_1", amount_minor=1000).status == "failed"
    with transaction() as session:
        slip = queries.get_of_refund(session, "ref_1")
        assert queries.list_sendings(session, [slip.id]) == []
    assert slip.kind is Kind.REFUND_FAILED


def test_numbers_have_no_gap_however_many_are_given_at_once(shop: Shop) -> None:
    made = [shop.invoice() for _ in range(8)]

    def cash(index: int) -> None:
        shop.collect(made[index], f"pay_{index}", method=Method.CASH, amount_minor=100)

    with ThreadPoolExecutor(4) as hands:
        list(hands.map(cash, range(8)))
    with transaction() as session:
        numbers = sorted(session.scalars(text("SELECT number FROM receipts")))
    assert numbers == [f"R-{number:06d}" for number in range(1, 9)]


def test_the_card_chooses_the_language_only_where_nobody_knows_the_customers(shop: Shop) -> None:
    assert facts(pay(shop)).language == "fr"
    with transaction() as session:
        session.get_one(Customer, "cus_1").language_known = False
    assert facts(pay(shop, "pay_2")).language == "en"
    assert shop.refund("pay_2").status == "succeeded"
    assert {facts(receipt).language for receipt in receipts("inv_2")} == {"en"}


def test_a_customer_of_unknown_language_speaks_the_businesss_until_somebody_says(shop: Shop) -> None:
    with transaction() as session:
        made = customers.add_customer(session, customer_id="cus_2", name="Jo", now=shop.now())
        assert (made.language, made.language_known) == ("fr", False)
        customers.change_customer(
            session,
            customer_id="cus_2",
            expected_version=1,
            changes={"language": "en"},
            by="staff:anne",
            now=shop.now(),
        )
        assert (made.language, made.language_known) == ("en", True)


def test_sending_goes_to_the_customer_or_to_whom_one_says_once_for_a_double_tap(shop: Shop) -> None:
    receipt = pay(shop)
    other = send(receipt, shop, to="paul@example.com")
    assert send(receipt, shop, to="paul@example.com") == other
    assert send(receipt, shop) == mails()[0].id, "the one that went by itself a moment ago"
    with transaction() as session:
        session.execute(text("UPDATE messages SET status = 'sent', sent_at = created_at"))
    shop.pass_time(minutes=3)
    assert send(receipt, shop, to="paul@example.com") != other
    assert [mail.recipient for mail in mails()] == ["marie@example.com", "paul@example.com", "paul@example.com"]
    with transaction() as session:
        asked = [sending.sent_by for sending, _ in queries.list_sendings(session, [receipt.id])]
    assert asked == ["fieldpay", "staff:anne", "staff:anne"]


def test_two_hands_that_send_at_once_send_once(shop: Shop) -> None:
    receipt = pay(shop)
    with ThreadPoolExecutor(4) as hands:
        sent = set(hands.map(lambda _: send(receipt, shop, to="paul@example.com"), range(4)))
    assert len(sent) == 1


def test_a_receipt_is_not_sent_without_end(shop: Shop) -> None:
    receipt = pay(shop)
    for number in range(rules.MOST_SENDINGS - 1):
        send(receipt, shop, to=f"n{number}@example.com")
    with pytest.raises(SentTooOften):
        send(receipt, shop, to="one.more@example.com")


def test_without_an_address_or_a_texting_service_nothing_is_sent(shop: Shop) -> None:
    receipt = pay(shop)
    with pytest.raises(TextingNotSetUp):
        send(receipt, shop, Channel.TEXT, to="+14185550199")
    with transaction() as session:
        session.get_one(Customer, "cus_1").email = None
    with pytest.raises(AddressMissing):
        send(receipt, shop)


def test_the_mail_carries_the_pdf_the_emv_fields_and_the_page(shop: Shop) -> None:
    receipt = pay(shop)
    [mail] = mails()
    for words in (mail.text, mail.html):
        assert "A0000000031010" in words
        assert queries.page_url(receipt) in words
    with transaction() as session:
        [attached] = messages.list_files(session, mail.id)
    assert (attached.filename, attached.content) == ("R-000001.pdf", operations.render(receipt))


def test_no_pdf_is_made_for_a_customer_without_an_address(shop: Shop) -> None:
    with transaction() as session:
        session.get_one(Customer, "cus_1").email = None
    pay(shop)
    [mail] = mails()
    with transaction() as session:
        assert messages.list_attachments(session, mail.id) == []
