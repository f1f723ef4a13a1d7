"""How an invoice is paid by transfer: the account of its currency, a reference with check digits, what is left."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649
from stdnum.ch import esr

from server.business import operations as business
from server.business.models import BankAccount
from server.core.database import transaction
from server.invoices import queries, rules
from server.invoices.models import Invoice
from server.payments.rules import Method
from tests.shop import Shop

FRENCH = {"iban": "FR7630006000011234567890189", "bic": "AGRIFRPP"}
SWISS = {"iban": "CH5800791123000889012"}
QR_IBAN = {"iban": "CH4431999123000889012"}
SELLER = {"name": "Roy", "address": {"line1": "Rue 1", "city": "Biel", "postal_code": "2501", "country": "CH"}}
BUYER = {"name": "Marie", "address": None}


def asked(currency: str, account: dict[str, str], *, balance_minor: int = 21845) -> dict[str, Any]:
    """How F-000042 is paid to an account."""
    found = rules.transfer(
        BankAccount(currency=currency, holder="Roy", **account),
        number="F-000042",
        seller=SELLER,
        buyer=BUYER,
        balance_minor=balance_minor,
    )
    assert found
    return found


@pytest.mark.parametrize(
    ("currency", "account", "kind", "reference"),
    [
        ("EUR", FRENCH, "epc", "RF60F000042"),
        ("EUR", SWISS, "swiss", "RF60F000042"),
        ("CHF", SWISS, "swiss", "RF60F000042"),
        ("CHF", QR_IBAN, "swiss", "000000000000000000000000420"),
        ("USD", FRENCH, None, "RF60F000042"),
        ("CAD", {"routing": "815-30000", "account_number": "1234567"}, None, "F-000042"),
    ],
)
def test_each_account_asks_in_its_own_way(
    currency: str, account: dict[str, str], kind: str | None, reference: str
) -> None:
    found = asked(currency, account)
    assert (found["code_kind"], found["reference"]) == (kind, reference)
    assert (found["code"] is None) == (kind is None)


def test_nothing_is_asked_where_nothing_is_owed() -> None:
    account = BankAccount(currency="EUR", holder="Roy", **FRENCH)
    assert rules.transfer(account, number="F-1", seller=SELLER, buyer=BUYER, balance_minor=0) is None


@given(st.from_regex(r"[A-Z0-9-]{1,8}-[0-9]{5,8}[1-9]", fullmatch=True))
def test_references_carry_valid_check_digits(number: str) -> None:
    reference = rules.rf_reference(number)
    assert reference is not None
    assert iso11649.is_valid(reference)
    assert reference.endswith(rules.bare(number))
    assert esr.is_valid(rules.qr_reference(number))
    assert len(rules.qr_reference(number)) == 27


def test_a_number_too_long_for_a_reference_is_named_in_words() -> None:
    assert rules.rf_reference("PLOMBERIE-ET-ELECTRICITE-000001") is None


def test_an_invoice_asks_for_what_is_left_the_moment_it_is_shown(shop: Shop) -> None:
    with transaction() as session:
        business.set_bank_account(
            session, currency="CAD", holder="Plomberie Roy inc.", routing="815-30000", account_number="1234567"
        )
    invoice = shop.invoice()
    assert shown(invoice)["amount_minor"] == Shop.TOTAL
    shop.collect(invoice, "pay_1", method=Method.CASH, amount_minor=10000)
    assert shown(invoice)["amount_minor"] == Shop.TOTAL - 10000


def shown(invoice: Invoice) -> dict[str, Any]:
    """How it is paid by transfer, as the wire has it."""
    with transaction() as session:
        found: dict[str, Any] = queries.sheets(session, [invoice])[0]["transfer"]
        return found


def test_the_reference_is_printed_in_groups() -> None:
    assert rules.shown_reference("RF60F000042") == "RF60 F000 042"
    assert rules.shown_reference("000000000000000000000000420") == "00 00000 00000 00000 00000 00420"
    assert rules.shown_reference("F-000042") == "F-000042"
