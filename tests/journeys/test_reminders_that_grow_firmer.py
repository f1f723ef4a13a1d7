"""A customer who does not answer gets four messages, each firmer, and then a person decides."""

from __future__ import annotations

from server.cli.story.players import Players, line

STEPS = ("Rappel", "Deuxième rappel", "Troisième rappel", "Demande finale")


def test_four_messages_each_firmer_and_none_after_the_final_demand(street: Players) -> None:
    invoice = street.do_job("Yvon Sourd", "Prise", [line("Prise", "1", 5000, "none")])
    for days in (36, 10, 10, 10, 60, 1):  # the last day: another turn of the planner
        street.wait(days=days)
    subjects = [mail["subject"] for mail in street.mails(street.addresses[-1])]
    assert [step for subject in subjects for step in STEPS if subject.startswith(f"{step}\u00a0")] == list(STEPS)
    (case,) = street.cases(invoice["customer_id"])
    assert (case["status"], case["step"]) == ("referral_pending", 5)
    street.collect(invoice, "cash", 5000)
