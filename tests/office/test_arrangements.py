"""What is arranged with a customer who is late, at the desk: by forms, without script."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core import clock
from server.core.database import transaction
from server.dunning import operations, queries
from tests import quebec
from tests.office.conftest import Desk, hidden
from tests.shop import Shop


@pytest.fixture
def case_id(shop: Shop, office: Desk) -> str:
    """The case of an invoice that is past due; somebody has signed in."""
    with transaction() as session:
        quebec.start_chasing(session, now=shop.now())
    shop.invoice()
    shop.pass_time(days=32)
    now = clock.now()
    with transaction() as session:
        operations.plan(session, today=queries.today_of(session, now=now), now=now)
        (case,) = queries.find_open_cases(session).values()
    assert office.sign_in().status_code == 303
    return case.id


def day(number: int) -> str:
    """A day from today on, as a date field sends it."""
    with transaction() as session:
        return (queries.today_of(session, now=clock.now()) + timedelta(days=number)).isoformat()


def test_everything_is_arranged_by_forms(office: Desk, case_id: str) -> None:
    here = f"/cases/{case_id}/arrangements"
    path = f"/cases/{case_id}"
    page = office.get(here)
    for form, unseen in (
        ("promises", {"promise_id": hidden(page, "promise_id"), "due_on": day(5)}),
        ("holds", {"hold_id": hidden(page, "hold_id"), "kind": "legal", "reason": "In court"}),
        ("payment_plans", {"payment_plan_id": hidden(page, "payment_plan_id"), "count": "3", "every": "week"}),
        (
            "disputes",
            {
                "dispute_id": hidden(page, "dispute_id"),
                "invoice_id": "inv_1",
                "reason": "price",
                "said": "Too much",
                "amount": "18.45",
            },
        ),
    ):
        sent = office.post(f"{path}/{form}", {"first_on": day(3), **unseen}, on=here)
        assert sent.status_code == 303, sent.text
    shown = office.get(here)
    for words in ("Legal hold", "In court", "Waits for its day", "Waits for the signature", "To be looked into"):
        assert words in shown
    with transaction() as session:
        sheet = queries.get_sheet(session, case_id, today=queries.today_of(session, now=clock.now()))
    assert {pause.kind for pause in sheet["pauses"]} == {"promise", "legal", "plan"}
    plan_id, dispute_id = sheet["payment_plans"][0]["id"], sheet["disputes"][0].id
    signature = {"document_sha256": hidden(shown, "document_sha256"), "signer_name": "Marie", "witness_name": "Anne"}
    decision = {"status": "upheld", "root_cause": "quote", "answer": "You are right"}
    for form, said in (
        (f"holds/{sheet['holds'][0].id}/release", {}),
        (f"promises/{sheet['promises'][0].id}/cancellation", {}),
        (f"payment_plans/{plan_id}/signature", signature),
        (f"disputes/{dispute_id}/decision", decision),
    ):
        assert office.post(f"{path}/{form}", said, on=here).status_code == 303
    shown = office.get(here)
    for words in ("In force", "Signed by Marie", "Right: taken off", "Cancelled"):
        assert words in shown
    assert office.client.get(f"/office/payment_plans/{plan_id}.pdf").data.startswith(b"%PDF")


def test_what_is_objected_to_is_why_it_rests(office: Desk, case_id: str) -> None:
    here = f"/cases/{case_id}/arrangements"
    page = office.get(here)
    assert "Nothing holds it back" in page
    objection = {"invoice_id": "inv_1", "reason": "price", "said": "Too much", "amount": ""}
    about = {"dispute_id": hidden(page, "dispute_id"), **objection}
    assert office.post(f"/cases/{case_id}/disputes", about, on=here).status_code == 303
    shown = office.get(here)
    assert "Disputed" in shown
    assert "Nothing holds it back" not in shown


def test_what_cannot_be_is_said_on_the_page(office: Desk, case_id: str) -> None:
    here = f"/cases/{case_id}/arrangements"
    for form, said, why in (
        ("promises", {"promise_id": "prm_1", "due_on": "tomorrow"}, "This is not a day"),
        ("promises", {"promise_id": "prm_1", "due_on": day(5), "amount": "much"}, "This is not an amount"),
        ("promises", {"promise_id": "prm_1", "due_on": day(-1)}, "further ahead than a promise may reach"),
        ("holds", {"hold_id": "hld_1", "reason": " "}, "Say why."),
        ("payment_plans", {"payment_plan_id": "ppl_1", "count": "1", "every": "week"}, "how many parts"),
        ("disputes", {"dispute_id": "dsp_1", "invoice_id": "inv_1", "said": ""}, "Say in a few words"),
    ):
        answer = office.post(f"/cases/{case_id}/{form}", said, on=here)
        assert answer.status_code == 422
        assert why in answer.text
