"""The office lets a case rest: nothing goes out while it does, and it goes on where it had stopped."""

from __future__ import annotations

from server.cli.story.players import Players, line, until
from tests.journeys.desk import Desk
from tests.journeys.test_reminders_that_grow_firmer import until as within_days


def reminders(street: Players) -> list[str]:
    """The reminders that the last customer got."""
    subjects = [str(mail["subject"]) for mail in street.mails(street.addresses[-1])]
    return [subject for subject in subjects if "appel" in subject]


def test_a_hold_keeps_every_step_back_until_its_owner_ends_it(street: Players) -> None:
    desk = Desk(street, "clerk")
    invoice = street.do_job("Renée Pause", "Prise", [line("Prise", "1", 5000, "none")])
    street.wait(days=31)
    (case,) = until(
        lambda: street.cases(invoice["customer_id"]), lambda found: [c["status"] for c in found] == ["active"], "a case"
    )
    here, path = f"/cases/{case['case_id']}/arrangements", f"/cases/{case['case_id']}"
    hold_id = desk.hidden(desk.read(here), "hold_id")
    desk.send(f"{path}/holds", on=here, hold_id=hold_id, kind="legal", reason="L'affaire est au tribunal")
    street.wait(days=1)  # what was on its way when it was placed has arrived
    before = reminders(street)
    street.wait(days=20)
    assert "it rests" in desk.read(f"/chase{path}")
    assert reminders(street) == before
    desk.send(f"{path}/holds/{hold_id}/release", on=here)
    street.wait(days=1)
    within_days(street, lambda: len(reminders(street)) > len(before))
    street.collect(invoice, "cash", 5000)
