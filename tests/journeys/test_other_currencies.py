"""A visit paid in yen by link and one paid in Kuwaiti dinars on the reader: no decimals, and three of them."""

from __future__ import annotations

import pytest

from server.cli.story.players import VISA, Json, Players, line, new, until


def do_job_in(street: Players, currency: str, price_minor: int) -> Json:
    """Do a job for a customer who pays in another currency."""
    customer = street.do_job("Aiko Sato", "Visite", [line("Visite", "1", 100, "none")])
    job_id = new("job")
    plan = {"customer_id": customer["customer_id"], "title": "Visite", "scheduled_at": street.now()}
    job = {"job_id": job_id, "technician_id": street.world["technician"]["id"], "currency": currency}
    street.office("POST", "/jobs", {**job, **plan, "lines": [line("Visite", "1", price_minor, "none")]}, status=201)
    done = {"completion_id": new("cmp"), "completed_at": street.now()}
    return street.phone("POST", f"/jobs/{job_id}/completion", done, status=201)


@pytest.mark.parametrize(("currency", "price_minor", "shown"), [("JPY", 18500, "18 500"), ("KWD", 12340, "12,340")])
def test_each_is_paid_to_the_last_unit_and_the_receipt_says_so(
    street: Players, currency: str, price_minor: int, shown: str
) -> None:
    invoice = do_job_in(street, currency, price_minor)
    assert (invoice["currency"], invoice["total_minor"]) == (currency, price_minor)
    if currency == "JPY":
        _, session_id = street.open_checkout(invoice["pay_url"])
        street.press_checkout(session_id, "pay")
    else:
        street.collect(invoice, "card_reader", price_minor)
        street.present(VISA)
    street.must_be_paid(invoice)
    mails = until(lambda: street.mails(street.addresses[-1]), lambda found: len(found) == 3, "the receipt")
    assert shown in mails[-1]["text"].replace("\u202f", " ").replace("\xa0", " ")


def test_what_a_card_cannot_be_charged_is_said_before_anybody_taps(street: Players) -> None:
    invoice = do_job_in(street, "KWD", 12345)
    refused = street.attempt(invoice, "card_reader", 12345)
    assert (refused.status_code, refused.json()["code"]) == (422, "amount_not_chargeable")
    assert street.collect(invoice, "cash", 5)["balance_minor"] == 12340
    small = street.attempt(do_job_in(street, "JPY", 49), "card_reader", 49)
    assert (small.json()["code"], small.json()["least_minor"]) == ("amount_too_small", 50)
