"""A customer without an e-mail address is written a letter: it is printed in a batch, and done once it is posted."""

from __future__ import annotations

from server.cli.story.players import Players, line
from tests.journeys.desk import Desk
from tests.journeys.test_reminders_that_grow_firmer import until as within_days


def test_a_letter_waits_for_the_printer_and_is_done_when_it_is_posted(street: Players) -> None:
    desk = Desk(street, "clerk")
    # Where other stories left much unpaid for years, the stamps of a smaller debt are not worth it.
    invoice = street.do_job("Odile Papier", "Prise", [line("Prise", "1", 100_000, "none")], email=None)
    street.wait(days=36)
    within_days(street, lambda: street.office("GET", "/dunning/worklist")["letters_to_print"] > 0)
    (case,) = street.cases(invoice["customer_id"])
    page = desk.read("/chase")
    batch_id = desk.hidden(page, "batch_id")
    for _ in range(2):  # the same form twice makes one batch
        desk.send("/chase/letters", on="/chase", batch_id=batch_id)
    printed = desk.browser.get(f"{desk.office}/chase/letters/{batch_id}.pdf", timeout=60)
    assert (printed.headers["Content-Type"], printed.content[:4]) == ("application/pdf", b"%PDF")
    assert "The letters are posted." in desk.send(f"/chase/letters/{batch_id}/posted", on="/chase")
    done = street.office("GET", f"/dunning/cases/{case['case_id']}")["actions"]
    assert [(step["channel"], step["status"]) for step in done if step["step"] == 1] == [("letter", "done")]
    street.collect(invoice, "cash", 100_000)
