"""What a banking app reads off an invoice, to the letter, and how it is printed."""

from __future__ import annotations

import dataclasses
import re
from typing import Any
from xml.etree import ElementTree

import pytest
import qrcode
from hypothesis import given
from hypothesis import strategies as st
from qrcode.constants import ERROR_CORRECT_M

from server.documents import pdf, qr, transfers
from server.documents.facts import SwissBill
from tests.documents.test_pdf import INVOICE, _text
from tests.documents.test_qr import _dark

EURO: dict[str, Any] = {
    "holder": "Plomberie Dupont SARL",
    "iban": "FR7630006000011234567890189",
    "bic": "AGRIFRPP",
    "amount_minor": 21845,
    "currency": "EUR",
    "reference": "RF77F000042",
}
ADDRESS = {"line1": "Rue du Lac 12", "postal_code": "2501", "city": "Biel", "country": "CH"}
SWISS: dict[str, Any] = {
    "holder": "Robert Schneider AG",
    "address": ADDRESS,
    "debtor": None,
    "iban": "CH5800791123000889012",
    "amount_minor": 194975,
    "currency": "CHF",
    "reference": "RF18539007547034",
}


def test_the_code_of_a_sepa_transfer_says_exactly_this() -> None:
    assert transfers.epc(**EURO) == (
        "BCD\n002\n1\nSCT\nAGRIFRPP\nPlomberie Dupont SARL\nFR7630006000011234567890189\nEUR218.45\n\nRF77F000042"
    )


@pytest.mark.parametrize(
    "other",
    [
        {"currency": "CAD"},
        {"iban": "BR1800360305000010009795493C1"},
        {"amount_minor": 0},
        {"amount_minor": 10**11},
        {"reference": "000000000000000000000000428"},
    ],
)
def test_no_code_asks_for_what_it_cannot(other: dict[str, Any]) -> None:
    assert transfers.epc(**{**EURO, **other}) is None


@given(st.text(min_size=1, max_size=70).filter(str.isprintable), st.integers(1, 99_999_999_999))
def test_a_sepa_code_keeps_within_what_scanners_read(holder: str, amount_minor: int) -> None:
    said = transfers.epc(**{**EURO, "holder": holder, "amount_minor": amount_minor})
    assert said is not None
    assert len(said.encode()) <= 331 + 3 * len(holder)
    assert said.split("\n")[7] == f"EUR{amount_minor // 100}.{amount_minor % 100:02}"
    assert len(said.split("\n")) == 10


def test_the_code_of_a_swiss_bill_says_exactly_this() -> None:
    debtor = {**ADDRESS, "name": "Pia Rutschmann", "line1": "Marktgasse 28", "postal_code": "9400", "city": "Rorschach"}
    said = transfers.swiss(**{**SWISS, "debtor": debtor})
    assert said is not None
    assert said.split("\r\n") == [
        *("SPC", "0200", "1", "CH5800791123000889012"),
        *("S", "Robert Schneider AG", "Rue du Lac 12", "", "2501", "Biel", "CH"),
        *[""] * 7,
        *("1949.75", "CHF"),
        *("S", "Pia Rutschmann", "Marktgasse 28", "", "9400", "Rorschach", "CH"),
        *("SCOR", "RF18539007547034", "", "EPD"),
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"currency": "CAD"},
        {"iban": EURO["iban"]},
        {"amount_minor": 0},
        {"address": {**ADDRESS, "city": None}},
        {"iban": "CH4431999123000889012"},  # a QR-IBAN takes no RF reference
    ],
)
def test_no_swiss_bill_where_it_would_be_refused(other: dict[str, Any]) -> None:
    assert transfers.swiss(**{**SWISS, **other}) is None


def test_a_qr_iban_takes_its_own_reference() -> None:
    said = transfers.swiss(**{**SWISS, "iban": "CH4431999123000889012", "reference": "210000000003139471430009017"})
    assert said is not None
    assert "QRR\r\n210000000003139471430009017" in said
    assert transfers.is_qr_iban("CH4431999123000889012")
    assert not transfers.is_qr_iban(SWISS["iban"])


@pytest.mark.parametrize("text", [transfers.epc(**EURO), transfers.swiss(**SWISS)])
def test_what_is_drawn_is_the_code_at_level_m(text: str) -> None:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=4, mask_pattern=qr.MASK)
    code.add_data(text)
    rows = code.get_matrix()
    assert code.version <= 13
    size, dark = _dark(qr.svg(text))
    assert size == len(rows)
    assert dark == {(x, y) for y, row in enumerate(rows) for x, one in enumerate(row) if one}


def test_the_swiss_code_bears_its_cross_and_no_quiet_zone() -> None:
    text = transfers.swiss(**SWISS) or ""
    drawn = qr.swiss_svg(text, title="Code")
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text)
    size = len(code.get_matrix())
    assert ElementTree.fromstring(drawn).get("viewBox") == f"0 0 {size} {size}"
    corner, scale = re.findall(r"translate\(([\d.]+) [\d.]+\) scale\(([\d.]+)\)", drawn)[0]
    assert float(scale) * 19.8 / size == pytest.approx(7 / 46, rel=1e-3)
    assert float(corner) + float(scale) * 19.8 / 2 == pytest.approx(size / 2, rel=1e-3)


def test_a_printed_invoice_says_how_to_transfer() -> None:
    rows = (("IBAN", "FR76 3000 6000 0112 3456 7890 189"), ("Référence", "RF77 F000 042"))
    printed = _text(pdf.invoice(dataclasses.replace(INVOICE, transfer_to=rows, transfer_code=transfers.epc(**EURO))))
    for said in ("Par virement", "FR76 3000 6000 0112 3456 7890 189", "RF77 F000 042", "application bancaire"):
        assert said in printed, said


def test_a_swiss_invoice_ends_with_the_payment_part_in_the_banks_own_words() -> None:
    bill = SwissBill(
        code=transfers.swiss(**SWISS) or "",
        account="CH58 0079 1123 0008 8901 2",
        creditor=("Robert Schneider AG", "Rue du Lac 12", "2501 Biel"),
        debtor=("Pia Rutschmann", "Marktgasse 28", "9400 Rorschach"),
        reference="RF18 5390 0754 7034",
        currency="CHF",
        amount="1 949.75",
    )
    facts = dataclasses.replace(INVOICE, swiss_bill=bill, country="CH", locale="fr_CH")
    printed = _text(pdf.invoice(facts))
    for said in ("Section paiement", "Récépissé", "Compte / Payable à", "RF18 5390 0754 7034", "1 949.75", "Rorschach"):
        assert said in printed, said
    assert "Section paiement" not in _text(pdf.invoice(dataclasses.replace(facts, balance_minor=0)))
