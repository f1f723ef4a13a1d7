"""A customer who does not answer gets four messages, each firmer, and then a person decides."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

from server.cli.story.players import Players, line

STEPS = ("Rappel", "Deuxième rappel", "Troisième rappel", "Demande finale")
# Where another story has the law of Quebec hold, nobody is written to on Sundays and holidays: four in a row at most.
CLOSED_DAYS = 5


def test_four_messages_each_firmer_and_none_after_the_final_demand(street: Players) -> None:
    work = [line("Prise", "1", 5000, "none")]
    invoice = street.do_job("Yvon Sourd", "Prise", work)
    second = street.do_another(invoice["customer_id"], "Prise", work)
    address = street.addresses[-1]

    def steps() -> list[str]:
        subjects = [mail["subject"] for mail in street.mails(address)]
        return [step for subject in subjects for step in STEPS if subject.startswith(f"{step}\u00a0")]

    def stands() -> tuple[str, int]:
        (case,) = street.cases(invoice["customer_id"])
        return case["status"], case["step"]

    for number, days in enumerate((36, 10, 10, 10)):
        street.wait(days=days)
        if STEPS[number] == "Demande finale":
            look_at_our_side(street, invoice["customer_id"])
        until(street, partial(_are, steps, STEPS[: number + 1]))
    street.wait(days=15)
    until(street, lambda: stands() == ("referral_pending", 5))
    street.wait(days=45)
    assert (steps(), stands()) == (list(STEPS), ("referral_pending", 5))
    final = next(mail for mail in street.mails(address) if mail["subject"].startswith(STEPS[-1]))
    for said in (invoice["number"], second["number"], "100,00"):  # everything that is open, once, on one link
        assert said in final["text"]
    assert len(set(re.findall(r"http://\S+/p/[\w.-]+", final["text"]))) == 1
    assert [file["content_type"] for file in final["attachments"]] == ["application/pdf"]
    for owed in (invoice, second):
        street.collect(owed, "cash", 5000)


def look_at_our_side(street: Players, customer_id: str) -> None:
    """The final demand waits on the worklist until somebody says that all is well on our side."""

    def waits() -> bool:
        work = street.office("GET", "/dunning/worklist")["tasks"]
        return any((task["customer_id"], task["kind"]) == (customer_id, "check") for task in work)

    until(street, waits)
    (case,) = street.cases(customer_id)
    clear = {"invoice_right": True, "delivered": True, "nothing_unread": True}
    street.office("POST", f"/dunning/cases/{case['case_id']}/checks", {"before": "final_demand", **clear}, status=201)


def _are(steps: Callable[[], list[str]], wanted: Sequence[str]) -> bool:
    return steps() == list(wanted)


def until(street: Players, good: Callable[[], bool]) -> None:
    """Let a day pass after another until it is so; no more of them than may be closed in a row."""
    for _ in range(CLOSED_DAYS):
        if good():
            return
        street.wait(days=1)
        street.wait(seconds=120)  # what waited for the payment feed, which a leap of the clock leaves behind
    assert good()
