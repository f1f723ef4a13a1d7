"""The office asks how money comes in, today and on a day gone by."""

from __future__ import annotations

from server.cli.story.players import Players, line


def aging(street: Players, on: str = "") -> tuple[str, int, int]:
    """Return the day, all that was open in CAD at its end, and what of it was late."""
    told = street.office("GET", f"/reports/aging?on={on}" if on else "/reports/aging")
    cad = [item for item in told["items"] if item["currency"] == "CAD"]
    total_minor = sum(item["total_minor"] for item in cad)
    return told["on"], total_minor, total_minor - sum(item["buckets"]["current"] for item in cad)


def test_what_is_open_grows_late_and_a_day_gone_by_stays_as_it_was(street: Players) -> None:
    invoice = street.do_job("Odile Roy", "Prise", [line("Prise", "1", 5000, "none")])
    first_day, open_minor, late_minor = aging(street)
    street.wait(days=40)
    _, open_later_minor, late_later_minor = aging(street)
    assert open_later_minor == open_minor
    assert late_later_minor >= late_minor + 5000
    street.collect(invoice, "cash", 5000)
    assert aging(street)[1] == open_minor - 5000
    assert aging(street, first_day) == (first_day, open_minor, late_minor)
    numbers = street.office("GET", "/reports/numbers")["items"]
    assert {item["aging"]["currency"] for item in numbers} >= {"CAD"}
