"""A large account is called, the result goes out in writing; before the due date a small one is asked how it was."""

from __future__ import annotations

import re

import requests

from server.cli.story.players import Json, Players, line, until


def version(street: Players, above_minor: int) -> Json:
    """Write the next version of the plan in force, with another threshold."""
    plans = street.office("GET", "/dunning/plans")["items"]
    now = next(plan for plan in plans if plan["in_force"])
    said = {name: now[name] for name in ("name", "basis", "min_gap_days", "steps", "modifiers", "exits")}
    large = [{"currency": "CAD", "above_minor": above_minor}]
    return street.office("POST", "/dunning/plans", {**said, "large_accounts": large}, status=201)


def switch_on(street: Players, plan: Json) -> None:
    """See a version dry, and switch it on."""
    switch = f"/dunning/plans/{plan['plan_id']}/switch"
    street.office("POST", switch, status=409)  # nobody saw it dry
    run = street.office("POST", "/dunning/runs", {"dry_run": True, "plan_id": plan["plan_id"]}, status=202)
    until(lambda: street.office("GET", f"/dunning/runs/{run['run_id']}"), lambda it: it["status"] == "done", "the run")
    assert street.office("POST", switch)["in_force"]


def test_a_call_is_closed_with_its_outcome_and_the_result_goes_out(street: Players) -> None:
    switch_on(street, version(street, above_minor=100_000))
    try:
        invoice = street.do_job("Grand Hôtel", "Chaudière", [line("Chaudière", "1", 250_000, "none")])
        street.wait(days=36)
        work = until(
            lambda: street.office("GET", "/dunning/worklist")["tasks"],
            lambda tasks: any(task["customer_id"] == invoice["customer_id"] for task in tasks),
            "the call on the worklist",
        )
        (task,) = [task for task in work if task["customer_id"] == invoice["customer_id"]]
        assert (task["channel"], task["open_minor"]) == ("call", 250_000)
        calls = f"/dunning/cases/{task['case_id']}/calls"
        said = {"call_id": "cll_hotel", "action_id": task["action_id"], "outcome": "reached"}
        street.office("POST", calls, said, status=422)  # why it is unpaid is part of the answer
        street.office("POST", calls, {**said, "root_cause": "approval_missing"}, status=201)
        until(
            lambda: [mail["subject"] for mail in street.mails(street.addresses[-1])],
            lambda subjects: any(subject.startswith("Notre entretien") for subject in subjects),
            "the result in writing",
        )
        street.collect(invoice, "cash", 250_000)
    finally:
        switch_on(street, version(street, above_minor=500_000))


def test_before_the_due_date_a_customer_is_asked_and_answers_on_their_page(street: Players) -> None:
    invoice = street.do_job("Petit Café", "Robinet", [line("Robinet", "1", 9_000, "none")])
    street.wait(days=21)
    mails = until(
        lambda: street.mails(street.addresses[-1]),
        lambda found: any(mail["subject"].startswith("Quelques questions") for mail in found),
        "the survey",
    )
    found = re.search(r"http://\S+/p/[\w.-]+", mails[-1]["text"])
    assert found, mails[-1]["text"]
    page = requests.get(found[0], timeout=30)
    assert "Pouvons-nous vous demander" in page.text
    answered = requests.post(f"{found[0]}/survey", data={"arrived": "yes", "problems": "Rien"}, timeout=30)
    assert "Merci" in answered.text
    assert "Pouvons-nous vous demander" not in requests.get(found[0], timeout=30).text
    (case,) = street.cases(invoice["customer_id"])
    assert (case["status"], case["step"]) == ("pre_due", 0)
    street.collect(invoice, "cash", 9_000)
