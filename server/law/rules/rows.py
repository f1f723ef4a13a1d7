"""The rows: one file for each place, each rule with its source. They are starting data and no legal advice."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent.parent / "rows"

# What holds everywhere and always, whatever else is switched on.
HOUSE = "house"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of a place: its `value` is read by the module that decides by it, `says` it in en and fr."""

    key: str
    valid_from: date
    source: str
    says: Mapping[str, str]
    value: Any


@dataclass(frozen=True, kw_only=True)
class Row:
    """A place and its rules. A change of a rule is another `version`, to be reviewed again; `region` is None where the
    row is for what no row of a region covers."""

    key: str
    version: int
    country: str | None
    region: str | None
    regions: tuple[str, ...]
    name: Mapping[str, str]
    review_by: date
    rules: Mapping[str, Rule]


@cache
def rows() -> Mapping[str, Row]:
    """Return every row by key, the house's first."""
    found = [_read(json.loads(path.read_text("utf-8"))) for path in sorted(_FOLDER.glob("*.json"))]
    return {row.key: row for row in sorted(found, key=lambda row: (row.key != HOUSE, row.key))}


@lru_cache(maxsize=4096)
def row_of(country: str | None, region: str | None) -> Row:
    """Return the row of a place: its region's, else its country's, else the house's."""
    of_country = [row for row in rows().values() if row.country is not None and row.country == country]
    wanted = _bare(region)
    for row in of_country:
        if row.region is not None and wanted in {_bare(name) for name in (row.region, *row.regions)}:
            return row
    return next((row for row in of_country if row.region is None), rows()[HOUSE])


def in_force(row: Row, key: str, *, on: date) -> Rule | None:
    """Return a row's rule where it has one that is valid on a day."""
    rule = row.rules.get(key)
    return rule if rule is not None and rule.valid_from <= on else None


def region_code(country: str | None, region: str | None) -> str | None:
    """Return a region as its code: QC for Québec."""
    row = row_of(country, region)
    return row.region or (region.strip().upper() if region else None)


def _bare(name: str | None) -> str:
    """Return a name as it compares: without accents or case."""
    letters = unicodedata.normalize("NFKD", (name or "").strip().casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _read(written: Mapping[str, Any]) -> Row:
    rules = [Rule(**{**rule, "valid_from": date.fromisoformat(rule["valid_from"])}) for rule in written["rules"]]
    return Row(
        **{
            **written,
            "regions": tuple(written["regions"]),
            "review_by": date.fromisoformat(written["review_by"]),
            "rules": {rule.key: rule for rule in rules},
        }
    )
