"""A customer says what is wrong on their page: that amount rests, and comes off the invoice when they are right."""

from __future__ import annotations

import requests

from server.cli.story.players import Players
from tests.journeys.test_promises_kept_and_broken import late, send
from tests.journeys.test_reminders_that_grow_firmer import until


def disputed_minor(street: Players) -> int:
    """What the aging shows apart, because somebody objects to it, in CAD."""
    items = street.office("GET", "/reports/aging")["items"]
    return sum(item["disputed_minor"] for item in items if item["currency"] == "CAD")


def test_only_the_disputed_amount_rests_and_comes_off_when_it_is_right(street: Players) -> None:
    invoice, case = late(street, "Claire Objet")
    apart_minor = disputed_minor(street)
    assert send(invoice, "disputes", reason="price", said="Convenu : 40", disputed="10") == 303
    path = f"/dunning/cases/{case['case_id']}"
    shown = street.office("GET", path)
    assert (shown["open_minor"], shown["disputed_minor"], shown["status"]) == (5000, 1000, "active")
    assert disputed_minor(street) == apart_minor + 1000
    street.wait(days=9)  # the day on which the second reminder of a new customer comes
    until(street, lambda: any("40,00" in mail["subject"] for mail in street.mails(street.addresses[-1])))
    (dispute,) = shown["disputes"]
    decision = {"status": "upheld", "root_cause": "quote", "answer": "Vous avez raison."}
    decided = street.office("POST", f"/dunning/disputes/{dispute['dispute_id']}/decision", decision)
    assert decided["credited_minor"] == 1000
    assert street.invoice(invoice)["balance_minor"] == 4000
    street.collect(invoice, "cash", 4000)
    street.must_be_paid(invoice)
    assert any("contestation" in mail["subject"] for mail in street.mails(street.addresses[-1]))


def test_an_invoice_that_is_disputed_as_a_whole_rests_until_it_is_decided(street: Players) -> None:
    invoice, case = late(street, "Denis Non")
    assert send(invoice, "disputes", reason="not_done", said="Rien n'a été fait") == 303
    assert street.cases(invoice["customer_id"])[0]["status"] == "paused"
    page = requests.get(f"{invoice['pay_url']}?lang=en", timeout=30).text
    assert page.index("nothing is asked of you for this invoice") < page.index("Pay $50.00")
    (dispute,) = street.office("GET", f"/dunning/cases/{case['case_id']}")["disputes"]
    rejection = {"status": "rejected", "root_cause": "no_cause", "answer": "Voir les photos."}
    street.office("POST", f"/dunning/disputes/{dispute['dispute_id']}/decision", rejection)
    assert street.cases(invoice["customer_id"])[0]["status"] == "active"
    street.collect(invoice, "cash", 5000)
