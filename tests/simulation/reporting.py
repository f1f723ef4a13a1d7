"""What the histories that a run of tests played came to, at its end."""

from __future__ import annotations

import json
from typing import Any

NAME = "simulation"  # of the property by which a test says what it played, as JSON


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print it, whichever process played what."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    properties = [each for report in reports for each in getattr(report, "user_properties", ())]
    told = [value for name, value in properties if name == NAME]
    if told:
        from tests.simulation.figures import Played, summary  # it imports all of the product

        played = [Played(**json.loads(each)) for each in told]
        terminalreporter.section("simulation")
        terminalreporter.write_line(summary(played))
