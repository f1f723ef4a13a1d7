"""The first reminder goes as a text message: who takes it pays from it, who asked for no more gets a mail instead."""

from __future__ import annotations

import re

from server.cli.story.players import Players, line, new
from tests.journeys.desk import Desk
from tests.journeys.plans import in_force, treating
from tests.journeys.test_reminders_that_grow_firmer import until

STOPPED = "+15005550004"  # the number of whoever answered STOP, to Twilio as to the catcher


def test_a_reminder_is_texted_and_mailed_to_who_wants_no_texts(street: Players) -> None:
    first, second, *rest = in_force(street)["steps"]
    by_text = {**second["small"], "channel": "text", "otherwise": "email"}
    number = f"+1418555{int(new('')[-3:], 16) + 1000}"
    with treating(street, Desk(street), steps=[first, {**second, "small": by_text}, *rest]) as differs:
        assert "text message" in differs
        taker = street.do_job("Téo Court", "Prise", [line("Prise", "1", 5000, "none")], phone=number)
        stopped = street.do_job("Ève Assez", "Prise", [line("Prise", "1", 6000, "none")], phone=STOPPED)
        address = street.addresses[-1]
        street.wait(days=36)
        until(street, lambda: len(street.texts(number)) == 1)
        until(street, lambda: any(mail["subject"].startswith("Rappel\u00a0") for mail in street.mails(address)))
    street.wait(seconds=120)  # that the mail went is noted at the next look
    (text,) = street.texts(number)
    assert text["text"].startswith("Rappel : 50,00 $")
    assert taker["number"] in text["text"]
    assert street.texts(STOPPED) == []
    (case,) = street.cases(stopped["customer_id"])
    done = street.office("GET", f"/dunning/cases/{case['case_id']}")["actions"]
    assert [(step["channel"], step["status"]) for step in done if step["step"] == 1] == [("email", "done")]
    link = re.search(r"http://\S+/p/[\w.-]+", text["text"])
    assert link
    _, session_id = street.open_checkout(link[0])
    street.press_checkout(session_id, "pay")
    street.must_be_paid(taker)
    street.collect(stopped, "cash", 6000)
