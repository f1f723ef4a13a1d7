"""What a person typed at the desk, read; and how versions of a plan differ, in words."""

from server.office.rules.differences import (
    FIELDS,
    PLAN_NAMES,
    TEXT_NAMES,
    Difference,
    differences,
)
from server.office.rules.typed import (
    LINE_FIELDS,
    STAGE_FIELDS,
    amount_minor,
    basis_points,
    flat,
    job_lines,
    job_stages,
    moment,
    rows,
    sentence,
)

__all__ = [
    "FIELDS",
    "LINE_FIELDS",
    "PLAN_NAMES",
    "STAGE_FIELDS",
    "TEXT_NAMES",
    "Difference",
    "amount_minor",
    "basis_points",
    "differences",
    "flat",
    "job_lines",
    "job_stages",
    "moment",
    "rows",
    "sentence",
]
