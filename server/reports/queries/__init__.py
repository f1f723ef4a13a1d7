"""What the books held on any day, how the chase went, and the report of any week."""

from server.reports.queries.conduct import conduct
from server.reports.queries.numbers import (
    Aging,
    DayToCome,
    Numbers,
    aging,
    aging_csv,
    has_sales,
    list_open,
    list_sales,
    numbers,
)
from server.reports.queries.weekly import weekly

__all__ = [
    "Aging",
    "DayToCome",
    "Numbers",
    "aging",
    "aging_csv",
    "conduct",
    "has_sales",
    "list_open",
    "list_sales",
    "numbers",
    "weekly",
]
