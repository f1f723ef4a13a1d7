"""HTTP for the office: cases, why they rest, what is arranged, and runs of the plan."""

from server.dunning.routes import cases, disputes, holds, instalments, plans, promises, runs, work
from server.dunning.routes.blueprint import blueprint

__all__ = ["blueprint", "cases", "disputes", "holds", "instalments", "plans", "promises", "runs", "work"]
