"""Law decided: rows as data, hours, caps, notices, stops, ceilings on charges, limitation, and who reviewed what."""

from server.law.rules.charging import (
    COUNTS_DAYS,
    REFERENCES,
    UNKNOWN_CAP_PERCENT,
    Ceiling,
    FeeCeiling,
    Statutory,
    ceiling,
    fee_ceiling,
    least_rate,
    statutory,
)
from server.law.rules.contact import (
    Block,
    Channel,
    Contact,
    Contacted,
    binding,
    blocked,
)
from server.law.rules.holidays import (
    easter,
    holidays,
    is_holiday,
)
from server.law.rules.hours import (
    Window,
    in_hours,
    windows,
)
from server.law.rules.limitation import (
    Interruption,
    Limitation,
    limitation,
)
from server.law.rules.places import (
    Place,
    place_of,
    zones_of,
)
from server.law.rules.reviews import (
    IN_FORCE,
    Review,
    State,
    review_by,
    state,
)
from server.law.rules.rows import (
    HOUSE,
    Row,
    Rule,
    in_force,
    row_of,
    rows,
)

__all__ = [
    "COUNTS_DAYS",
    "HOUSE",
    "IN_FORCE",
    "REFERENCES",
    "UNKNOWN_CAP_PERCENT",
    "Block",
    "Ceiling",
    "Channel",
    "Contact",
    "Contacted",
    "FeeCeiling",
    "Interruption",
    "Limitation",
    "Place",
    "Review",
    "Row",
    "Rule",
    "State",
    "Statutory",
    "Window",
    "binding",
    "blocked",
    "ceiling",
    "easter",
    "fee_ceiling",
    "holidays",
    "in_force",
    "in_hours",
    "is_holiday",
    "least_rate",
    "limitation",
    "place_of",
    "review_by",
    "row_of",
    "rows",
    "state",
    "statutory",
    "windows",
    "zones_of",
]
