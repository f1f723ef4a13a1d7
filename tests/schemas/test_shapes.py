"""Shapes on the wire: what is taken, what is refused, how it is answered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from marshmallow import ValidationError

from schemas.contracts import Sign
from schemas.customers import CustomerFields
from schemas.jobs import Line, NewJob, NewLine
from schemas.payments import Collect
from schemas.plans import Threshold
from schemas.referrals import Refer
from schemas.statements import TakeIn
from schemas.wire import LARGEST_AMOUNT_MINOR, Wire
from schemas.write_offs import AskWriteOff

SIGNED = {
    "signature_id": "sig_1",
    "signer_name": "Marie",
    "signed_at": "2026-03-02T15:00:00Z",
    "document_sha256": "0" * 64,
}
JOB = {"job_id": "job_1", "customer_id": "cus_1", "title": "Prise", "scheduled_at": "2026-03-02T15:00:00Z"}
PAID = {"payment_id": "pay_1", "invoice_id": "inv_1", "method": "cash", "amount_minor": 1}
LINE = {"description": "Prise", "quantity": "1.5", "unit_price_minor": 1}


@pytest.mark.parametrize("points", [[[0, 1], [2, 3]], [{"x": 0, "y": 1}, {"x": 2, "y": 3, "time": 9}]])
def test_a_stroke_is_points_however_the_phone_writes_them(points: list[Any]) -> None:
    assert Sign().load({**SIGNED, "strokes": [points]})["strokes"] == [[[0.0, 1.0], [2.0, 3.0]]]


@pytest.mark.parametrize("witness", ["Luc", {"name": "Luc"}])
def test_a_witness_is_a_name(witness: Any) -> None:
    assert Sign().load({**SIGNED, "typed_name": "Marie", "witness": witness})["witness"] == {"name": "Luc"}


@pytest.mark.parametrize("how", [{}, {"typed_name": "Marie", "strokes": [[[0, 0]]]}, {"strokes": []}])
def test_a_signature_is_strokes_or_a_typed_name_and_not_both(how: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Sign().load({**SIGNED, **how})


@pytest.mark.parametrize("site", ["12, rue Saint-Jean", {"line1": "12, rue Saint-Jean"}])
def test_an_address_is_parts_or_one_text(site: Any) -> None:
    assert NewJob().load({**JOB, "site_address": site})["site_address"]["line1"] == "12, rue Saint-Jean"


@pytest.mark.parametrize("wrong", ["0", "-1", "NaN", "Infinity", "1e9", "0.0001", "", "one", "100000.1"])
def test_a_quantity_that_makes_no_sense_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError) as refused:
        NewLine().load({**LINE, "quantity": wrong})
    assert "quantity" in refused.value.normalized_messages()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(("kept", "said"), [("10", "10"), ("1.500", "1.5"), ("0.001", "0.001"), ("100000", "100000")])
def test_a_quantity_is_answered_as_a_plain_decimal(kept: str, said: str) -> None:
    assert Line().dump({"quantity": Decimal(kept)})["quantity"] == said


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "5", True, LARGEST_AMOUNT_MINOR + 1, None])
def test_an_amount_is_a_whole_number_of_minor_units(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        Collect().load({**PAID, "amount_minor": wrong})


@pytest.mark.parametrize("wrong", ["pay", "PAY_1", "pay_", "pay_" + "x" * 65, "pay_1 ", "pay_é", 7, None])
def test_an_id_is_a_prefix_and_letters_and_digits(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        Collect().load({**PAID, "payment_id": wrong})


def test_a_field_nobody_knows_is_refused() -> None:
    with pytest.raises(ValidationError, match="Unknown field"):
        Collect().load({**PAID, "tip_minor": 100})


@pytest.mark.parametrize(
    ("shape", "field", "said"),
    [
        (CustomerFields, "email", "anne@example.com\ud83d"),
        (TakeIn, "content", "Date;Montant\ud83d"),
        (AskWriteOff, "customer_id", "cus_\ud83d"),
        (Refer, "case_id", "cas_\ud83d"),
        (Threshold, "currency", "CA\ud83d"),
    ],
)
def test_half_a_character_is_refused_wherever_it_stands(shape: type[Wire], field: str, said: str) -> None:
    assert field in shape().validate({field: said})
