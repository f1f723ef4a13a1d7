"""How a chase ends: paid, credited, settled, too old for its plan, or past the day until which it can be sued for."""

from __future__ import annotations

from server.cli.story.players import Json, Players, line, new, until
from tests.journeys.desk import Desk
from tests.journeys.test_promises_kept_and_broken import send
from tests.journeys.test_reminders_that_grow_firmer import until as within_days
from tests.journeys.test_two_people_let_go import late, status

YEAR = 365


def take_off(street: Players, invoice: Json, dollars: str) -> None:
    """Let the customer object to an amount on their page, and the office find them right."""
    assert send(invoice, "disputes", reason="price", said="Trop cher", disputed=dollars) == 303
    (case,) = street.cases(invoice["customer_id"])
    (dispute,) = street.office("GET", f"/dunning/cases/{case['case_id']}")["disputes"]
    upheld = {"status": "upheld", "root_cause": "quote", "answer": "Vous avez raison."}
    street.office("POST", f"/dunning/disputes/{dispute['dispute_id']}/decision", upheld)


def test_a_case_says_how_it_ended_and_one_that_grew_too_old_asks_a_person(street: Players) -> None:
    desk = Desk(street, "clerk")
    jobs = [("Paule Payeur", 5000), ("Carl Crédit", 5000), ("Sam Solde", 5000), ("Grand Silence inc.", 900_000)]
    paid, credited, settled, old = (street.do_job(name, "Prise", [line("Prise", "1", m, "none")]) for name, m in jobs)
    street.wait(days=32)
    for invoice in (paid, credited, settled, old):
        status(street, invoice, "active")
    street.collect(paid, "cash", 5000)
    take_off(street, credited, "50")
    street.collect(settled, "cash", 2000)
    take_off(street, settled, "30")
    for invoice, ending in ((paid, "paid"), (credited, "credited"), (settled, "settled")):
        case = status(street, invoice, "closed")
        assert case["closed_because"] == ending
        assert f"{ending} · the plan" in desk.read(f"/chase/cases/{case['case_id']}")
    street.wait(days=90)  # nobody makes the calls of a large account
    within_days(street, lambda: street.cases(old["customer_id"])[0]["status"] == "referral_pending")
    (case,) = street.cases(old["customer_id"])
    moves = street.office("GET", f"/dunning/cases/{case['case_id']}")["transitions"]
    assert moves[-1]["because"] == "exit:age"
    assert "Shall it be handed over" in desk.read(f"/chase/cases/{case['case_id']}/letting-go")
    street.collect(old, "cash", 900_000)


def test_the_end_of_a_limitation_is_told_in_time_and_lets_two_people_let_go(street: Players) -> None:
    owner, clerk = Desk(street), Desk(street, "clerk")
    read = {"review_id": new("lrv"), "version": "1", "name": "Lucie Tremblay", "switch": "on"}
    owner.send("/law/ca-qc/reviews", on="/law/ca-qc", **read)
    invoice, here = late(street, "Vieille Dette")
    path, address = here.removesuffix("/letting-go"), street.world["office"]["email"]
    reminded = len(street.mails(street.addresses[-1]))
    street.wait(days=3 * YEAR - 100)
    assert len(street.mails(street.addresses[-1])) <= reminded + 1  # after three years in which nobody was there
    told = until(
        lambda: [mail["subject"] for mail in street.mails(address) if invoice["number"] in mail["subject"]],
        bool,
        "the alarm",
    )
    assert "exigible en justice jusqu’au" in told[0]
    assert "soon can be sued for no more" in clerk.read("/chase")
    assert invoice["number"] in clerk.read("/chase/limitations")
    street.wait(days=140)
    status(street, invoice, "write_off_pending")
    assert "can be sued for no more" in clerk.read(here)
    clear = {"invoice_right": "on", "delivered": "on", "nothing_unread": "on"}
    clerk.send(f"{path}/checks", on=here, before="write_off", **clear)
    write_off_id = clerk.hidden(clerk.read(here), "write_off_id")
    clerk.send(f"{path}/write_offs", on=here, write_off_id=write_off_id, reason="Prescrite")
    owner.send(f"{path}/write_offs/{write_off_id}/approval", on=here)
    street.wait(days=1)
    assert status(street, invoice, "closed")["closed_because"] == "time_barred"
    assert invoice["number"] not in clerk.read("/chase/limitations")
