"""The owner offers something for an e-mail address; a customer gives one where they pay, and owes that much less."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from server.cli.story.players import Json, Players, line, new, until
from tests.journeys.desk import Desk


@pytest.fixture
def offering(street: Players) -> Iterator[Players]:
    """A business that gives 5.00 for an address, as its owner said at the desk."""
    desk = Desk(street)
    desk.send("/settings/ebilling", on="/settings", ebilling_credit_minor="5.00")
    yield street
    desk.send("/settings/ebilling", on="/settings", ebilling_credit_minor="0")


def visit(street: Players, customer_id: str) -> Json:
    """Do a job for a customer; return its invoice."""
    job = {"job_id": new("job"), "customer_id": customer_id, "title": "Prise", "scheduled_at": street.now()}
    street.office("POST", "/jobs", {**job, "lines": [line("Prise", "1", 9000, "none")]}, status=201)
    done = {"completion_id": new("cmp"), "completed_at": street.now()}
    return street.office("POST", f"/jobs/{job['job_id']}/completion", done, status=201)


def test_an_address_is_given_once_and_the_way_of_paying_is_remembered(offering: Players) -> None:
    street, desk = offering, Desk(offering)
    customer = {"customer_id": new("cus"), "name": "Fernande Nolin", "language": "en", "kind": "consumer"}
    street.office("POST", "/customers", customer, status=201)
    invoice = visit(street, customer["customer_id"])
    page = requests.get(invoice["pay_url"], timeout=30).text
    assert "$5.00 for your e-mail address" in page
    address = f"{new('nolin').replace('_', '-')}@example.com"
    for _twice in range(2):
        page = requests.post(f"{invoice['pay_url']}/ebilling", data={"email": address}, timeout=30).text
    assert ("$85.00" in page, "for your e-mail address" in page) == (True, False)
    assert street.invoice(invoice)["balance_minor"] == 8500
    assert street.office("GET", f"/customers/{customer['customer_id']}")["email"] == address
    transfer = {"payment_id": new("pay"), "invoice_id": invoice["invoice_id"], "method": "bank_transfer"}
    street.office("POST", "/payments", {**transfer, "amount_minor": 8500, "reference": "T1"}, status=201)
    street.must_be_paid(invoice)
    second = visit(street, customer["customer_id"])
    until(lambda: street.mails(address), lambda mails: len(mails) >= 2, "the next invoice to come by e-mail")
    shown = desk.read(f"/invoices/{second['invoice_id']}")
    assert shown.index('value="bank_transfer"') < shown.index('value="cash"')
    page = requests.get(second["pay_url"], timeout=30).text
    assert ("for your e-mail address" in page, '<details open><summary id="transfer">' in page) == (False, True)
