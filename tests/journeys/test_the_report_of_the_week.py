"""The owner gets the report of the week by e-mail; the office reads any past week again, and it says the same."""

from __future__ import annotations

from datetime import date, timedelta

from server.cli.story.players import Players, line, until
from tests.journeys.desk import Desk


def csv_of(street: Players, on: str) -> bytes:
    """The report of the week of a day, as a spreadsheet."""
    return street.send("GET", f"/reports/weekly.csv?on={on}", None, street.world["api_key"]).content


def test_the_week_is_told_by_mail_and_stays_as_it_was(street: Players) -> None:
    street.do_job("Rose Roy", "Plinthe", [line("Plinthe chauffante", "1", 20000, "none")])
    owner = street.world["office"]["email"]
    before = len(street.mails(owner))
    street.wait(days=8)
    told = until(
        lambda: street.office("GET", "/reports/weekly"), lambda it: bool(it["money"]), "the report of the last week"
    )
    assert {figure["name"] for figure in told["money"][0]["figures"]} >= {"open", "past_due", "in_collection"}
    assert told["log_sequence"] > 0
    until(lambda: street.mails(owner), lambda mails: len(mails) > before, "the mail to the owner")
    sheet = csv_of(street, told["last"])
    street.wait(days=7)
    again = street.office("GET", f"/reports/weekly?on={told['last']}")
    assert again == told
    assert csv_of(street, told["last"]) == sheet
    after = street.office("GET", f"/reports/weekly?on={date.fromisoformat(told['last']) + timedelta(days=7)}")
    (was,) = (money["figures"] for money in told["money"] if money["currency"] == "CAD")
    (now,) = (money["figures"] for money in after["money"] if money["currency"] == "CAD")
    assert [each["before_minor"] for each in now] == [each["now_minor"] for each in was]
    assert all(each["change_minor"] == each["now_minor"] - each["before_minor"] for each in now)
    assert "the week before)" in Desk(street).read("/numbers/weekly", on=told["last"])
    conduct = street.office("GET", "/reports/conduct")
    assert conduct["currency"] == "CAD"
