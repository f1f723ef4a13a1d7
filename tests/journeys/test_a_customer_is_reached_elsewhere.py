"""A customer's e-mail address changes: the office writes it down, and what is sent from then on goes there."""

from __future__ import annotations

from server.cli.story.players import Json, Players, line, new, until
from tests.journeys.desk import Desk


def test_the_office_changes_an_address_and_the_next_invoice_goes_there(street: Players) -> None:
    work = [line("Prise", "1", 5000, "none")]
    first = street.do_job("Rose Ailleurs", "Prise", work)
    before, after = street.addresses[-1], f"{new('rose').replace('_', '-')}@example.com"

    def told(address: str, invoice: Json) -> bool:
        return any(invoice["number"] in mail["subject"] for mail in street.mails(address))

    until(lambda: told(before, first), bool, "the first invoice")
    clerk, account = Desk(street, "clerk"), f"/customers/{first['customer_id']}"
    here = f"{account}/contact"
    version = clerk.hidden(clerk.read(here), "version")
    page = clerk.send(here, on=here, version=version, email=after, phone="418 555-0123")
    assert after in page
    assert "+1 418-555-0123" in page
    assert "Customer's details changed" in clerk.read(f"{account}/log")
    second = street.do_another(first["customer_id"], "Prise", work)
    until(lambda: told(after, second), bool, "the second invoice")
    assert not told(before, second)
