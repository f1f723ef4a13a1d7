"""A worker whose task kills it the first time it runs.

python -m tests.core.mortal_worker MARK
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import procrastinate

from server.core import config, queue

NAME = "tests.die_once"


@queue.task(NAME)
def die_once(*, mark: str) -> None:
    """Die at the first run, be done at the second."""
    if not Path(mark).exists():
        Path(mark).write_text("died")
        os.kill(os.getpid(), signal.SIGKILL)
    Path(mark).write_text("done")


if __name__ == "__main__":
    connector = procrastinate.PsycopgConnector(conninfo=config.current().database_url.replace("+psycopg", ""))
    queue.app.with_connector(connector).run_worker(wait=False, listen_notify=False)
    sys.exit(0)
