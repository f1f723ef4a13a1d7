"""A customer lets the card they tap be kept; the office charges it later, and their bank may want to see them."""

from __future__ import annotations

import re

import pytest
import requests

from server.cli.story.players import VISA, Json, Players, line, new, until

NEEDS_HOLDER = "4000002760003184"


def save(street: Players, card: str) -> Json:
    """Do a job that is paid by a tap, with the card kept; return the saved card."""
    invoice = street.do_job("Rosalie Morin", "Chauffe-eau", [line("Chauffe-eau", "1", 20000, "none")])
    consent = street.phone("GET", f"/invoices/{invoice['invoice_id']}/card_consent")
    agreed = {"text_sha256": consent["text_sha256"], "language": consent["language"], "said_by": "Rosalie Morin"}
    wanted = {"payment_id": new("pay"), "invoice_id": invoice["invoice_id"], "method": "card_reader"}
    wanted |= {"amount_minor": 20000, "reader_id": street.world["reader_id"], "save_card": agreed}
    street.phone("POST", "/payments", wanted, status=201)
    street.present(card)
    street.payment(wanted["payment_id"], "succeeded")
    cards = street.office("GET", f"/customers/{invoice['customer_id']}/saved_cards")["items"]
    assert [kept["consent_text"] for kept in cards] == [consent["text"]]
    found: Json = cards[0]
    return found


def second_job(street: Players, card: Json) -> Json:
    """Do another job for the customer of a card; return its invoice."""
    return street.do_another(card["customer_id"], "Entretien", [line("Entretien", "1", 12000, "none")])


def charge(street: Players, card: Json, invoice: Json) -> Json:
    wanted = {"payment_id": new("pay"), "invoice_id": invoice["invoice_id"], "method": "card_on_file"}
    wanted |= {"amount_minor": 12000, "saved_card_id": card["saved_card_id"]}
    assert street.send("POST", "/payments", wanted, street.phone_token).status_code == 403
    return street.office("POST", "/payments", wanted, status=201)


def test_a_tapped_card_is_kept_and_charged_later(street: Players) -> None:
    card = save(street, VISA)
    invoice = second_job(street, card)
    assert charge(street, card, invoice)["status"] == "succeeded"
    street.must_be_paid(invoice)


def test_a_bank_that_wants_the_holder_leaves_them_a_link(street: Players) -> None:
    card = save(street, NEEDS_HOLDER)
    invoice = second_job(street, card)
    refused = charge(street, card, invoice)
    assert (refused["status"], refused["failure"]["code"]) == ("failed", "authentication_required")
    asked = until(
        lambda: [mail for mail in street.mails(street.addresses[-1]) if "confirmer" in mail["subject"]],
        lambda mails: len(mails) == 1,
        "the mail with the link",
    )
    link = re.search(r"http://\S+/p/[\w.-]+", asked[0]["text"])
    assert link
    _, session_id = street.open_checkout(link[0])
    assert street.press_checkout(session_id, "pay").ok
    street.must_be_paid(invoice)


@pytest.mark.parametrize("who", ["customer", "office"])
def test_whoever_takes_the_consent_back_ends_it(street: Players, who: str) -> None:
    card = save(street, VISA)
    invoice = second_job(street, card)
    if who == "office":
        street.office("POST", f"/saved_cards/{card['saved_card_id']}/withdrawal", {})
    else:
        page = requests.get(invoice["pay_url"], timeout=30).text
        assert "4242" in page
        address = f"{invoice['pay_url']}/cards/{card['saved_card_id']}/withdrawal"
        assert "4242" not in requests.post(address, timeout=30).text
    wanted = {"payment_id": new("pay"), "invoice_id": invoice["invoice_id"], "method": "card_on_file"}
    wanted |= {"amount_minor": 12000, "saved_card_id": card["saved_card_id"]}
    answer = street.send("POST", "/payments", wanted, street.world["api_key"])
    assert (answer.status_code, answer.json()["code"]) == (409, "saved_card_gone")


def test_the_page_keeps_a_card_when_its_box_is_ticked(street: Players) -> None:
    invoice = street.do_job("Paul Hamel", "Prise", [line("Prise", "1", 9000, "none")])
    page = requests.get(f"{invoice['pay_url']}?lang=fr", timeout=30).text
    ticked = re.search(r'name="save_card" value="(\w{64})"', page)
    assert ticked
    said = {"save_card": ticked[1], "consent_language": "fr"}
    answer = requests.post(f"{invoice['pay_url']}/checkout", data=said, allow_redirects=False, timeout=30)
    session_id = answer.headers["Location"].rpartition("/")[2]
    assert street.press_checkout(session_id, "pay").ok
    street.must_be_paid(invoice)
    cards = street.office("GET", f"/customers/{invoice['customer_id']}/saved_cards")["items"]
    assert [(card["consent_channel"], card["last4"]) for card in cards] == [("page", "4242")]
