"""Statements decided: how files are read, and which invoice a transfer pays."""

from server.statements.rules.camt import read_camt
from server.statements.rules.delimited import read_csv
from server.statements.rules.matching import (
    Candidate,
    Index,
    Verdict,
    bare_candidates,
    decide,
    digit_candidates,
)
from server.statements.rules.reading import (
    MOST_LINES,
    LineStatus,
    ReadLine,
    ReadStatement,
    StatementCurrencyMixed,
    StatementTooLong,
    StatementUnreadable,
    StatementWrongSum,
    line_keys,
    require_sum,
)

__all__ = [
    "MOST_LINES",
    "Candidate",
    "Index",
    "LineStatus",
    "ReadLine",
    "ReadStatement",
    "StatementCurrencyMixed",
    "StatementTooLong",
    "StatementUnreadable",
    "StatementWrongSum",
    "Verdict",
    "bare_candidates",
    "decide",
    "digit_candidates",
    "line_keys",
    "read_camt",
    "read_csv",
    "require_sum",
]
