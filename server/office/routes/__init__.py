"""The desk's pages over HTTP."""

from server.office.routes import (
    accounts,
    at_reader,
    bank,
    banking,
    cards,
    cash,
    equipment,
    late_charges,
    law,
    money,
    numbers,
    proof,
    receipts,
    settings,
    standing,
    tips,
    work,
)
from server.office.routes.desk import blueprint, set_up

__all__ = [
    "accounts",
    "at_reader",
    "bank",
    "banking",
    "blueprint",
    "cards",
    "cash",
    "equipment",
    "late_charges",
    "law",
    "money",
    "numbers",
    "proof",
    "receipts",
    "set_up",
    "settings",
    "standing",
    "tips",
    "work",
]
