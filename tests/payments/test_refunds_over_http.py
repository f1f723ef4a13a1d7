"""Refunds over HTTP: who may ask, who may decide, and what each is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.access import operations as access
from server.access.models import ApiKey
from server.access.rules import Role
from server.business import operations as business
from server.core.database import transaction
from tests import quebec
from tests.shop import Shop


@dataclass
class Callers:
    """A technician's phone, a colleague's, the office and two supervisors, each with a token."""

    client: FlaskClient
    tokens: dict[str, str]

    def post(self, who: str, path: str, body: dict[str, Any] | None = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.tokens[who]}", "Idempotency-Key": f"{who}{path}{body}"}
        return self.client.post(f"/api/v1{path}", json=body or {}, headers=headers)

    def refund(self, who: str, refund_id: str, amount_minor: int) -> TestResponse:
        said = {"refund_id": refund_id, "amount_minor": amount_minor, "reason": "Too much"}
        return self.post(who, "/payments/pay_1/refunds", said)


@pytest.fixture
def callers(shop: Shop, client: FlaskClient) -> Callers:
    """Callers of a business whose one invoice was paid by card, in part, as `pay_1`."""
    shop.collect(shop.invoice(), "pay_1")
    shop.press("tap")
    shop.ask("pay_1")
    now = shop.now()
    with transaction() as session:
        roles = {"office": Role.OFFICE, "paul": Role.SUPERVISOR, "eve": Role.ADMIN}
        tokens = {name: quebec.add_key(session, role) for name, role in roles.items()}
        for name, staff in (("phone", shop.technician), ("colleague", quebec.add_technician(session, "Jean Roy"))):
            code = access.create_pairing(session, technician_id=staff.id, now=now).code
            tokens[name] = access.pair_device(session, code=code, name=name, now=now).token
    return Callers(client, tokens)


def test_a_refund_answers_with_all_there_is_to_know(callers: Callers) -> None:
    answer = callers.refund("phone", "ref_1", 1000)
    assert answer.status_code == 201
    told = answer.get_json()
    assert {name: told[name] for name in ("refund_id", "payment_id", "invoice_id", "amount_minor", "currency")} == {
        "refund_id": "ref_1",
        "payment_id": "pay_1",
        "invoice_id": "inv_1",
        "amount_minor": 1000,
        "currency": "CAD",
    }
    assert (told["status"], told["reason"], told["failure"]) == ("succeeded", "Too much", None)
    assert told["requested_by"].startswith("device:")
    headers = {"Authorization": f"Bearer {callers.tokens['office']}"}
    listed = callers.client.get("/api/v1/payments/pay_1/refunds", headers=headers).get_json()
    assert listed["items"] == [told]


def test_each_role_up_to_its_limit(callers: Callers) -> None:
    assert callers.refund("phone", "ref_1", 20001).get_json()["status"] == "awaiting_approval"
    assert callers.post("paul", "/refunds/ref_1/rejection").get_json()["status"] == "canceled"
    assert callers.refund("office", "ref_2", 20001).get_json()["status"] == "succeeded"


def test_another_supervisor_decides_and_nobody_else(callers: Callers, shop: Shop) -> None:
    asked = callers.refund("phone", "ref_1", 21000)
    assert asked.get_json()["approved_by"] is None
    for who in ("phone", "office"):
        assert callers.post(who, "/refunds/ref_1/approval").status_code == 403
        assert callers.post(who, "/refunds/ref_1/rejection").status_code == 403
    approved = callers.post("paul", "/refunds/ref_1/approval").get_json()
    assert approved["status"] == "succeeded"
    assert approved["approved_by"].startswith("api_key:")
    assert callers.post("eve", "/refunds/ref_1/rejection").get_json()["code"] == "refund_decided"
    assert shop.refunded() == 21000


def test_who_asked_does_not_decide_whatever_their_role(callers: Callers, shop: Shop) -> None:
    with transaction() as session:
        business.change_settings(session, {"technician_refund_limit_minor": 0, "office_refund_limit_minor": 0})
    assert callers.refund("paul", "ref_1", 1).get_json()["status"] == "awaiting_approval"
    refused = callers.post("paul", "/refunds/ref_1/approval")
    assert (refused.status_code, refused.get_json()["code"]) == (403, "second_person_needed")
    assert callers.post("eve", "/refunds/ref_1/approval").get_json()["status"] == "succeeded"
    assert shop.refunded() == 1


def test_a_second_key_of_the_same_person_is_no_second_person(callers: Callers) -> None:
    with transaction() as session:
        business.change_settings(session, {"office_refund_limit_minor": 0})
        anne = session.scalars(select(ApiKey.created_by).where(ApiKey.name == Role.OFFICE)).one()
        _, callers.tokens["anne"] = access.create_api_key(
            session, name="anne", role=Role.SUPERVISOR, created_by=anne, now=quebec.NOW
        )
    assert callers.refund("office", "ref_1", 1).get_json()["status"] == "awaiting_approval"
    assert callers.post("anne", "/refunds/ref_1/approval").get_json()["code"] == "second_person_needed"
    assert callers.post("paul", "/refunds/ref_1/approval").get_json()["status"] == "succeeded"


def test_what_is_not_a_technicians_does_not_exist_for_them(callers: Callers) -> None:
    assert callers.refund("colleague", "ref_1", 1).status_code == 404
    headers = {"Authorization": f"Bearer {callers.tokens['colleague']}"}
    assert callers.client.get("/api/v1/payments/pay_1/refunds", headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"amount_minor": 0}, 422, "invalid"),
        ({"reason": ""}, 422, "invalid"),
        ({"amount_minor": Shop.TOTAL + 1}, 422, "refund_too_high"),
    ],
)
def test_what_cannot_go_back_is_refused_in_words(
    callers: Callers, shop: Shop, said: dict[str, Any], status: int, code: str
) -> None:
    wanted = {"refund_id": "ref_1", "amount_minor": 1, "reason": "Too much", **said}
    refused = callers.post("office", "/payments/pay_1/refunds", wanted)
    assert (refused.status_code, refused.get_json()["code"]) == (status, code)
    assert shop.refunded() == 0


def test_nobody_decides_on_a_refund_that_does_not_exist(callers: Callers) -> None:
    assert callers.post("paul", "/refunds/ref_none/approval").get_json()["code"] == "refund_not_found"
