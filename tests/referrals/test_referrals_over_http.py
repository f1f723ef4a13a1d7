"""Letting go over HTTP: the office proposes, a supervisor decides."""

from __future__ import annotations

from flask.testing import FlaskClient

from server.access.rules import Role
from server.core import clock
from server.core.database import transaction
from server.dunning import operations as dunning
from server.dunning import queries as cases
from tests import quebec
from tests.shop import Shop


def test_the_office_proposes_a_supervisor_refers_and_takes_back(client: FlaskClient, shop: Shop) -> None:
    invoice = shop.invoice()
    with transaction() as session:
        quebec.start_chasing(session, now=shop.now())
        keys = {role: quebec.add_key(session, role) for role in (Role.OFFICE, Role.SUPERVISOR, Role.ADMIN)}
    shop.pass_time(days=60)
    with transaction() as session:
        dunning.plan(session, today=cases.today_of(session, now=clock.now()), now=clock.now())

    def ask(role: Role, method: str, path: str, body: object = None) -> tuple[int, dict[str, object]]:
        headers = {"Authorization": f"Bearer {keys[role]}"}
        answer = client.open(f"/api/v1{path}", method=method, json=body, headers=headers)
        return answer.status_code, answer.get_json(silent=True) or {}

    (case,) = client.get(
        "/api/v1/dunning/cases?status=open", headers={"Authorization": f"Bearer {keys[Role.OFFICE]}"}
    ).get_json()["items"]
    case_id = case["case_id"]
    agency = {"agency_id": "agc_1", "kind": "agency", "name": "Nord", "commission_bp": 2500}
    assert ask(Role.OFFICE, "POST", "/agencies", agency)[0] == 403
    assert ask(Role.ADMIN, "POST", "/agencies", agency)[0] == 201
    wanted = {"referral_id": "rfl_1", "case_id": case_id, "agency_id": "agc_1", "note": "Three calls, no answer"}
    assert ask(Role.SUPERVISOR, "POST", "/referrals", wanted)[1]["code"] == "referral_not_proposed"
    proposed = ask(
        Role.OFFICE, "POST", f"/dunning/cases/{case_id}/proposals", {"kind": "referral", "reason": "No answer"}
    )
    assert (proposed[0], proposed[1]["status"]) == (201, "referral_pending")
    assert ask(Role.OFFICE, "POST", "/referrals", wanted)[0] == 403
    assert ask(Role.SUPERVISOR, "POST", "/referrals", wanted)[1]["code"] == "checks_open"
    ours = {"before": "referral", "invoice_right": True, "delivered": True, "nothing_unread": True}
    checked = ask(Role.OFFICE, "POST", f"/dunning/cases/{case_id}/checks", ours)
    assert (checked[0], checked[1]["checks"][0]["is_clear"]) == (201, True)  # type: ignore[index]
    referred = ask(Role.SUPERVISOR, "POST", "/referrals", wanted)
    assert (referred[0], referred[1]["amount_minor"]) == (201, Shop.TOTAL)
    pack = client.post("/api/v1/referrals/rfl_1/handover", headers={"Authorization": f"Bearer {keys[Role.OFFICE]}"})
    assert (pack.content_type, pack.data[:2]) == ("application/zip", b"PK")
    assert ask(Role.OFFICE, "GET", "/referrals/rfl_1")[1]["handed_over_at"] is not None
    assert ask(Role.OFFICE, "GET", f"/referrals?case_id={case_id}")[1]["items"]
    assert ask(Role.SUPERVISOR, "POST", "/referrals/rfl_1/recall", {"reason": "They settle"})[1]["status"] == "recalled"
    assert ask(Role.OFFICE, "GET", "/agencies")[1]["items"][0]["scores"][0]["referrals"] == 1  # type: ignore[index]
    barred = f"/customers/{invoice.customer_id}/no_agency"
    assert ask(Role.OFFICE, "PUT", barred, {"reason": "The mayor's mother"})[0] == 204
    assert ask(Role.OFFICE, "DELETE", barred)[0] == 403
    assert ask(Role.SUPERVISOR, "DELETE", barred)[0] == 204
    let_go = {"write_off_id": "wof_1", "reason": "Gone"}
    assert ask(Role.OFFICE, "POST", f"/dunning/cases/{case_id}/write_off", let_go)[1]["code"] == "checks_open"
    ask(Role.OFFICE, "POST", f"/dunning/cases/{case_id}/checks", {**ours, "before": "write_off"})
    assert ask(Role.OFFICE, "POST", f"/dunning/cases/{case_id}/write_off", let_go)[1]["status"] == "write_off_pending"
    assert ask(Role.SUPERVISOR, "POST", "/write_offs/wof_1/approval")[1]["status"] == "booked"
