"""A customer says on their page when they pay: the chase rests until then, and the books say what became of it."""

from __future__ import annotations

import re
from datetime import date, timedelta

import requests

from server.cli.story.players import Json, Players, line, until


def late(street: Players, name: str) -> tuple[Json, Json]:
    """Do a job that is not paid; return its invoice and, a day after it was due, its case."""
    invoice = street.do_job(name, "Prise", [line("Prise", "1", 5000, "none")])
    street.wait(days=31)
    cases = until(
        lambda: street.cases(invoice["customer_id"]), lambda found: [c["status"] for c in found] == ["active"], "a case"
    )
    return invoice, cases[0]


def send(invoice: Json, form: str, **said: str) -> int:
    """Fill in a form of the customer's page."""
    page = requests.get(invoice["pay_url"], timeout=30).text
    unseen = dict(re.findall(r'type="hidden" name="(currency|promises|plans)" value="([^"]*)"', page))
    answer = requests.post(f"{invoice['pay_url']}/{form}", data={**unseen, **said}, allow_redirects=False, timeout=30)
    return answer.status_code


def days_from_now(street: Players, number: int) -> str:
    """A day by the product's clock."""
    return (date.fromisoformat(street.now()[:10]) + timedelta(days=number)).isoformat()


def promise_of(street: Players, case: Json) -> Json:
    """The only promise of a case."""
    (promise,) = street.office("GET", f"/dunning/cases/{case['case_id']}")["promises"]
    found: Json = promise
    return found


def test_a_promise_rests_the_case_and_paying_early_keeps_it(street: Players) -> None:
    invoice, case = late(street, "Jeanne Parole")
    assert send(invoice, "promises", due_on=days_from_now(street, 40)) == 422
    assert send(invoice, "promises", due_on=days_from_now(street, 10)) == 303
    (resting,) = street.cases(invoice["customer_id"])
    assert (resting["status"], resting["next_step_on"]) == ("paused", None)
    street.wait(days=9)  # the day on which the second reminder of a new customer would come
    street.collect(invoice, "cash", 5000)
    until(lambda: promise_of(street, case)["status"], lambda status: status == "kept", "the promise to be kept")
    subjects = [mail["subject"] for mail in street.mails(street.addresses[-1])]
    assert any(subject.startswith("Votre promesse") for subject in subjects)
    assert not any(subject.startswith("Deuxième rappel") for subject in subjects)


def test_a_broken_promise_goes_to_a_person(street: Players) -> None:
    invoice, case = late(street, "Ludovic Léger")
    assert send(invoice, "promises", due_on=days_from_now(street, 3)) == 303
    street.wait(days=5)
    until(lambda: promise_of(street, case)["status"], lambda status: status == "broken", "the promise to be broken")
    until(
        lambda: street.cases(invoice["customer_id"])[0]["status"],
        lambda status: status == "referral_pending",
        "a person to be asked",
    )
    street.collect(invoice, "cash", 5000)
