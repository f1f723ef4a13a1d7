"""What a person typed at the desk, read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from server.core import money
from server.core.errors import Unacceptable
from server.core.words import msgid as _

LINE_FIELDS = ("description", "quantity", "unit_price", "tax_code")
STAGE_FIELDS = ("stage_label", "stage_part", "stage_when", "stage_on")
# What marshmallow says of a field, as a person at the desk would.
_SENTENCES = {
    "Missing data for required field.": _("This is needed."),
    "Field may not be null.": _("This is needed."),
    "Not a valid email address.": _("This is not an e-mail address."),
    "Not a valid number.": _("This is not a number."),
    "A quantity is above 0 and at most 100000.": _("A quantity is above 0 and at most 100000."),
    "A quantity has at most 3 decimals.": _("A quantity has at most 3 decimals."),
    "Say the day where it falls due on a day, and only there.": _("Say the day where it is due on a day, only there."),
    "Not an amount.": _("This is not an amount. Write it like 85.50 or 85,50."),
}
_OTHERWISE = _("This cannot be accepted as it is.")


class FormTorn(Unacceptable):
    """A part of this form is missing. Nothing was written: go back, reload the page, and fill it in again."""

    code = "form_torn"


def sentence(found: Any) -> str:
    """Return what is wrong with one field, in English, from what marshmallow found."""
    first = found[0] if isinstance(found, list) and found else ""
    return _SENTENCES.get(first, _OTHERWISE)


def amount_minor(text: str, currency: str) -> int | None:
    """Return an amount in minor units, or None where it cannot be read."""
    try:
        return money.typed(text, currency)
    except ValueError:
        return None


def basis_points(text: str) -> int | None:
    """Return a percentage such as `12,5` or `25 %` in basis points, or None where it cannot be read as one."""
    try:
        points = Decimal(text.replace("%", "").strip().replace(",", ".")) * 100
        return int(points) if 0 <= points <= 10_000 and points == int(points) else None
    except ArithmeticError:
        return None


def moment(day: str, time: str, time_zone: str) -> str:
    """Return a day and an hour by the clocks of a time zone as RFC 3339 in UTC; "" where they cannot be read."""
    try:
        typed = datetime.fromisoformat(f"{day}T{time}")
    except ValueError:
        return ""
    return typed.replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC).isoformat()


def rows(columns: Mapping[str, Sequence[str]], *, said_by: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a form, whose fields come as columns, without those where all of `said_by` are empty.

    Raises FormTorn.
    """
    if len({len(column) for column in columns.values()}) > 1:
        raise FormTorn
    found = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return [row for row in found if any(row[field].strip() for field in said_by)]


def job_lines(typed: Sequence[Mapping[str, str]], currency: str) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    """Return lines in the wire's shape, and what is wrong with their prices by `lines.0.unit_price`."""
    wrong: dict[str, list[str]] = {}
    lines: list[dict[str, Any]] = []
    for number, row in enumerate(typed):
        price = amount_minor(row["unit_price"], currency)
        if price is None:
            wrong[f"lines.{number}.unit_price"] = ["Not an amount."]
        lines.append(
            {
                "description": row["description"].strip(),
                "quantity": row["quantity"].strip().replace(",", ".") or "1",
                "unit_price_minor": price or 0,
                "tax_code": row["tax_code"],
            }
        )
    return lines, wrong


def job_stages(typed: Sequence[Mapping[str, str]], currency: str) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    """Return stages of the payment in the wire's shape, and what is wrong with how much by `schedule.0.stage_part`;
    `30 %` is of the total, anything else an amount."""
    wrong: dict[str, list[str]] = {}
    stages: list[dict[str, Any]] = []
    for number, row in enumerate(typed):
        part = row["stage_part"].strip()
        stage: dict[str, Any] = {"label": row["stage_label"].strip(), "when": row["stage_when"]}
        if part.endswith("%"):
            stage["percent"] = part[:-1].strip().replace(",", ".")
        else:
            stage["amount_minor"] = amount_minor(part, currency)
            if not stage["amount_minor"]:
                wrong[f"schedule.{number}.stage_part"] = ["Not an amount."]
        stages.append({**stage, "on": row["stage_on"] or None})
    return stages, wrong


def flat(found: Mapping[Any, Any], above: str = "") -> dict[str, list[str]]:
    """Return marshmallow's nested messages by path: {"lines.0.quantity": [...]}."""
    flattened: dict[str, list[str]] = {}
    for key, value in found.items():
        path = f"{above}{key}"
        flattened |= flat(value, f"{path}.") if isinstance(value, Mapping) else {path: value}
    return flattened
