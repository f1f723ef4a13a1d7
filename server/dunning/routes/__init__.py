"""HTTP for the office: cases, why they rest, what is arranged, what is decided, and runs of the plan."""

from server.dunning.routes import (
    cases,
    disputes,
    gauges,
    holds,
    instalments,
    law,
    legal,
    plans,
    promises,
    proposals,
    runs,
    work,
)
from server.dunning.routes.blueprint import blueprint

__all__ = [
    "blueprint",
    "cases",
    "disputes",
    "gauges",
    "holds",
    "instalments",
    "law",
    "legal",
    "plans",
    "promises",
    "proposals",
    "runs",
    "work",
]
