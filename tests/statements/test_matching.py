"""Which invoice a transfer pays: a reference with check digits decides, a mere number only with the exact amount."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from server.invoices.rules import qr_reference, rf_reference
from server.statements import rules
from server.statements.rules import Candidate, ReadLine

OWED = 21845


def invoice(number: str = "F-000042", **more: Any) -> Candidate:
    told: dict[str, Any] = {"customer_id": "cus_1", "currency": "CAD", "balance_minor": OWED, "is_open": True, **more}
    return Candidate(invoice_id=f"inv_{number}", number=number, **told)


def line(text: str = "", reference: str = "", amount_minor: int = OWED) -> ReadLine:
    references = (reference,) if reference else ()
    return ReadLine(
        booked_on=date(2026, 11, 20), is_credit=True, amount_minor=amount_minor, text=text, references=references
    )


def sure(said: ReadLine, *candidates: Candidate) -> bool:
    """Whether a line pays the first of these, surely."""
    found = rules.decide(said, rules.Index(candidates).about(said), currency="CAD")
    return found.is_sure and found.invoice_ids[:1] == (candidates[0].invoice_id,)


@pytest.mark.parametrize(
    "said",
    [
        line(reference="RF60F000042"),
        line(reference="RF60 F000 042", amount_minor=100),
        line("Facture RF60 F000 042 merci beaucoup", amount_minor=99999),
        line("rf60f000042"),
        line(reference=qr_reference("F-000042"), amount_minor=5),
        line("QRR 00 00000 00000 00000 00000 00420"),
        line("Facture F-000042"),
        line("Facture f 000042, merci"),
    ],
)
def test_what_is_sure(said: ReadLine) -> None:
    assert rf_reference("F-000042") == "RF60F000042"
    assert sure(said, invoice())


@pytest.mark.parametrize(
    "said",
    [
        line("Facture F-000042", amount_minor=OWED - 1),
        line(reference="RF61F000042", amount_minor=100),
        line("F-000043"),
        line("Merci"),
        line("Facture 42"),
    ],
)
def test_what_is_not(said: ReadLine) -> None:
    assert not sure(said, invoice())


@pytest.mark.parametrize("other", [{"is_open": False}, {"currency": "EUR"}])
def test_a_paid_invoice_and_another_currency_are_never_sure(other: dict[str, Any]) -> None:
    assert not sure(line(reference="RF60F000042"), invoice(**other))


def test_two_references_are_for_a_person_unless_they_add_up() -> None:
    second = invoice("F-000043")
    said = f"{rf_reference('F-000042')} {rf_reference('F-000043')}"
    assert not sure(line(said), invoice(), second)
    assert sure(line(said, amount_minor=2 * OWED), invoice(), second)


def test_numbers_of_two_customers_are_for_a_person() -> None:
    other = invoice("F-000043", customer_id="cus_2")
    assert not sure(line("F-000042 F-000043", amount_minor=2 * OWED), invoice(), other)


def test_a_number_two_series_share_is_for_a_person() -> None:
    said = line(reference=qr_reference("F-000042"))
    assert not sure(said, invoice(), invoice("G-000042"))
