"""Contracts over HTTP."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from server.access.rules import Caller, Role
from server.contracts import operations
from server.contracts.models import MUTABLE, Contract
from server.core.database import transaction
from tests.quebec import NOW, Shop, open_shop, plan_job


@pytest.fixture
def shop(app: Flask) -> Shop:
    return open_shop()


def test_a_contract_is_presented_signed_and_printed_on_the_phone(client: FlaskClient, shop: Shop) -> None:
    shown = client.post("/api/v1/jobs/job_1/contract", json={"contract_id": "ctr_1"}, headers=shop.phone)
    signature = {
        "signature_id": "sig_1",
        "signer_name": "Marie Tremblay",
        "signed_at": "2026-03-02T15:00:00Z",
        "document_sha256": shown.get_json()["document_sha256"],
        "strokes": [[[0, 0], [10.5, 20]]],
        "witness": {"name": "Luc Roy"},
    }
    path = "/api/v1/contracts/ctr_1/signature"
    refused = client.post(path, json={**signature, "document_sha256": "0" * 64}, headers=shop.phone)
    signed = client.post(path, json=signature, headers=shop.phone)
    again = client.post(path, json=signature, headers=shop.phone)
    printed = client.get("/api/v1/contracts/ctr_1.pdf", headers=shop.phone)
    read = client.get("/api/v1/contracts/ctr_1", headers=shop.desk)

    assert shown.status_code == 201
    assert hashlib.sha256(shown.get_json()["text"].encode()).hexdigest() == shown.get_json()["document_sha256"]
    assert (refused.status_code, refused.get_json()["code"]) == (409, "document_changed")
    assert (signed.status_code, signed.get_json()) == (201, again.get_json())
    assert read.get_json() == signed.get_json()
    assert read.get_json()["status"] == "signed"
    assert read.get_json()["signature"] == {
        "signature_id": "sig_1",
        "signer_name": "Marie Tremblay",
        "signed_at": "2026-03-02T15:00:00+00:00",
        "method": "strokes",
        "witness_name": "Luc Roy",
    }
    assert (printed.status_code, printed.content_type) == (200, "application/pdf")
    assert printed.data.startswith(b"%PDF-")


@pytest.mark.parametrize(
    "kind", [{}, {"strokes": []}, {"strokes": [[[1, 2]]], "typed_name": "Marie"}, {"strokes": [[[1]]]}]
)
def test_a_signature_is_strokes_or_a_name_and_nothing_else(
    client: FlaskClient, shop: Shop, kind: dict[str, object]
) -> None:
    client.post("/api/v1/jobs/job_1/contract", json={"contract_id": "ctr_1"}, headers=shop.phone)
    signature = {
        "signature_id": "sig_1",
        "signer_name": "Marie",
        "signed_at": "2026-03-02T15:00:00Z",
        "document_sha256": "0" * 64,
    }

    answer = client.post("/api/v1/contracts/ctr_1/signature", json={**signature, **kind}, headers=shop.phone)

    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["strokes"])


def test_the_contract_of_somebody_elses_job_is_not_there(client: FlaskClient, shop: Shop) -> None:
    with transaction() as session:
        plan_job(session, "job_2")
    client.post("/api/v1/jobs/job_2/contract", json={"contract_id": "ctr_2"}, headers=shop.desk)

    assert client.get("/api/v1/contracts/ctr_2", headers=shop.desk).status_code == 200
    for path in ("/api/v1/contracts/ctr_2", "/api/v1/contracts/ctr_2.pdf"):
        assert client.get(path, headers=shop.phone).status_code == 404
    for path in ("/api/v1/jobs/job_2/contract", "/api/v1/jobs/job_none/contract"):
        assert client.post(path, json={"contract_id": "ctr_3"}, headers=shop.phone).status_code == 404


def test_two_people_signing_at_once_leave_one_signature(app: Flask, shop: Shop) -> None:
    with transaction() as session:
        document_sha256 = operations.issue(session, job_id="job_1", contract_id="ctr_1", now=NOW).document_sha256

    def sign(signature_id: str) -> bool:
        try:
            with transaction() as session:
                operations.sign(
                    session,
                    contract_id="ctr_1",
                    signature_id=signature_id,
                    signer_name="Marie",
                    signed_at=NOW,
                    document_sha256=document_sha256,
                    typed_name="Marie",
                    caller=Caller(kind="device", role=Role.TECHNICIAN, device_id=shop.device_id),
                    now=NOW,
                )
        except operations.AlreadySigned:
            return False
        return True

    with ThreadPoolExecutor(6) as phones:
        signed = list(phones.map(sign, [f"sig_{number}" for number in range(6)]))

    assert signed.count(True) == 1


def test_the_database_itself_keeps_what_was_shown_and_signed(client: FlaskClient, shop: Shop) -> None:
    shown = client.post("/api/v1/jobs/job_1/contract", json={"contract_id": "ctr_1"}, headers=shop.phone).get_json()
    signature = {
        "signature_id": "sig_1",
        "signer_name": "Marie",
        "signed_at": "2026-03-02T15:00:00Z",
        "document_sha256": shown["document_sha256"],
        "typed_name": "Marie",
    }
    client.post("/api/v1/contracts/ctr_1/signature", json=signature, headers=shop.phone)
    another = {
        **dict.fromkeys(
            ("total_minor", "payment_days", "terms_version", "late_charge_percent_per_year", "late_fee_minor"), "7"
        ),
        **dict.fromkeys(("clauses", "content"), "'[7]'"),
        "presented_at": "now()",
    }
    frozen = sorted(set(Contract.__table__.columns.keys()) - set(MUTABLE))
    refused = [f"UPDATE contracts SET {column} = {another.get(column, repr('another'))}" for column in frozen]
    refused += ["DELETE FROM contracts", "DELETE FROM signatures", "UPDATE signatures SET signer_name = 'Marc'"]

    for statement in refused:
        with pytest.raises(IntegrityError, match="is refused"), transaction() as session:
            session.execute(text(statement))
