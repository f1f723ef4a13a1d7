"""A setting changes; the policy says so in a new version, the staff read it, and the contract leads to it."""

from __future__ import annotations

import requests

from server.cli.story.players import Players, line
from tests.journeys.desk import Desk


def test_the_policy_follows_the_settings_and_is_handed_over_with_the_contract(street: Players) -> None:
    said = street.phone("GET", "/policy")
    assert len(said["sections"]) == 4
    street.phone("POST", "/policy/acknowledgements", {"sha256": said["sha256"]})
    again = street.office("GET", "/policy")
    mine = [reader for reader in again["readers"] if reader["acknowledged_at"]]
    assert len(mine) == 1
    desk = Desk(street)
    assert "you read it" in desk.send("/policy", on="/policy", sha256=said["sha256"])
    invoice = street.do_job("Ugo Roy", "Siphon", [line("Siphon", "1", 9000, "none")])
    printed = requests.get(f"{street.world['web']}/policy.pdf?on={street.now()[:10]}&language=en", timeout=30)
    assert (printed.status_code, printed.headers["Content-Type"]) == (200, "application/pdf")
    page = requests.get(invoice["pay_url"], timeout=30).text
    assert "/policy.pdf" in page
