"""What a receipt keeps and how it says it."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.messages.rules import segments, short
from server.receipts import rules
from server.receipts.rules import Card, Facts, Kind, Part

URL = "https://pay.example.com/r/abcdefghijklmnopqrstuvwxyz234567"
EMV = {
    "account_type": "checking",
    "application_cryptogram": "B16D3AC7F9E1D2C4",
    "application_preferred_name": "Interac",
    "authorization_code": "123456",
    "authorization_response_code": "3030",
    "cardholder_verification_method": "online_pin",
    "dedicated_file_name": "A0000002771010",
    "terminal_verification_results": "0000008000",
    "transaction_status_information": "6800",
}
FACTS = Facts(
    kind=Kind.PAYMENT,
    number="R-000007",
    language="fr",
    currency="CAD",
    seller={
        "name": "Plomberie Tremblay inc.",
        "address": {"line1": "1200, rue Saint-Denis", "city": "Montréal", "region": "QC", "postal_code": "H2X 3J6"},
        "tax_ids": [{"label": "TPS", "number": "123456789 RT0001"}],
        "email": "bureau@tremblay.example",
        "phone": "+15145550142",
        "country": "CA",
        "time_zone": "America/Toronto",
    },
    customer_name="Marie Gagnon",
    invoice_number="F-000042",
    place="Québec, QC",
    happened_at=datetime(2026, 12, 1, 20, 4, tzinfo=UTC),
    method="card_reader",
    amount_minor=10000,
    tip_minor=1500,
    balance_minor=5000,
    split=(Part(method="cash", amount_minor=2000), Part(method="card_reader", amount_minor=11500, last4="1933")),
    card=Card(brand="interac", last4="1933", read_method="contact_emv", emv=EMV),
)


def rows(facts: Facts, language: str | None = None) -> dict[str, str]:
    return dict(row for section in rules.printed(facts, URL, language=language).sections for row in section.rows)


@pytest.mark.parametrize(
    ("customer", "card", "business", "spoken"),
    [
        ("en", ["fr"], ["fr"], "en"),
        ("fr", ["en"], ["en"], "fr"),
        (None, ["fr", "en"], ["en"], "fr"),
        (None, ["ja", "en"], ["fr"], "en"),
        (None, ["fr-CA"], ["en"], "fr"),
        (None, ["ja", "de"], ["en", "fr"], "en"),
        (None, [], ["fr", "en"], "fr"),
        (None, [], [], "fr"),
        ("de", ["en"], ["fr"], "en"),
    ],
)
def test_the_customers_language_goes_first_then_the_cards_then_the_businesss(
    customer: str | None, card: list[str], business: list[str], spoken: str
) -> None:
    assert rules.language(customer=customer, preferred_locales=card, business=business) == spoken


def test_what_is_kept_is_read_again_as_it_was() -> None:
    assert rules.read(rules.kept(FACTS)) == FACTS
    bare = dataclasses.replace(FACTS, card=None, place=None, split=())
    assert rules.read(rules.kept(bare)) == bare


def test_a_card_receipt_says_all_that_networks_ask_for_in_french() -> None:
    said = rows(FACTS)
    assert said["Date"].replace("\u00a0", " ") == "1er décembre 2026, 15 h 04 HNE"
    assert (said["Opération"], said["Lieu"], said["Facture"]) == ("Vente", "Québec, QC", "F-000042")
    assert (said["Carte"], said["Saisie"], said["Autorisation"]) == ("Interac •••• 1933", "Puce", "123456")
    assert (said["Application"], said["AID"], said["Compte"]) == ("Interac", "A0000002771010", "Chèques")
    assert (said["Vérification"], said["ARC"], said["TVR"], said["TSI"]) == ("NIP", "3030", "0000008000", "6800")
    assert said["Cryptogramme"] == "B16D3AC7F9E1D2C4"
    assert [said[name] for name in ("Montant", "Pourboire", "Total")] == [
        "100,00\u00a0$",
        "15,00\u00a0$",
        "115,00\u00a0$",
    ]
    assert (said["Comptant"], said["Carte •••• 1933"], said["Reste à payer"])[2] == "50,00\u00a0$"


def test_the_same_receipt_may_be_read_in_english() -> None:
    said = rows(FACTS, "en")
    assert (said["Transaction"], said["Entry"], said["Account"]) == ("Sale", "Chip", "Chequing")
    assert (said["Total"], said["Left to pay"]) == ("$115.00", "$50.00")


@pytest.mark.parametrize(
    ("kind", "sentence", "amounts"),
    [
        (Kind.DECLINED, "no money was taken", {"Asked for": "$115.00", "Taken": "$0.00"}),
        (Kind.REFUND, "We gave $115.00 back", {"Given back": "$115.00"}),
        (Kind.REFUND_FAILED, "the money did not go back", {"To give back": "$115.00", "Given back": "$0.00"}),
    ],
)
def test_what_was_no_payment_does_not_look_like_one(kind: Kind, sentence: str, amounts: dict[str, str]) -> None:
    printed = rules.printed(dataclasses.replace(FACTS, kind=kind), URL, language="en")
    assert sentence in printed.said
    assert printed.title != "Receipt"
    money = next(section for section in printed.sections if section.heading == "Amounts")
    assert dict(money.rows) == amounts


@pytest.mark.parametrize(
    ("read_method", "wallet", "entry"),
    [
        ("contactless_emv", None, "Contactless"),
        ("contactless_emv", "apple_pay", "Contactless, Apple Pay"),
        ("contact_emv", None, "Chip"),
        ("magnetic_stripe_track2", None, "Swiped"),
        (None, "google_pay", "Google Pay"),
        (None, None, None),
    ],
)
def test_a_receipt_says_how_the_card_was_read(read_method: str | None, wallet: str | None, entry: str | None) -> None:
    card = Card(brand="visa", last4="4242", read_method=read_method, wallet=wallet, emv={})
    assert rows(dataclasses.replace(FACTS, card=card), "en").get("Entry") == entry


def test_cash_has_no_card_and_a_refund_shows_its_card_without_proof_of_reading() -> None:
    assert "Carte" not in rows(dataclasses.replace(FACTS, card=None, method="cash"))
    assert FACTS.card
    shown = rows(dataclasses.replace(FACTS, kind=Kind.REFUND, card=rules.printed_card(FACTS.card)))
    assert (shown["AID"], shown["Carte"]) == ("A0000002771010", "Interac •••• 1933")
    assert not {"Cryptogramme", "Autorisation", "Saisie", "TVR"} & set(shown)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    "name", ["Plomberie Tremblay inc.", "Électricité & Plomberie de l’Île-d’Orléans et associés inc."]
)
def test_a_text_message_is_short_and_costs_two_at_most(kind: Kind, language: str, name: str) -> None:
    facts = dataclasses.replace(FACTS, kind=kind, language=language, seller={**FACTS.seller, "name": name})
    words = short(rules.in_short(facts, URL))
    assert URL in words
    assert ("F-000042" in words) is (kind is not Kind.CREDIT_PAYOUT), "credit is of no invoice"
    assert segments(words) <= 2
    assert set(words) & set("çêîôœ’\u00a0\u202f") == set()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ç" * 70, 1),
        ("ç" * 71, 2),
        ("🚿" * 35, 1),
        ("🚿" * 36, 2),
    ],
)
def test_a_text_is_charged_by_its_alphabet(text: str, count: int) -> None:
    assert segments(text) == count


def test_marks_stay_where_they_cost_nothing_and_a_name_in_another_script_stays_readable() -> None:
    assert short("Reçu\u00a0: ça va") == "Reçu : ça va"
    assert short("ça " * 30) == ("ca " * 30).strip()
    assert "水" in short("水" + "a" * 300)


@given(st.text(max_size=400))
def test_a_text_never_costs_more_than_its_words(text: str) -> None:
    assert segments(short(text)) <= segments(" ".join(text.split()))


def test_a_token_follows_from_the_key_and_the_receipt_alone() -> None:
    tokens: set[Any] = {rules.link_token(key, about) for key in ("k1", "k2") for about in ("rcp_1", "rcp_2")}
    assert len(tokens) == 4
    assert all(len(token) == 32 for token in tokens)
