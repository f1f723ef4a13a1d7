"""A customer pays twice: the second goes back by itself, or is credit that the office uses and gives back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests

from server.cli.story.players import VISA, Json, Players, line, new, until

STRIPE = {"Authorization": "Bearer sk_test_story"}


def pay_twice(street: Players, name: str) -> Json:
    """The technician gives the reader up and takes cash; the command to the reader arrives late, and the card pays."""
    invoice = street.do_job(name, "Visite", [line("Visite", "1", 10000, "none")])
    payment = street.collect(invoice, "card_reader", 10000)
    sandbox = street.world["sandbox"]
    journal = requests.get(f"{sandbox}/_sandbox/journal", timeout=30).json()["items"]
    intents = [call for call in journal if (call["method"], call["path"]) == ("POST", "/v1/payment_intents")]
    street.give_up(payment["payment_id"])
    street.collect(invoice, "cash", 10000)
    late = f"{sandbox}/v1/terminal/readers/{street.world['reader_id']}/process_payment_intent"
    assert requests.post(late, data={"payment_intent": intents[-1]["response_id"]}, headers=STRIPE, timeout=30).ok
    street.present(VISA)
    street.payment(payment["payment_id"], "succeeded")
    return {**invoice, "payment_id": payment["payment_id"]}


def decide(street: Players, rule: str) -> None:
    """Be the owner, who says on the page of settings what becomes of a second payment."""
    office, desk = street.world["office"], requests.Session()
    base = f"{street.world['web']}/office"

    def send(path: str, on: str, said: Json) -> None:
        token = re.search(r'name="csrf_token" value="([^"]+)"', desk.get(f"{base}{on}", timeout=30).text)
        assert token
        assert desk.post(f"{base}{path}", data={"csrf_token": token[1], **said}, timeout=30).ok

    send("/login", "/login", {"email": office["email"], "password": office["password"]})
    limits = {"technician_refund_limit_minor": "200", "office_refund_limit_minor": "1000"}
    send("/settings/refunds", "/settings", {**limits, "second_payment": rule})


@pytest.fixture
def keeping(street: Players) -> Iterator[Players]:
    """A business that keeps what comes beyond as credit."""
    decide(street, "credit")
    yield street
    decide(street, "refund")


def credit(street: Players, invoice: Json) -> Json:
    return street.office("GET", f"/customers/{invoice['customer_id']}/credit")


def test_the_second_payment_goes_back_by_itself_and_everybody_sees_it(street: Players) -> None:
    invoice = pay_twice(street, "Odette Perron")
    assert street.phone("GET", f"/payments/{invoice['payment_id']}")["beyond_minor"] == 10000
    sheet = street.phone("GET", f"/jobs/{invoice['job_id']}")
    assert [each["beyond_minor"] for each in sheet["payments"] if each["beyond_minor"]] == [10000]
    refunds = f"/payments/{invoice['payment_id']}/refunds"
    given = until(
        lambda: street.office("GET", refunds)["items"],
        lambda found: [each["status"] for each in found] == ["succeeded"],
        "the money to go back",
    )
    assert (given[0]["amount_minor"], given[0]["requested_by"]) == (10000, "rule:second_payment")
    assert credit(street, invoice)["credit"].get("CAD", 0) == 0
    assert street.invoice(invoice)["balance_minor"] == 0
    mails = until(lambda: street.mails(street.addresses[-1]), lambda found: len(found) == 4, "all that was written")
    assert "Remboursement" in mails[-1]["subject"]
    assert (
        "Nous les avons renvoyés sur votre carte le" in requests.get(f"{invoice['pay_url']}?lang=fr", timeout=30).text
    )


def test_kept_as_credit_it_pays_the_next_visit_and_the_rest_goes_back(keeping: Players) -> None:
    street = keeping
    invoice = pay_twice(street, "Raoul Simard")
    account = f"/customers/{invoice['customer_id']}/credit"
    assert credit(street, invoice)["sources"] == [
        {
            "payment_id": invoice["payment_id"],
            "method": "card_reader",
            "card_last4": "4242",
            "currency": "CAD",
            "left_minor": 10000,
        }
    ]
    job_id = new("job")
    plan = {"customer_id": invoice["customer_id"], "title": "Suite", "scheduled_at": street.now()}
    street.office("POST", "/jobs", {"job_id": job_id, **plan, "lines": [line("Suite", "1", 6000, "none")]}, status=201)
    done = {"completion_id": new("cmp"), "completed_at": street.now()}
    second = street.office("POST", f"/jobs/{job_id}/completion", done, status=201)
    used = {"application_id": new("app"), "invoice_id": second["invoice_id"], "amount_minor": 6000}
    for _ in range(2):
        assert street.office("POST", f"{account}/applications", used, status=201)["amount_minor"] == 6000
    assert street.invoice(second)["status"] == "paid"
    back = {"refund_id": new("ref"), "payment_id": invoice["payment_id"], "amount_minor": 4001, "reason": "Rest"}
    assert street.send("POST", f"{account}/refunds", back, street.world["api_key"]).status_code == 422
    given = street.office("POST", f"{account}/refunds", {**back, "amount_minor": 4000}, status=201)
    assert given["status"] == "succeeded"
    assert credit(street, invoice)["credit"]["CAD"] == 0
