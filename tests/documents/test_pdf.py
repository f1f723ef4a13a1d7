"""What is printed: everything the law and the customer want to read, in their language, the same every time."""

from __future__ import annotations

import dataclasses
import io
import math
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pdfminer.high_level import extract_text
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser

from server.documents import pdf
from server.documents.facts import (
    Clause,
    ContractFacts,
    InvoiceFacts,
    Line,
    Party,
    ReceiptFacts,
    Section,
    Signature,
    Tax,
)

NOW = datetime(2026, 12, 1, 20, 4, tzinfo=UTC)
SELLER = Party(
    name="Plomberie Tremblay inc.",
    address=("1200, rue Saint-Denis", "Montréal (Québec) H2X 3J6"),
    email="bureau@tremblay.example",
    phone="514 555-0142",
    tax_ids=(("TPS", "123456789 RT0001"), ("TVQ", "1234567890 TQ0001")),
)
CUSTOMER = Party(name="Copropriété du Parc", address=("3500, avenue du Parc", "Montréal (Québec) H2L 3M6"))
LINES = (
    Line(description="Chauffe-eau 60 gallons", quantity=Decimal(1), unit_price_minor=89900, amount_minor=89900),
    Line(description="Main-d'œuvre", quantity=Decimal("3.500"), unit_price_minor=12500, amount_minor=43750),
)
TAXES = (
    Tax(name="TPS", rate=Decimal("5.000"), amount_minor=6683, number="123456789 RT0001"),
    Tax(name="TVQ", rate=Decimal("9.975"), amount_minor=13332, number="1234567890 TQ0001"),
)
DOCUMENT: dict[str, Any] = {
    "locale": "fr_CA",
    "country": "CA",
    "time_zone": "America/Toronto",
    "currency": "CAD",
    "seller": SELLER,
}
INVOICE = InvoiceFacts(
    **DOCUMENT,
    number="2026-000042",
    customer=CUSTOMER,
    issued_at=NOW,
    issued_on=date(2026, 12, 1),
    service_on=date(2026, 11, 30),
    due_on=date(2026, 12, 31),
    lines=LINES,
    taxes=TAXES,
    subtotal_minor=133650,
    total_minor=153665,
    paid_minor=10000,
    balance_minor=143665,
    terms="Payable dans les 30 jours.",
    po_number="BC-7781",
    pay_url="https://pay.example.com/p/8vXyQm3kTTu0bQyS2pWc1A",
    cheque_to="Plomberie Tremblay inc.",
    transfer_to=(("Transit", "30000"),),
)
CONTRACT = ContractFacts(
    **DOCUMENT,
    contract_id="ctr_1",
    title="Remplacement du chauffe-eau",
    terms_version=3,
    customer=CUSTOMER,
    presented_at=NOW,
    clauses=(
        Clause(heading="Paiement", text="Le client paie à la fin des travaux.\nPar carte ou par lien."),
        Clause(heading="Retard", text="1 % par mois (12,68 % par an)."),
    ),
    lines=LINES,
    taxes=TAXES,
    subtotal_minor=133650,
    total_minor=153665,
    document_sha256="a3f1" * 16,
    signature=Signature(
        signer_name="Marie Gagnon",
        signed_at=NOW,
        device="Téléphone de Luc",
        strokes=(tuple((float(x), 40 + 30 * math.sin(x / 9)) for x in range(100)), ((120.0, 10.0),)),
        witness_name="Paul Roy",
    ),
)
RECEIPT = ReceiptFacts(
    **DOCUMENT,
    title="Reçu",
    number="R-000007",
    invoice_number="2026-000042",
    happened_at=NOW,
    said="Nous avons reçu 100,00 $. Merci.",
    is_good=True,
    amount="100,00 $",
    sections=(
        Section(rows=(("Date", "1er décembre 2026, 15 h 04 HNE"), ("Facture", "2026-000042"))),
        Section(heading="Carte", rows=(("Carte", "Visa •••• 4242"), ("AID", "A0000000031010"))),
        Section(heading="Montants", rows=(("Montant", "100,00 $"), ("Total", "100,00 $")), is_sum=True),
    ),
    page_url="https://pay.example.com/r/8vxyqm3kttu0bqys2pwc1a",
)


def sheet(facts: ReceiptFacts) -> bytes:
    return pdf.receipt(facts, pdf.usual_paper(facts.country))


def strip(facts: ReceiptFacts) -> bytes:
    return pdf.receipt(facts, pdf.Paper.STRIP)


EVERY = [(pdf.invoice, INVOICE), (pdf.contract, CONTRACT), (sheet, RECEIPT), (strip, RECEIPT)]
NAMES = ["invoice", "contract", "receipt", "slip"]


def _text(document: bytes) -> str:
    """Return the words of a PDF with single spaces."""
    return re.sub(r"\s+", " ", extract_text(io.BytesIO(document)))


def _first_page_size(document: bytes) -> tuple[int, int]:
    _, _, width, height = next(PDFPage.get_pages(io.BytesIO(document))).mediabox
    return round(width), round(height)


def _missing(text: str, *expected: str) -> list[str]:
    return [said for said in expected if said not in text]


def test_an_invoice_says_everything_it_must_in_french() -> None:
    text = _text(pdf.invoice(INVOICE))
    assert not _missing(text, "Facture", "2026-000042", "Plomberie Tremblay inc.", "1200, rue Saint-Denis")
    assert not _missing(text, "Copropriété du Parc", "3500, avenue du Parc", "BC-7781")
    assert not _missing(text, "1er décembre 2026", "30 novembre 2026", "31 décembre 2026")
    assert not _missing(text, "Chauffe-eau 60 gallons", "3,5", "125,00 $", "437,50 $", "899,00 $")
    assert not _missing(text, "TPS 5 % · 123456789 RT0001", "TVQ 9,975 % · 1234567890 TQ0001", "66,83 $", "133,32 $")
    assert not _missing(text, "1 336,50 $", "1 536,65 $", "100,00 $", "1 436,65 $")
    assert not _missing(text, "Payable dans les 30 jours.", "Par carte", "pay.example.com/p/8vXyQm3kTTu0bQyS2pWc1A")
    assert not _missing(text, "À l’ordre de Plomberie Tremblay inc.", "Transit 30000", "Page 1 de 1")


def test_an_invoice_says_everything_it_must_in_english() -> None:
    text = _text(pdf.invoice(dataclasses.replace(INVOICE, locale="en_CA")))
    assert not _missing(text, "Invoice", "2026-000042", "December 31, 2026", "$1,436.65", "TVQ 9.975%", "BC-7781")
    assert not _missing(text, "Subtotal", "Total", "Paid so far", "Balance to pay", "How to pay", "Page 1 of 1")


def test_a_paid_invoice_says_so_and_asks_for_nothing() -> None:
    text = _text(pdf.invoice(dataclasses.replace(INVOICE, paid_minor=153665, balance_minor=0)))
    assert "Payée en entier" in text
    assert "Comment payer" not in text
    assert "pay.example.com" not in text


def test_an_invoice_that_was_credited_or_let_go_is_not_said_to_be_paid() -> None:
    text = _text(pdf.invoice(dataclasses.replace(INVOICE, taken_off_minor=143665, balance_minor=0)))
    assert not _missing(text, "Déduit depuis", "1 436,65 $", "Plus rien à payer.")
    assert "Payée en entier" not in text
    assert "Comment payer" not in text


def test_what_was_refunded_and_never_paid_stands_beside_the_total() -> None:
    text = _text(pdf.invoice(dataclasses.replace(INVOICE, owed_back_minor=1000, balance_minor=154665)))
    assert not _missing(text, "Remboursé, et jamais payé", "10,00 $")
    assert "Déjà payé" not in text


def test_a_long_invoice_goes_on_over_numbered_pages_with_its_table_head() -> None:
    text = _text(pdf.invoice(dataclasses.replace(INVOICE, lines=LINES * 30)))
    assert not _missing(text, "Page 1 de 3", "Page 2 de 3", "Page 3 de 3")
    assert text.count("PRIX UNITAIRE") == 3
    assert text.count("Chauffe-eau 60 gallons") == 30


def test_a_contract_shows_the_text_the_hash_and_who_signed() -> None:
    text = _text(pdf.contract(CONTRACT))
    assert not _missing(text, "1. Paiement", "Le client paie à la fin des travaux. Par carte ou par lien.", "2. Retard")
    assert not _missing(text, "a3f1" * 16, "Marie Gagnon", "1er décembre 2026, 15 h 04 (heure normale de l’Est)")
    assert not _missing(text, "Téléphone de Luc", "Paul Roy", "1 536,65 $", "Remplacement du chauffe-eau")


def test_a_typed_name_signs_as_a_drawing_does() -> None:
    signature = Signature(signer_name="M. Gagnon", signed_at=NOW, device="Bureau", typed_name="Marie Gagnon, syndic")
    text = _text(pdf.contract(dataclasses.replace(CONTRACT, signature=signature)))
    assert not _missing(text, "Marie Gagnon, syndic", "M. Gagnon")
    assert "Témoin" not in text


def test_a_contract_nobody_signed_says_so() -> None:
    assert "Pas encore signé." in _text(pdf.contract(dataclasses.replace(CONTRACT, signature=None)))


def test_a_signature_is_drawn_whole_wherever_the_finger_was() -> None:
    drawn = pdf.signature_svg((((-50.0, 900.0), (-10.0, 950.0, 12.5)), ((0.0, 925.0),)))
    box = re.search(r'viewBox="(\S+) (\S+) (\S+) (\S+)"', drawn)
    assert box
    left, top, width, height = map(float, box.groups())
    assert left < -50
    assert top < 900
    assert left + width > 0
    assert top + height > 950
    assert '<path d="M-50 900 L-10 950 L-10 950"/><path d="M0 925 L0 925"/>' in drawn


@pytest.mark.parametrize("render", [sheet, strip])
def test_a_receipt_says_all_its_rows_and_where_it_is_kept(render: Any) -> None:
    text = _text(render(RECEIPT))
    assert not _missing(text, "Reçu", "100,00 $", "2026-000042", "Visa •••• 4242", "AID", "A0000000031010", "Montants")
    assert not _missing(text, "15 h 04 HNE", "Nous avons reçu 100,00 $. Merci.", "TPS 123456789 RT0001")
    assert "pay.example.com/r/8vxyqm3kttu0bqys2pwc1a" in text.replace(" ", "")


def test_a_strip_is_80_mm_wide_and_as_long_as_what_it_says() -> None:
    width, height = _first_page_size(strip(RECEIPT))
    longer = strip(dataclasses.replace(RECEIPT, sections=RECEIPT.sections * 4))
    assert width == _first_page_size(longer)[0] == 227
    assert _first_page_size(longer)[1] > height
    assert _first_page_size(sheet(RECEIPT)) == (612, 792)


@pytest.mark.parametrize(("render", "facts"), EVERY, ids=NAMES)
def test_the_same_facts_give_the_same_bytes(render: Any, facts: Any) -> None:
    assert render(facts) == render(facts)
    assert render(facts) != render(dataclasses.replace(facts, seller=dataclasses.replace(SELLER, name="X")))


@pytest.mark.parametrize(("render", "facts"), EVERY, ids=NAMES)
def test_a_document_may_be_archived_and_read_aloud(render: Any, facts: Any) -> None:
    document = render(facts)
    catalog = PDFDocument(PDFParser(io.BytesIO(document))).catalog
    assert catalog["Lang"] in (b"fr-CA", "fr-CA")
    assert catalog["MarkInfo"]["Marked"]
    assert re.search(rb"<pdfaid:part>3</pdfaid:part>\s*<pdfaid:conformance>A", document)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in document


@pytest.mark.parametrize(
    ("country", "size"), [("CA", (612, 792)), ("US", (612, 792)), ("FR", (595, 842)), ("GB", (595, 842))]
)
def test_the_paper_is_what_the_country_prints_on(country: str, size: tuple[int, int]) -> None:
    assert _first_page_size(pdf.invoice(dataclasses.replace(INVOICE, country=country))) == size


@pytest.mark.parametrize("typed", ["#panic()", "$x$ *a* _b_ `c`", "<b>", '"); drop', "a\\nb", "%(x)s", "[[x]]"])
def test_what_a_person_types_is_printed_as_typed(typed: str) -> None:
    customer = Party(name=f"{typed} Ltée", address=(typed,))
    text = _text(pdf.invoice(dataclasses.replace(INVOICE, customer=customer, terms=typed, po_number=typed)))
    assert text.count(typed) == 4


@pytest.mark.parametrize("typed", ["🚿 水管", "a\x07b", "\u200b", "\ufffd"])
def test_a_character_no_font_can_draw_stops_no_document(typed: str) -> None:
    text = _text(pdf.invoice(dataclasses.replace(INVOICE, customer=Party(name=f"{typed} Ltée"))))
    assert "Ltée" in text
    assert "1 436,65 $" in text


def test_amounts_follow_the_currency() -> None:
    text = _text(pdf.invoice(dataclasses.replace(INVOICE, currency="JPY", locale="en_US", country="US")))
    assert "¥143,665" in text
