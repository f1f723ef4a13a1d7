"""At the desk: how a customer pays, exceptions, agreed terms, proposals, the policy by class."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.core.database import transaction
from server.jobs.operations import plan_job
from server.risk import tasks
from server.standing import operations as standing
from server.standing import queries
from server.standing.models import TermProposal
from server.standing.operations import DoNotBook
from server.standing.rules import Standing
from tests.office.conftest import OWNER, Desk, hidden
from tests.shop import Shop


def book(shop: Shop, job_id: str) -> None:
    with transaction() as session:
        plan_job(session, job_id=job_id, customer_id="cus_1", title="Évier", scheduled_at=shop.now(), now=shop.now())


def test_terms_are_agreed_and_an_exception_is_made_at_the_desk(desk: Desk, shop: Shop) -> None:
    shop.invoice()
    tasks.review()
    path = "/customers/cus_1/standing"
    assert desk.post(path, {"up_front_percent": "x", "payer_type": "wilful"}, on=path).status_code == 422
    assert desk.post(path, {"limit": "x", "payer_type": "wilful"}, on=path).status_code == 422
    said = {"payer_type": "wilful", "up_front_percent": "", "limit": "", "do_not_book": "yes"}
    assert desk.post(path, said, on=path).status_code == 303
    with pytest.raises(DoNotBook):
        book(shop, "job_50")
    override = {"override_id": hidden(desk.get(path), "override_id"), "reason": "", "until_on": ""}
    assert desk.post("/customers/cus_1/overrides", override, on=path).status_code == 422
    override |= {"reason": "Ancien client", "until_on": shop.now().date().isoformat()}
    assert desk.post("/customers/cus_1/overrides", override, on=path).status_code == 303
    assert "Ancien client" in desk.get(path)
    book(shop, "job_51")
    end = f"/customers/cus_1/overrides/{override['override_id']}/end"
    assert desk.post(end, {}, on=path).status_code == 303
    assert desk.post(end, {}, on=path).status_code == 404
    with pytest.raises(DoNotBook):
        book(shop, "job_52")


def test_only_a_supervisor_decides_on_proposed_terms(owner: Desk, shop: Shop) -> None:
    with transaction() as session:
        proposal = {"customer_id": "cus_1", "because": "worst", "currency": "CAD", "up_front_percent": 100}
        empty = {"limit_minor": None, "do_not_book": None}
        standing.propose(session, [{**proposal, **empty}] * 2, now=shop.now())
        (proposed,) = session.scalars(select(TermProposal)).all()
    path = f"/customers/cus_1/proposals/{proposed.id}"
    owner.sign_in()
    assert owner.post(path, {"decision": "approve"}, on="/customers/cus_1/standing").status_code == 403
    owner.sign_in(OWNER)
    assert owner.post(path, {"decision": "approve"}, on="/customers/cus_1/standing").status_code == 303
    with transaction() as session:
        terms = queries.get_terms(session, "cus_1", now=shop.now())
    assert (terms.up_front_percent, terms.because) == (100, "agreed")


def test_the_owner_sets_what_holds_for_each_class(owner: Desk, shop: Shop) -> None:
    path = "/credit"
    assert owner.post(path, {"up_front_new_unknown": "101"}).status_code == 422
    assert owner.post(path, {"up_front_new_unknown": "25", "limit_new_unknown": "500,00"}).status_code == 303
    with transaction() as session:
        terms = queries.get_terms(session, "cus_1", now=shop.now())
    assert (terms.standing, terms.up_front_percent, terms.limit_minor) == (Standing.OK, 25, 50000)
    assert "500" in owner.get(path)
