"""A large account is called, the result goes out in writing, and at last a supervisor calls whoever decides there;
before the due date a small one is asked how it was."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests

from server.cli.story.players import Json, Players, line, new, until
from tests.journeys.desk import Desk
from tests.journeys.plans import treating
from tests.journeys.test_promises_kept_and_broken import days_from_now
from tests.journeys.test_reminders_that_grow_firmer import until as within_days


@pytest.fixture(scope="module")
def owner(everybody: Players) -> Iterator[Desk]:
    """The owner at the desk, who had every account above 1,000.00 treated as a large one for these stories."""
    desk = Desk(everybody)
    large = [{"currency": "CAD", "above_minor": 100_000}]
    with treating(everybody, desk, large_accounts=large) as differs:
        assert "An account is large above" in differs
        yield desk


def task_of(street: Players, invoice: Json, channel: str) -> Json:
    """Wait until somebody is to call; where the law closes days, for one that is open."""

    def tasks() -> list[Json]:
        work: list[Json] = street.office("GET", "/dunning/worklist")["tasks"]
        return [task for task in work if task["customer_id"] == invoice["customer_id"]]

    within_days(street, lambda: [task["channel"] for task in tasks()] == [channel])
    return tasks()[0]


def call(desk: Desk, task: Json, **said: str) -> str:
    """Call at the desk, and say how it ended; return the page one comes to."""
    case = f"/chase/cases/{task['case_id']}"
    return desk.send(f"{case}/calls", on=case, call_id=new("cll"), action_id=task["action_id"], **said)


def test_calls_are_closed_with_their_outcome_and_the_third_is_a_supervisor_s(street: Players, owner: Desk) -> None:
    clerk = Desk(street, "clerk")
    invoice = street.do_job("Grand Hôtel", "Chaudière", [line("Chaudière", "1", 250_000, "none")])
    street.wait(days=36)
    task = task_of(street, invoice, "call")
    assert task["open_minor"] == 250_000
    case = f"/chase/cases/{task['case_id']}"
    calls = f"/dunning/cases/{task['case_id']}/calls"
    said = {"call_id": new("cll"), "action_id": task["action_id"], "outcome": "reached"}
    street.office("POST", calls, said, status=422)  # why it is unpaid is part of the answer
    assert "First reminder call" in clerk.read(case)
    for outcome in ("wrong_number", "voicemail"):
        call(clerk, task, outcome=outcome)
        assert task_of(street, invoice, "call")["action_id"] == task["action_id"]
    call(clerk, task, outcome="reached", root_cause="not_received", spoke_with="Mme Hôtel")
    until(
        lambda: [mail["subject"] for mail in street.mails(street.addresses[-1])],
        lambda subjects: any(subject.startswith("Notre entretien") for subject in subjects),
        "the result in writing",
    )
    street.wait(days=11)
    for outcome in ("no_answer", "call_back", "no_answer"):  # as often as the plan has patience
        call(clerk, task_of(street, invoice, "call"), outcome=outcome)
    clerk.send(f"{case}/decider", on=case, name="Dir. Lemieux", phone="+1 418-555-0199")
    street.wait(days=11)
    task = task_of(street, invoice, "supervisor_call")
    assert {check["check"] for check in task["checks"] if not check["ok"]} == {"not_our_fault"}
    assert "They said the fault is ours" in clerk.read("/chase")
    refused = {**said, "action_id": task["action_id"], "call_id": new("cll"), "root_cause": "forgotten"}
    street.office("POST", calls, refused, status=403)
    shown = clerk.read(case)
    assert "This call is a supervisor's." in shown
    assert "Close the call" not in shown
    shown = owner.read(case)
    for words in ("Call from our supervisor to their manager", "Dir. Lemieux", "They said the fault is ours"):
        assert words in shown
    assert "The call is written down." in call(owner, task, outcome="refused", root_cause="unwilling")
    street.collect(invoice, "cash", 250_000)


def test_what_a_call_ends_with_is_written_down_next_and_no_task_ends_without_its_result(
    street: Players, owner: Desk
) -> None:
    work = [line("Chaudière", "1", 250_000, "none")]
    word, objects = (street.do_job(name, "Chaudière", work) for name in ("Parole inc.", "Objet inc."))
    nowhere = street.do_job("Nulle Part inc.", "Chaudière", work, email=None, addresses=[])
    street.wait(days=36)
    agreed = call(owner, task_of(street, word, "call"), outcome="promise", root_cause="short_of_cash")
    assert "Now write down what they promised." in agreed
    here = f"/cases/{street.cases(word['customer_id'])[0]['case_id']}"
    promise = {"promise_id": owner.hidden(agreed, "promise_id"), "due_on": days_from_now(street, 5)}
    owner.send(f"{here}/promises", on=f"{here}/arrangements", **promise)
    assert street.cases(word["customer_id"])[0]["status"] == "paused"
    objected = call(owner, task_of(street, objects, "call"), outcome="dispute", root_cause="work_disputed")
    assert "Now write down what they object to." in objected
    here = f"/cases/{street.cases(objects['customer_id'])[0]['case_id']}"
    dispute = {"dispute_id": owner.hidden(objected, "dispute_id"), "invoice_id": objects["invoice_id"]}
    dispute |= {"reason": "price", "said": "Trop cher", "amount": "100"}
    owner.send(f"{here}/disputes", on=f"{here}/arrangements", **dispute)
    assert street.cases(objects["customer_id"])[0]["disputed_minor"] == 10_000
    task = task_of(street, nowhere, "call")
    case = f"/chase/cases/{task['case_id']}"
    said = {"call_id": new("cll"), "action_id": task["action_id"], "outcome": "refused", "root_cause": "unwilling"}
    token = owner.hidden(owner.read(case), "csrf_token")
    refused = owner.browser.post(
        f"{owner.office}{case}/calls", data={"csrf_token": token, **said, "note": "Raccroche"}, timeout=30
    )
    assert refused.status_code == 422
    assert "neither an e-mail address nor a postal one" in refused.text
    assert "Raccroche" in refused.text  # what was typed is not lost
    assert task_of(street, nowhere, "call")["action_id"] == task["action_id"]
    for invoice in (word, objects, nowhere):
        street.collect(invoice, "cash", 250_000)


def surveys(street: Players) -> list[Json]:
    return [mail for mail in street.mails(street.addresses[-1]) if mail["subject"].startswith("Quelques questions")]


def test_before_the_due_date_a_customer_is_asked_and_answers_on_their_page(street: Players) -> None:
    invoice = street.do_job("Petit Café", "Robinet", [line("Robinet", "1", 9_000, "none")])
    street.wait(days=20)
    for _ in range(3):  # nobody is asked on a Sunday or a holiday, but on the first day after that
        if not surveys(street):
            street.wait(days=1)
    (survey,) = until(lambda: surveys(street), bool, "the survey")
    found = re.search(r"http://\S+/p/[\w.-]+", survey["text"])
    assert found, survey["text"]
    page = requests.get(found[0], timeout=30)
    assert "Pouvons-nous vous demander" in page.text
    answered = requests.post(f"{found[0]}/survey", data={"arrived": "yes", "problems": "Rien"}, timeout=30)
    assert "Merci" in answered.text
    assert "Pouvons-nous vous demander" not in requests.get(found[0], timeout=30).text
    (case,) = street.cases(invoice["customer_id"])
    assert (case["status"], case["step"]) == ("pre_due", 0)
    assert "Rien" in Desk(street).read(f"/chase/cases/{case['case_id']}")
    street.collect(invoice, "cash", 9_000)
