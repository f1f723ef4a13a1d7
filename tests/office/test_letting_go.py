"""Letting go at the desk: proposed by one, decided by another, by forms without script."""

from __future__ import annotations

import io
import zipfile

import pytest
from flask import Flask

from server.access import operations as access
from server.access.rules import Role
from server.core import clock
from server.core.database import transaction
from server.dunning import operations, queries, tasks
from server.office import rules
from tests import quebec
from tests.office.conftest import Desk, hidden
from tests.shop import Shop

BOSS, OWNER = "chef@plomberie-roy.example", "guy@plomberie-roy.example"


def sign_in(app: Flask, email: str) -> Desk:
    """Somebody else at another desk."""
    desk = Desk(app)
    assert desk.sign_in(email).status_code == 303
    return desk


@pytest.fixture
def boss(desk: Desk, app: Flask, shop: Shop) -> Desk:
    """A supervisor and an owner are hired; the supervisor is at a desk of their own."""
    with transaction() as session:
        for name, role, email in (("Rose Roy", Role.SUPERVISOR, BOSS), ("Guy Roy", Role.ADMIN, OWNER)):
            said = {"language": "en", "email": email, "password": quebec.PASSWORD}
            access.add_staff(session, name=name, role=role, **said, now=shop.now())
    return sign_in(app, BOSS)


@pytest.fixture
def case_id(shop: Shop) -> str:
    """The case of an invoice that is past due."""
    with transaction() as session:
        quebec.start_chasing(session, now=shop.now())
    shop.invoice()
    shop.pass_time(days=60)
    now = clock.now()
    with transaction() as session:
        operations.plan(session, today=queries.today_of(session, now=now), now=now)
        (case,) = queries.find_open_cases(session).values()
    return case.id


def test_a_case_is_proposed_referred_packed_and_taken_back(desk: Desk, boss: Desk, app: Flask, case_id: str) -> None:
    here, path = f"/chase/cases/{case_id}/letting-go", f"/chase/cases/{case_id}"
    owner, agencies = sign_in(app, OWNER), "/chase/agencies"
    new = {"agency_id": "agc_1", "kind": "agency", "name": "Recouvrement Nord", "commission": "much"}
    assert owner.post(agencies, new).status_code == 422
    assert owner.post(agencies, {**new, "commission": "12,5"}).status_code == 303
    assert boss.post(f"{agencies}/agc_1/leave", {}, on="/chase").status_code == 403
    assert desk.post(f"{path}/proposals", {"reason": ""}, on=here).status_code == 422
    assert desk.post(f"{path}/proposals", {"reason": "Nobody answers"}, on=here).status_code == 303
    shown = desk.get(here)
    for words in ("Nobody answers", "Anne Roy", "A supervisor decides.", "Not every invoice is known to have arrived"):
        assert words in shown
    assert "See why, and decide" in desk.get(path)
    assert here in desk.get("/chase")
    said = {"referral_id": hidden(shown := boss.get(here), "referral_id"), "agency_id": "agc_1", "note": "Three calls"}
    assert "12.5%" in shown
    assert desk.post(f"{path}/referrals", said, on=here).status_code == 403
    assert desk.post(f"{path}/proposals/rejection", {"note": "No"}, on=here).status_code == 403
    assert boss.post(f"{path}/referrals", said, on=here).status_code == 409
    ours = {"before": "referral", "invoice_right": "on", "delivered": "on"}
    assert desk.post(f"{path}/checks", ours, on=here).status_code == 303
    assert boss.post(f"{path}/referrals", said, on=here).status_code == 409
    assert desk.post(f"{path}/checks", {**ours, "nothing_unread": "on"}, on=here).status_code == 303
    assert "Nothing stands against it" in boss.get(here)
    assert boss.post(f"{path}/referrals", said, on=here).status_code == 303
    assert "In the hands of Recouvrement Nord" in (shown := boss.get(here))
    assert "$218.45" in shown
    referral = f"/referrals/{said['referral_id']}"
    pack = desk.post(f"{referral}/handover", {}, on=here)
    with zipfile.ZipFile(io.BytesIO(pack.data)) as packed:
        assert {"SHA256SUMS", "debts.csv"} <= set(packed.namelist())
    assert "SHA-256" in boss.get(here)
    assert desk.post(f"{referral}/recall", {"reason": "They settle"}, on=here).status_code == 403
    assert boss.post(f"{referral}/recall", {"reason": "They settle"}, on=here).status_code == 303
    assert "Was with Recouvrement Nord" in boss.get(here)
    assert "$218.45" in desk.get(agencies)
    assert owner.post(f"{agencies}/agc_1/leave", {}, on=agencies).status_code == 303
    assert "Nothing more is handed over" in desk.get(agencies)


def test_a_debt_is_written_off_by_two_people_and_owed_again(desk: Desk, boss: Desk, shop: Shop, case_id: str) -> None:
    here, path = f"/chase/cases/{case_id}/letting-go", f"/chase/cases/{case_id}"
    early = {"write_off_id": hidden(desk.get(here), "write_off_id"), "reason": "Moved away"}
    assert desk.post(f"{path}/write_offs", early, on=here).status_code == 409
    clear = {"before": "write_off", "invoice_right": "on", "delivered": "on", "nothing_unread": "on"}
    assert desk.post(f"{path}/checks", clear, on=here).status_code == 303
    for asking, other in ((desk, boss), (boss, desk)):
        said = {"write_off_id": hidden(asking.get(here), "write_off_id"), "reason": "Moved away"}
        assert asking.post(f"{path}/write_offs", said, on=here).status_code == 303
        write_off = f"{path}/write_offs/{said['write_off_id']}"
        assert asking.post(f"{write_off}/approval", {}, on=here).status_code in (403, 409)
        assert "somebody else has to agree" in asking.get(here)
        if asking is desk:
            assert other.post(f"{write_off}/rejection", {"note": "Call once more"}, on=here).status_code == 303
            assert "Call once more" in desk.get(here)
            tasks.plan()
    assert desk.post(f"{write_off}/approval", {}, on=here).status_code == 403
    assert desk.post(f"{write_off}/rejection", {"note": "Not yet"}, on=here).status_code == 303
    tasks.plan()
    said = {"write_off_id": hidden(desk.get(here), "write_off_id"), "reason": "Bankrupt"}
    assert desk.post(f"{path}/write_offs", said, on=here).status_code == 303
    write_off = f"{path}/write_offs/{said['write_off_id']}"
    assert boss.post(f"{write_off}/approval", {}, on=here).status_code == 303
    assert "It is written off." in boss.get(here)
    assert desk.post(f"{write_off}/invoices/inv_1/reinstatement", {}, on=here).status_code == 303
    assert "owed again since" in desk.get(here)


def test_a_customer_is_never_handed_to_an_agency(desk: Desk, boss: Desk) -> None:
    page, path = "/customers/cus_1/standing", "/customers/cus_1/no_agency"
    assert desk.post(path, {"reason": " "}, on=page).status_code == 422
    assert desk.post(path, {"reason": "The mayor's mother"}, on=page).status_code == 303
    assert "The mayor's mother" in desk.get(page)
    assert desk.post(f"{path}/end", {}, on=page).status_code == 403
    assert boss.post(f"{path}/end", {}, on=page).status_code == 303
    assert "The mayor's mother" not in boss.get(page)


@pytest.mark.parametrize(
    ("typed", "read"),
    [("25", 2500), ("12,5 %", 1250), ("0", 0), ("100", 10_000), ("0.005", None), ("101", None), ("-1", None)]
    + [(nonsense, None) for nonsense in ("", "a quarter", "NaN", "Infinity", "1e999999")],
)
def test_a_commission_is_read_as_people_write_it(typed: str, read: int | None) -> None:
    assert rules.basis_points(typed) == read
