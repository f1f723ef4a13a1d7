"""One of many, as a condition."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ARRAY, ColumnElement, String, any_, literal
from sqlalchemy.orm import InstrumentedAttribute


def among(column: InstrumentedAttribute[str], ids: Iterable[str]) -> ColumnElement[bool]:
    """Compare with an array: one parameter, however many there are."""
    return column == any_(literal(list(ids), ARRAY(String)))
