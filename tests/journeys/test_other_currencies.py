"""Visits paid in other currencies: without decimals, with three, and with those that Stripe counts in its own way."""

from __future__ import annotations

import pytest
import requests

from server.cli.story.players import VISA, Json, Players, line, new, until


def do_job_in(street: Players, currency: str, price_minor: int) -> Json:
    """Do a job for a new customer who pays in another currency."""
    street.addresses.append(f"{new('client').replace('_', '-')}@example.com")
    customer_id, job_id = new("cus"), new("job")
    customer = {"customer_id": customer_id, "name": "Aiko Sato", "email": street.addresses[-1], "language": "fr"}
    street.office("POST", "/customers", {**customer, "kind": "consumer", "addresses": []}, status=201)
    plan = {"customer_id": customer_id, "title": "Visite", "scheduled_at": street.now()}
    job = {"job_id": job_id, "technician_id": street.world["technician"]["id"], "currency": currency}
    street.office("POST", "/jobs", {**job, **plan, "lines": [line("Visite", "1", price_minor, "none")]}, status=201)
    done = {"completion_id": new("cmp"), "completed_at": street.now()}
    return street.phone("POST", f"/jobs/{job_id}/completion", done, status=201)


# What is owed in our minor units, what Stripe then captured in its own, and what the receipt says.
PAID = [
    ("JPY", 18_500, 18_500, "18 500"),
    ("KWD", 12_340, 12_340, "12,340"),
    ("ISK", 18_500, 1_850_000, "18 500"),
    ("UGX", 185_000, 18_500_000, "185 000"),
    ("HUF", 1_850_050, 1_850_050, "18 500,50"),
    ("TWD", 185_050, 185_050, "1 850,50"),
]


@pytest.mark.parametrize(("currency", "price_minor", "at_stripe", "shown"), PAID)
def test_each_is_paid_to_the_last_unit_and_the_receipt_says_so(
    street: Players, currency: str, price_minor: int, at_stripe: int, shown: str
) -> None:
    invoice = do_job_in(street, currency, price_minor)
    assert (invoice["currency"], invoice["total_minor"]) == (currency, price_minor)
    before = street.captured_minor(currency)
    if currency in ("JPY", "UGX"):
        _, session_id = street.open_checkout(invoice["pay_url"])
        street.press_checkout(session_id, "pay")
    else:
        street.collect(invoice, "card_reader", price_minor)
        street.present(VISA)
    street.must_be_paid(invoice)
    assert street.captured_minor(currency) - before == at_stripe
    mails = until(lambda: street.mails(street.addresses[-1]), lambda found: len(found) == 2, "the receipt")
    assert shown in mails[-1]["text"].replace("\u202f", " ").replace("\xa0", " ")


def test_euros_that_stripe_pays_out_in_dollars_are_reconciled(street: Players) -> None:
    settlement = f"{street.world['sandbox']}/_sandbox/settlement"
    assert requests.put(settlement, json={"eur": ["cad", 1.5]}, timeout=30).ok
    invoice = do_job_in(street, "EUR", 20000)
    payment = street.collect(invoice, "card_reader", 20000)
    street.present(VISA)
    street.must_be_paid(invoice)
    street.wait(seconds=5)
    street.wait(days=2)
    street.sandbox("payouts", {"currency": "cad"})

    def lines() -> list[Json]:
        made = [each["payout_id"] for each in street.office("GET", "/payouts")["items"][:1]]
        found = [each for payout_id in made for each in street.office("GET", f"/payouts/{payout_id}")["lines"]]
        return [each for each in found if each["payment_id"] == payment["payment_id"]]

    line_of = until(lines, lambda found: len(found) == 1, "the payout to be told")[0]
    assert (line_of["amount_minor"], line_of["currency"], line_of["explained"]) == (30000, "CAD", True)
    assert requests.put(settlement, json={}, timeout=30).ok


def test_what_a_card_cannot_be_charged_is_said_before_anybody_taps(street: Players) -> None:
    invoice = do_job_in(street, "KWD", 12345)
    refused = street.attempt(invoice, "card_reader", 12345)
    assert (refused.status_code, refused.json()["code"]) == (422, "amount_not_chargeable")
    assert (refused.json()["chargeable_minor"], refused.json()["rest_minor"]) == (12340, 5)
    assert street.collect(invoice, "cash", 5)["balance_minor"] == 12340
    small = street.attempt(do_job_in(street, "JPY", 49), "card_reader", 49)
    assert (small.json()["code"], small.json()["least_minor"]) == ("amount_too_small", 50)
    large = street.attempt(do_job_in(street, "CAD", 100_000_000), "card_reader", 100_000_000)
    assert (large.json()["code"], large.json()["most_minor"]) == ("amount_too_large", 99_999_999)
