"""Taxes: computed once, on everything that bears them, rounded half up."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.business.rules import Rate, charge, in_force, missing_for_invoices

TPS = Rate(name="TPS", percent=Decimal(5), account="GST")
TVQ = Rate(name="TVQ", percent=Decimal("9.975"), account="QST")
VAT = Rate(name="VAT", percent=Decimal(20), account="VAT")
RATES = {"qc": [TPS, TVQ], "gst": [TPS], "gb_20": [VAT]}


@dataclass(frozen=True)
class Line:
    quantity: Decimal
    unit_price_minor: int
    tax_code: str = "qc"


@pytest.mark.parametrize(
    ("lines", "currency", "subtotal_minor", "taxes", "total_minor"),
    [
        # Revenu Quebec's own example: 100.00 bears 5.00 and 9.98 (9.975 rounded up)
        ([("1", 10000, "qc")], "CAD", 10000, [("TPS", 500), ("TVQ", 998)], 11498),
        ([("1.5", 9500, "qc"), ("1", 4999, "qc")], "CAD", 19249, [("TPS", 962), ("TVQ", 1920)], 22131),
        # a third of an hour: the line is rounded first, then taxed
        ([("0.333", 10000, "qc")], "CAD", 3330, [("TPS", 167), ("TVQ", 332)], 3829),
        # half a minor unit goes up: 10 at 5 % is 0.5
        ([("1", 10, "gst")], "CAD", 10, [("TPS", 1)], 11),
        ([("1", 9, "gst")], "CAD", 9, [("TPS", 0)], 9),
        # the TPS of both codes is one tax
        ([("1", 10, "qc"), ("1", 10, "gst")], "CAD", 20, [("TPS", 1), ("TVQ", 1)], 22),
        ([("1", 5000, "none"), ("1", 5000, "qc")], "CAD", 10000, [("TPS", 250), ("TVQ", 499)], 10749),
        ([("1", 5000, "none")], "CAD", 5000, [], 5000),
        ([("2", 1250, "gb_20")], "JPY", 2500, [("VAT", 500)], 3000),
        ([("1", 1_000_000_000_000, "gb_20")], "KWD", 10**12, [("VAT", 2 * 10**11)], 12 * 10**11),
        ([], "CAD", 0, [], 0),
    ],
)
def test_lines_bear_their_taxes(
    lines: list[tuple[str, int, str]],
    currency: str,
    subtotal_minor: int,
    taxes: list[tuple[str, int]],
    total_minor: int,
) -> None:
    totals = charge([Line(Decimal(q), price, code) for q, price, code in lines], RATES, currency=currency)

    assert totals.subtotal_minor == subtotal_minor
    assert [(tax.name, tax.amount_minor) for tax in totals.taxes] == taxes
    assert totals.total_minor == total_minor
    assert totals.currency == currency


def test_a_tax_is_computed_on_the_sum_and_not_line_by_line() -> None:
    ten_small = charge([Line(Decimal(1), 10, "gst")] * 10, RATES, currency="CAD")
    one_large = charge([Line(Decimal(10), 10, "gst")], RATES, currency="CAD")

    assert ten_small.total_minor == one_large.total_minor == 105  # line by line it would be 110


def test_a_rate_travels_as_a_plain_decimal() -> None:
    totals = charge(
        [Line(Decimal(1), 100)],
        {"qc": [Rate(name="TPS", percent=Decimal("5.0000"), account="GST"), TVQ]},
        currency="CAD",
    )

    assert [tax.rate for tax in totals.taxes] == ["5", "9.975"]


quantities = st.integers(1, 100_000_000).map(lambda thousandths: Decimal(thousandths) / 1000)
some_lines = st.lists(
    st.builds(Line, quantities, st.integers(0, 10**9), st.sampled_from(["qc", "gst", "gb_20", "none"])), max_size=12
)


@given(some_lines)
def test_the_total_is_the_subtotal_and_the_taxes_to_the_last_unit(lines: list[Line]) -> None:
    totals = charge(lines, RATES, currency="CAD")

    assert totals.subtotal_minor == sum(
        int((line.quantity * line.unit_price_minor).quantize(Decimal(1), ROUND_HALF_UP)) for line in lines
    )
    assert totals.total_minor == totals.subtotal_minor + sum(tax.amount_minor for tax in totals.taxes)
    for tax in totals.taxes:
        exact = tax.base_minor * Decimal(tax.rate) / 100
        assert Decimal("-0.5") < tax.amount_minor - exact <= Decimal("0.5")


@given(some_lines, st.randoms())
def test_the_order_of_lines_changes_no_amount(lines: list[Line], chance: object) -> None:
    shuffled = list(lines)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    first, second = charge(lines, RATES, currency="CAD"), charge(shuffled, RATES, currency="CAD")

    assert first.total_minor == second.total_minor
    assert {(tax.name, tax.amount_minor) for tax in first.taxes} == {
        (tax.name, tax.amount_minor) for tax in second.taxes
    }


@pytest.mark.parametrize(
    ("on", "applies"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 6, 30), True),
        (date(2026, 7, 1), False),
    ],
)
def test_a_rate_applies_on_its_first_and_last_day(on: date, applies: bool) -> None:
    assert in_force(SimpleNamespace(valid_from=date(2026, 1, 1), valid_to=date(2026, 6, 30)), on=on) is applies


def test_what_an_invoice_lacks_is_named() -> None:
    bare = SimpleNamespace(
        name="Roy", line1=None, city="", postal_code=None, country="CA", time_zone="America/Toronto", currency="CAD",
        email=None, phone=None, tax_ids=[],
    )  # fmt: skip

    assert missing_for_invoices(bare) == ["line1", "city", "postal_code", "email", "tax_ids"]
    assert missing_for_invoices(bare, charges_tax=False) == ["line1", "city", "postal_code", "email"]
