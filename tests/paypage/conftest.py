"""A customer with a link: a browser without script, and nothing else."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask
from werkzeug.test import TestResponse

from server.core.database import transaction
from server.invoices import operations as invoices
from server.invoices import queries
from server.invoices.models import Invoice
from server.invoices.rules import Subject
from tests.shop import Shop


class Customer:
    """What a customer does with a link. Pages are asked for in English, unless a test says otherwise."""

    def __init__(self, app: Flask, shop: Shop) -> None:
        self.client = app.test_client()
        self.shop = shop

    def link(self, invoice: Invoice) -> str:
        """The path of an invoice's link."""
        return self._path(Subject.INVOICE, invoice.id)

    def link_to_everything(self) -> str:
        """The path of the link in a reminder: everything that `cus_1` owes."""
        with transaction() as session:
            invoices.open_link(session, subject=Subject.CUSTOMER, subject_id="cus_1")
        return self._path(Subject.CUSTOMER, "cus_1")

    def _path(self, subject: Subject, subject_id: str) -> str:
        with transaction() as session:
            return urlsplit(queries.pay_urls(session, subject, [subject_id])[subject_id]).path

    def look(self, path: str, query: str = "lang=en", status: int = 200) -> str:
        """Open the page; return what it says."""
        answer = self.client.get(f"{path}?{query}")
        assert answer.status_code == status, answer.text
        return html.unescape(answer.text)

    def press_pay(self, path: str, **said: str | list[str]) -> TestResponse:
        """Press the button of the page as it is now."""
        return self.press_on(self.look(path), path, **said)

    def press_on(self, page: str, path: str, **said: str | list[str]) -> TestResponse:
        """Press the button of a page that was opened before."""
        attempt = re.search(r'name="attempt" value="(\d+)"', page)
        assert attempt, page
        return self.client.post(f"{path}/checkout", data={"attempt": attempt[1], **said})

    def do(self, outcome: str, checkout: TestResponse) -> None:
        """Do something on Stripe's page that the button led to: pay, decline, abandon."""
        assert checkout.status_code == 303, checkout.text
        requests.post(checkout.location, json={"outcome": outcome}, timeout=10, allow_redirects=False)


@pytest.fixture
def customer(shop: Shop, app: Flask) -> Customer:
    """The customer of a business at work."""
    return Customer(app, shop)
