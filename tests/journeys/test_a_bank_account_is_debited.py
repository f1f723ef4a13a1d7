"""A customer has their bank account debited: it is on its way for days; it is paid, refused, or taken back."""

from __future__ import annotations

import requests

from server.cli.story.players import Json, Players, line, until


def debit(street: Players, outcome: str = "debit") -> tuple[Json, str]:
    """Do a job whose customer has their account debited; return the invoice, and the page at Stripe."""
    invoice = street.do_job("Denis Caron", "Thermopompe", [line("Thermopompe", "1", 90000, "none")])
    _, session_id = street.open_checkout(invoice["pay_url"])
    assert street.press_checkout(session_id, outcome).ok
    requests.get(f"{invoice['pay_url']}?from=checkout", timeout=30).raise_for_status()
    return invoice, session_id


def attempt(street: Players, invoice: Json) -> Json:
    items = street.office("GET", f"/payments?invoice_id={invoice['invoice_id']}")["items"]
    found: Json = items[-1]
    return found


def notices(street: Players) -> list[Json]:
    return [mail for mail in street.mails(street.addresses[-1]) if "banque" in mail["text"]]


def test_a_debit_is_on_its_way_then_paid(street: Players) -> None:
    invoice, _ = debit(street)
    on_its_way = attempt(street, invoice)
    assert on_its_way["status"] == "processing"
    assert "en route" in requests.get(f"{invoice['pay_url']}?lang=fr", timeout=30).text
    sheet = street.phone("GET", f"/jobs/{invoice['job_id']}")
    assert sheet["payments"][0]["expected_on"] == on_its_way["expected_on"] is not None
    assert street.attempt(invoice, "card_reader", 90000).status_code == 409
    street.wait(days=4)
    street.must_be_paid(invoice)


def test_a_debit_is_refused_and_the_balance_stays_open(street: Players) -> None:
    invoice, _ = debit(street, "debit_fails")
    street.wait(days=4)
    failed = until(lambda: attempt(street, invoice), lambda it: it["status"] == "failed", "the debit to fail")
    assert failed["failure"]["code"] == "debit_insufficient_funds"
    assert street.invoice(invoice)["balance_minor"] == 90000
    until(lambda: notices(street), lambda mails: len(mails) == 1, "the mail that tells so")
    _, again = street.open_checkout(invoice["pay_url"])
    street.press_checkout(again, "pay")
    street.must_be_paid(invoice)


def test_a_debit_comes_back_three_weeks_later(street: Players) -> None:
    invoice, session_id = debit(street)
    street.wait(days=4)
    street.must_be_paid(invoice)
    street.wait(days=21)
    assert street.press_checkout(session_id, "return").ok
    until(
        lambda: street.invoice(invoice)["balance_minor"], lambda minor: minor == 90000, "the balance to be open again"
    )
    returned = attempt(street, invoice)
    assert returned["reversed_at"]
    assert returned["failure"]["code"] == "debit_not_authorized"
    until(lambda: notices(street), lambda mails: len(mails) == 1, "the mail that tells so")
    street.office("POST", "/payments", cash(invoice), status=201)
    street.must_be_paid(invoice)


def cash(invoice: Json) -> Json:
    return {
        "payment_id": f"pay_{invoice['number']}",
        "invoice_id": invoice["invoice_id"],
        "method": "cash",
        "amount_minor": 90000,
    }
