"""What an error leaves in the log: where it happened and what it was, and nothing of what it says."""

from __future__ import annotations

import json
import subprocess
import sys

RAISES = """
from server.core import log
import logging
log.set_up("INFO")
try:
    try:
        raise ValueError("Failing row contains (marie@example.com)")
    except ValueError as refused:
        raise RuntimeError("parameters: marie@example.com") from refused
except RuntimeError:
    logging.getLogger("procrastinate.worker").error("a task ended", exc_info=True)
"""


def test_an_error_of_a_library_is_told_by_its_place_and_kind_without_the_row_it_quotes() -> None:
    run = subprocess.run([sys.executable, "-c", RAISES], capture_output=True, text=True, check=True)
    said = json.loads(run.stderr)
    assert said["event"] == "a task ended"
    assert "marie" not in run.stderr
    assert "ValueError" in said["exception"]
    assert said["exception"].endswith("RuntimeError")
    assert "line 7" in said["exception"]
