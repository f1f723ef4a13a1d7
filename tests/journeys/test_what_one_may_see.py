"""A technician reaches their own jobs and nothing else; a revoked phone reaches nothing."""

from __future__ import annotations

import pytest
import requests

from server.cli.story.players import Players, line, new


@pytest.fixture(scope="module")
def foreign(everybody: Players) -> dict[str, str]:
    """A job that nobody was sent to, with its invoice and a payment."""
    street = everybody
    customer_id, job_id, payment_id = new("cus"), new("job"), new("pay")
    street.office("POST", "/customers", {"customer_id": customer_id, "name": "Somebody else"}, status=201)
    lines = [line("Prise", "1", 5000, "none")]
    plan = {"job_id": job_id, "customer_id": customer_id, "title": "Prise", "scheduled_at": street.now()}
    street.office("POST", "/jobs", {**plan, "lines": lines}, status=201)
    contract = street.office("POST", f"/jobs/{job_id}/contract", {"contract_id": new("con")}, status=201)
    done = {"completion_id": new("cmp"), "completed_at": street.now()}
    invoice = street.office("POST", f"/jobs/{job_id}/completion", done, status=201)
    paid = {"payment_id": payment_id, "invoice_id": invoice["invoice_id"], "method": "cash", "amount_minor": 100}
    street.office("POST", "/payments", paid, status=201)
    return {
        "job": job_id,
        "contract": contract["contract_id"],
        "invoice": invoice["invoice_id"],
        "payment": payment_id,
    }


@pytest.mark.parametrize(
    "path",
    [
        "/jobs/{job}",
        "/contracts/{contract}",
        "/contracts/{contract}.pdf",
        "/invoices/{invoice}",
        "/invoices/{invoice}.pdf",
        "/invoices/{invoice}/qr.svg",
        "/payments/{payment}",
        "/payments/{payment}/receipt",
        "/payments/{payment}/receipt.pdf",
        "/payments/{payment}/receipt/qr.svg",
    ],
)
def test_what_is_not_theirs_does_not_exist_for_a_technician(
    street: Players, foreign: dict[str, str], path: str
) -> None:
    assert street.send("GET", path.format(**foreign), None, street.phone_token).status_code == 404
    assert street.send("GET", path.format(**foreign), None, street.world["api_key"]).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/jobs/{job}/contract", {"contract_id": "con_x1"}),
        ("/jobs/{job}/completion", {"completion_id": "cmp_x1", "completed_at": "2026-01-01T00:00:00Z"}),
        ("/payments/{payment}/cancellation", {}),
        ("/payments/{payment}/check", {}),
    ],
)
def test_nor_can_they_do_anything_to_it(
    street: Players, foreign: dict[str, str], path: str, body: dict[str, str]
) -> None:
    assert street.send("POST", path.format(**foreign), body, street.phone_token).status_code == 404


def test_collecting_on_a_foreign_invoice_finds_none(street: Players, foreign: dict[str, str]) -> None:
    refused = street.attempt({"invoice_id": foreign["invoice"]}, "cash", 100)
    assert refused.status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/customers"), ("GET", "/dunning/cases"), ("POST", "/readers"), ("POST", "/customers"), ("POST", "/jobs")],
)
def test_the_offices_own_is_refused_to_a_phone(street: Players, method: str, path: str) -> None:
    assert street.send(method, path, {} if method == "POST" else None, street.phone_token).status_code in (403, 404)


@pytest.mark.parametrize("token", ["", "fpd_invented", "sk_test_x"])
def test_without_a_token_of_ours_nothing_opens(street: Players, token: str) -> None:
    for path in ("/me", "/jobs", "/invoices", "/payments", "/readers", "/customers"):
        answer = street.send("GET", path, None, token)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_a_lost_phone_is_locked_out_on_its_next_request(street: Players) -> None:
    technician_id = street.world["technician"]["id"]
    code = street.office("POST", "/devices/pairings", {"technician_id": technician_id})["code"]
    paired = requests.post(
        f"{street.world['web']}/api/v1/devices/pair", json={"code": code, "name": "Lost"}, timeout=30
    ).json()
    assert street.send("GET", "/me", None, paired["token"]).status_code == 200
    street.office("POST", f"/devices/{paired['device_id']}/revocation", {})
    assert street.send("GET", "/me", None, paired["token"]).status_code == 401
    again = requests.post(f"{street.world['web']}/api/v1/devices/pair", json={"code": code, "name": "X"}, timeout=30)
    assert again.status_code in (401, 404, 409, 410, 422)
