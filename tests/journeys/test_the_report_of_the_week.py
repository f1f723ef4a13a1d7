"""The owner gets the report of the week by e-mail; the office reads any past week again, and it says the same."""

from __future__ import annotations

from server.cli.story.players import Players, line, until


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
    street.wait(days=7)
    again = street.office("GET", f"/reports/weekly?on={told['last']}")
    assert again == told
    conduct = street.office("GET", "/reports/conduct")
    assert conduct["currency"] == "CAD"
