"""HTTP for the office: cases, their holds, and runs of the plan."""

from server.dunning.routes import cases, holds, runs
from server.dunning.routes.blueprint import blueprint

__all__ = ["blueprint", "cases", "holds", "runs"]
