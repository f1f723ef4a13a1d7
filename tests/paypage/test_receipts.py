"""A receipt on its own page: whoever has the address sees it, nobody else does."""

from __future__ import annotations

import html
from urllib.parse import urlsplit

import pytest

from server.core.database import transaction
from server.receipts import queries
from tests.paypage.conftest import Customer
from tests.shop import Shop


@pytest.fixture
def path(customer: Customer, shop: Shop) -> str:
    """The path of the receipt of a card payment."""
    shop.collect(shop.invoice(), "pay_1")
    shop.press("tap")
    shop.ask("pay_1")
    with transaction() as session:
        return urlsplit(queries.page_url(queries.get_of_payment(session, "pay_1"))).path


def test_the_page_says_all_in_its_own_language_and_in_another(customer: Customer, path: str) -> None:
    page = html.unescape(customer.client.get(path).text)
    for words in ("Reçu", "R-000001", "218,45\u00a0$", "Sans contact", "A0000000031010", "TPS 123456789 RT0001"):
        assert words in page
    assert 'lang="fr-CA"' in page
    page = customer.look(path)
    for words in ("Receipt", "$218.45", "Contactless", "Left to pay"):
        assert words in page


def test_the_page_is_kept_nowhere_and_indexed_by_nobody(customer: Customer, path: str) -> None:
    answer = customer.client.get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'content="noindex' in answer.text
    assert "Location" not in answer.headers


def test_its_buttons_are_plain_links_to_pdfs(customer: Customer, path: str) -> None:
    for query in ("", "?paper=80mm", "?paper=a4&lang=en", "?paper=papyrus"):
        answer = customer.client.get(f"{path}/receipt.pdf{query}")
        assert (answer.status_code, answer.content_type) == (200, "application/pdf")
        assert answer.data.startswith(b"%PDF")
    assert f'href="{path}/receipt.pdf?lang=en&paper=80mm"' in customer.look(path)


@pytest.mark.parametrize("token", ["x", "a" * 32, "%00", "R-000001"])
def test_an_unknown_address_opens_nothing(customer: Customer, token: str) -> None:
    for rest in ("", "/receipt.pdf"):
        assert customer.client.get(f"/r/{token}{rest}").status_code == 404


def test_a_pay_link_lists_the_receipts_of_what_was_paid(customer: Customer, shop: Shop, path: str) -> None:
    shop.refund("pay_1", amount_minor=1000)
    with transaction() as session:
        from server.invoices import queries as invoices

        invoice = invoices.get_invoice(session, "inv_1")
    page = customer.look(customer.link(invoice))
    assert path in page
    assert "Refund R-000002" in page
