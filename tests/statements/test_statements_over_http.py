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


def test_what_is_held_is_paid_out_with_a_reference_and_above_the_limit_by_a_second_person(
    client: FlaskClient, street: Shop
) -> None:
    content = "date,amount,id\n2026-11-20,2000.00,T1\n"
    told = client.post(STATEMENTS, json={"content": content}, headers=street.desk).json or {}
    line_id = told["new_lines"][0]["line_id"]
    client.post(f"{LINES}/{line_id}/credit", json={"customer_id": "cus_1"}, headers=street.desk)
    credit = "/api/v1/customers/cus_1/credit"
    said: dict[str, Any] = {"payout_id": "cpo_1", "amount_minor": 150000, "currency": "CAD", "reason": "By mistake"}
    unsaid = client.post(f"{credit}/payouts", json=said, headers=street.desk)
    assert (unsaid.status_code, list((unsaid.json or {})["errors"])) == (422, ["reference"])
    asked = client.post(f"{credit}/payouts", json={**said, "reference": "V-1"}, headers=street.desk)
    assert (asked.status_code, (asked.json or {})["status"]) == (201, "awaiting_approval")
    shown = client.get(credit, headers=street.desk).json or {}
    assert (shown["held"], [it["payout_id"] for it in shown["payouts"]]) == ({"CAD": 50000}, ["cpo_1"])
    beyond = {**said, "payout_id": "cpo_2", "amount_minor": 50001, "reference": "V-2"}
    refused = client.post(f"{credit}/payouts", json=beyond, headers=street.desk)
    assert (refused.status_code, (refused.json or {})["code"]) == (422, "credit_too_high")
    for decision in ("approval", "rejection"):
        answer = client.post(f"/api/v1/credit_payouts/cpo_1/{decision}", headers=street.desk)
        assert (answer.status_code, (answer.json or {})["code"]) == (403, "forbidden")


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
