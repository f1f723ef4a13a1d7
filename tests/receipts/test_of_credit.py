"""Held credit that is transferred back gives a receipt, as a refund does."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from server.access import operations as access
from server.business import operations as business
from server.core.database import transaction
from server.customers import operations as customers
from server.payments.rules import Method
from server.receipts import operations, queries, rules
from server.receipts.models import Receipt
from server.receipts.rules import Channel, Kind
from tests.office.conftest import Desk
from tests.office.conftest import desk as desk
from tests.office.conftest import office as office
from tests.shop import Shop
from tests.statements.test_paying_out_what_is_held import bank as bank
from tests.statements.test_paying_out_what_is_held import decide, hold, pay_out

SAID = {
    "fr": ("Votre crédit vous est viré par Plomberie Roy inc.", "Nous vous avons viré 300,00 $ de votre crédit."),
    "en": ("Your credit transferred back by Plomberie Roy inc.", "We transferred $300.00 of your credit back to you."),
}


def receipt(payout_id: str = "cpo_1") -> Receipt:
    with transaction() as session:
        return queries.get_of_credit_payout(session, payout_id)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_customer_is_told_in_their_language_with_a_receipt(bank: Shop, app: Flask, language: str) -> None:
    with transaction() as session:
        wanted: dict[str, Any] = {"expected_version": 1, "changes": {"language": language}, "by": "staff:anne"}
        customers.change_customer(session, customer_id="cus_1", **wanted, now=bank.now())
    hold(bank)
    for _ in range(2):
        pay_out(bank, 30000)
    subject, said = SAID[language]
    (mailed,) = bank.written("refund")
    assert mailed == subject
    text = bank.text_of("refund")
    url = queries.page_url(receipt())
    for told in (said, "V-77", url):
        assert told in text.replace("\xa0", " "), told
    page = app.test_client().get(url.partition("://")[2].partition("/")[2], follow_redirects=True).text
    assert said in page.replace("\xa0", " ")
    assert operations.render(receipt()).startswith(b"%PDF")
    facts = rules.read(receipt().facts)
    assert (facts.kind, facts.number, facts.invoice_number) == (Kind.CREDIT_PAYOUT, "R-000001", "")


def test_nobody_is_told_before_a_second_person_agrees_or_where_they_do_not(bank: Shop) -> None:
    with transaction() as session:
        business.change_settings(session, {"office_refund_limit_minor": 10000})
    hold(bank)
    pay_out(bank, 30000)
    assert bank.written("refund") == []
    decide(bank, "staff:paul", agrees=False)
    assert bank.written("refund") == []
    pay_out(bank, 20000, "cpo_2")
    decide(bank, "staff:paul", payout_id="cpo_2")
    assert len(bank.written("refund")) == 1


def test_its_number_is_one_of_the_same_series_and_it_is_sent_again_where_asked(bank: Shop) -> None:
    bank.collect(bank.invoice(), "pay_1", method=Method.CASH)
    hold(bank)
    pay_out(bank, 10000)
    kept = receipt()
    assert kept.number == "R-000002"
    with transaction() as session:
        sent = operations.send(
            session, receipt=kept, channel=Channel.EMAIL, to="other@example.com", sent_by="a", now=bank.now()
        )
    assert sent[1].recipient == "other@example.com"
    assert len(bank.written("refund")) == 2


def test_the_desk_sees_it_where_the_credit_was(bank: Shop, desk: Desk) -> None:
    hold(bank)
    pay_out(bank, 50000)
    page = desk.get("/customers/cus_1")
    for told in ("Past credit", "Transferred back", "$500.00", "V-77"):
        assert told in page, told
    link = page.partition("/office/receipts/")[2].partition(".pdf")[0]
    assert link == receipt().id


def test_an_integrator_gets_it_and_sends_it(bank: Shop, app: Flask) -> None:
    hold(bank)
    pay_out(bank, 10000)
    with transaction() as session:
        _, key = access.create_api_key(session, name="Office", now=bank.now())
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    there = "/api/v1/credit_payouts/cpo_1/receipt"
    told = client.get(there).get_json()
    assert (told["kind"], told["amount_minor"], told["payment_id"], told["method"]) == (
        "credit_payout",
        10000,
        None,
        "bank_transfer",
    )
    assert client.get(f"{there}.pdf").data.startswith(b"%PDF")
    sent = client.post(f"{there}/sendings", json={"channel": "email", "to": "third@example.com"})
    assert (sent.status_code, sent.get_json()["to"]) == (201, "third@example.com")
    assert client.get("/api/v1/credit_payouts/cpo_9/receipt").status_code == 404
