"""HTTP for the office: cases, why they rest, what is arranged, and runs of the plan."""

from server.dunning.routes import cases, disputes, holds, instalments, promises, runs
from server.dunning.routes.blueprint import blueprint

__all__ = ["blueprint", "cases", "disputes", "holds", "instalments", "promises", "runs"]
