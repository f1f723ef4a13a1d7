"""The desk's pages of money for everybody: tips, stages, payouts, chargebacks, what a card only holds, the proof."""

from __future__ import annotations

import itertools
from typing import Any

import requests
from playwright.sync_api import Browser
from sqlalchemy import select

from server.access.models import Staff
from server.access.rules import Role
from server.business import operations as business
from server.contracts import operations as contracts
from server.core.database import transaction
from server.customers.models import Customer
from server.invoices import operations as invoices
from server.invoices import queries
from server.invoices.rules import Subject
from server.payments import flows
from server.payouts import flows as payouts
from server.payouts.models import Payout
from tests import quebec
from tests.browser.conftest import EMAIL, Town
from tests.browser.test_everybody import DESK, PHONE, problems
from tests.chargebacks.bank import ask, dispute
from tests.payments.test_mobile_reader import forward, learn
from tests.shop import Shop


def fill(town: Town) -> list[str]:
    """Let everything happen that these pages show; return their addresses at the desk."""
    shop = town.shop
    flows.set_tips(tips={"CAD": {"percentages": [10, 15]}})
    tipped, taken_back, held = (shop.invoice() for _ in range(3))
    for payment_id, invoice in (("pay_1", tipped), ("pay_2", taken_back)):
        shop.collect(invoice, payment_id)
        shop.press("tap", tip=Shop.TOTAL * 15 // 100)
        shop.ask(payment_id)
    change(capture_later=True)
    shop.collect(held, "pay_3")
    shop.press("tap")
    shop.ask("pay_3")
    chargeback_id = dispute(shop, "pay_2")
    ask(chargeback_id)
    shop.pass_time(seconds=10)
    requests.post(f"{shop.sandbox.url}/_sandbox/bank", data={"act": "hasten", "id": "cad"}, timeout=10)
    payout_id = shop.control("POST", "payouts", {})["id"]
    payouts.look(now=shop.now())
    schedule = [{"label": "Commande", "percent": 30, "when": "on_signature"}]
    with transaction() as session:
        assert session.scalars(select(Payout.id)).all() == [payout_id]
        job = quebec.plan_job(session, "job_staged", technician_id=shop.technician.id, schedule=schedule)
        contracts.issue(session, job_id=job.id, contract_id="con_1", now=shop.now())
        session.scalars(select(Staff).where(Staff.email == EMAIL)).one().role = Role.ADMIN
    return [
        "/tips",
        "/payouts",
        f"/payouts/{payout_id}",
        "/chargebacks",
        f"/chargebacks/{chargeback_id}",
        "/unassigned",
        "/cash",
        "/readers",
        "/settings",
        "/policy",
        "/credit",
        "/law",
        "/law/ca-qc",
        f"/customers/{held.customer_id}/log",
        "/jobs/new",
        f"/customers/{held.customer_id}",
        f"/jobs/{job.id}",
        *(f"/invoices/{invoice.id}" for invoice in (tipped, taken_back, held)),
        f"/invoices/{tipped.id}/proof",
    ]


def pages_of_customers(town: Town) -> list[str]:
    """Return the pages of somebody who owes several invoices, has credit and gave no address, and of one invoice that
    a phone took a card for twice, which only holds."""
    shop = town.shop
    change(ebilling_credit_minor=500, second_payment="credit")
    held, paid, _ = (shop.invoice() for _ in range(3))
    for _twice in range(2):
        learn(shop, forward(shop, held=True, payment_id="pay_held", invoice_id=held.id))
        learn(shop, forward(shop, invoice_id=paid.id))
    with transaction() as session:
        session.get_one(Customer, held.customer_id).email = None
        invoices.open_link(session, subject=Subject.CUSTOMER, subject_id=held.customer_id)
        theirs = queries.pay_urls(session, Subject.CUSTOMER, [held.customer_id])[held.customer_id]
    return [theirs, town.link(held), town.link(shop.invoice()), f"{town.address}/office/invoices/{held.id}"]


def change(**settings: Any) -> None:
    with transaction() as session:
        business.change_settings(session, settings)


def test_the_pages_of_money_are_for_everybody(town: Town, browser: Browser) -> None:
    addresses = [f"{town.address}/office{path}" for path in fill(town)] + [f"{town.shop.sandbox.url}/_sandbox/bank"]
    addresses += pages_of_customers(town)
    page = browser.new_page()
    town.sign_in(page)
    found = []
    looks: Any = ((PHONE, "light", "fr"), (DESK, "dark", "en"))
    for address, (viewport, colours, language) in zip(addresses, itertools.cycle(looks)):
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=colours)
        answer = page.goto(f"{address}?lang={language}")
        assert answer is not None
        assert answer.ok, address
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        found += problems(page)
    page.close()
    assert found == []
