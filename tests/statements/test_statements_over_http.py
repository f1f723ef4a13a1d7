"""Statements over HTTP: sent by the office, refused in words, decided line by line."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from server.business import operations as business
from server.core.database import transaction
from tests import quebec
from tests.quebec import Shop
from tests.statements.files import ACCOUNT, camt, entry

STATEMENTS, LINES = "/api/v1/bank_statements", "/api/v1/bank_lines"


@pytest.fixture
def street(client: FlaskClient) -> Shop:
    """A trade with an account and an invoice of 218.45."""
    shop = quebec.open_shop()
    with transaction() as session:
        business.set_bank_account(session, currency="CAD", holder="Roy", routing="815-30000", account_number=ACCOUNT)
    done = {"completion_id": "cmp_1", "completed_at": "2026-03-02T15:00:00Z"}
    assert client.post("/api/v1/jobs/job_1/completion", json=done, headers=shop.phone).status_code == 201
    return shop


def invoice(client: FlaskClient, shop: Shop) -> dict[str, Any]:
    found: dict[str, Any] = (client.get("/api/v1/invoices", headers=shop.desk).json or {})["items"][0]
    return found


def test_a_file_is_taken_in_and_its_lines_are_listed(client: FlaskClient, street: Shop) -> None:
    number = invoice(client, street)["number"]
    content = f"date,amount,text,id\n2026-11-20,218.45,Facture {number},T1\n2026-11-20,9.00,Don,T2\n"
    sent = client.post(STATEMENTS, json={"content": content}, headers=street.desk)
    assert sent.status_code == 201
    told = sent.json or {}
    assert [line["status"] for line in told["new_lines"]] == ["matched", "waiting"]
    assert [(it["lines"], it["waiting"]) for it in told["statements"]] == [(2, 1)]
    assert invoice(client, street)["status"] == "paid"
    again = client.post(STATEMENTS, json={"content": content}, headers=street.desk).json or {}
    assert (again["new_lines"], again["statements"][0]["statement_id"]) == ([], told["statements"][0]["statement_id"])
    assert len((client.get(STATEMENTS, headers=street.desk).json or {})["items"]) == 1
    waiting = (client.get(f"{LINES}?status=waiting", headers=street.desk).json or {})["items"]
    assert [line["text"] for line in waiting] == ["Don"]


def test_a_line_is_assigned_credited_or_left_alone(client: FlaskClient, street: Shop) -> None:
    content = "date,amount,id\n2026-11-20,218.45,T1\n2026-11-20,9.00,T2\n2026-11-20,8.00,T3\n"
    told = client.post(STATEMENTS, json={"content": content, "currency": "CAD"}, headers=street.desk).json or {}
    exact, other, third = told["new_lines"]
    (proposal,) = exact["proposals"]
    assert (proposal["why"], proposal["balance_minor"]) == ("amount", 21845)
    assigned = client.post(
        f"{LINES}/{exact['line_id']}/assignment", json={"invoice_ids": proposal["invoice_ids"]}, headers=street.desk
    )
    assert (assigned.json or {})["status"] == "matched"
    held = client.post(f"{LINES}/{other['line_id']}/credit", json={"customer_id": "cus_1"}, headers=street.desk)
    assert (held.json or {})["status"] == "credited"
    alone = client.post(f"{LINES}/{third['line_id']}/dismissal", json={"reason": "Payout"}, headers=street.desk)
    assert (alone.json or {})["reason"] == "Payout"
    decided = client.post(f"{LINES}/{third['line_id']}/credit", json={"customer_id": "cus_1"}, headers=street.desk)
    assert (decided.status_code, (decided.json or {})["code"]) == (409, "bank_line_decided")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("nothing", "statement_unreadable"),
        (camt([entry("5.00")], closing="1.00"), "statement_wrong_sum"),
        (camt([entry("5.00")], account="1"), "account_not_ours"),
        (camt([entry("5.00", currency="USD")]), "statement_currency_mixed"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(client: FlaskClient, street: Shop, content: str, code: str) -> None:
    refused = client.post(STATEMENTS, json={"content": content}, headers=street.desk)
    assert (refused.status_code, (refused.json or {})["code"]) == (422, code)


def test_a_file_too_large_is_refused_before_it_is_read(client: FlaskClient, street: Shop) -> None:
    refused = client.post(STATEMENTS, json={"content": "x" * 4_500_000}, headers=street.desk)
    assert (refused.status_code, (refused.json or {})["code"]) == (413, "too_large")
    rows = "\n".join(f"2026-11-20,1.00,{number}" for number in range(5001))
    many = client.post(STATEMENTS, json={"content": f"date,amount,id\n{rows}"}, headers=street.desk)
    assert (many.status_code, (many.json or {})["code"]) == (422, "statement_too_long")


def test_a_technician_has_nothing_to_do_with_the_bank(client: FlaskClient, street: Shop) -> None:
    assert client.post(STATEMENTS, json={"content": "x"}, headers=street.phone).status_code == 403
    assert client.get(LINES, headers=street.phone).status_code == 403
