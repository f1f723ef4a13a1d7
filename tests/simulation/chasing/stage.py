"""The product in this process, on a database of its own that is emptied between towns."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from server.core import clock, config, database
from tests import databases
from tests.databases import Emptied, settings


@contextmanager
def stage() -> Iterator[Callable[[], None]]:
    """Open one; yields what empties it."""
    kept = dict(os.environ)
    with databases.folder_for("chasing") as folder, databases.server(folder) as url:
        emptied = Emptied(url, "town")
        os.environ.update(settings(emptied.url))
        config.current.cache_clear()
        database.engine.cache_clear()
        clock.follow(None)
        try:
            yield emptied.empty
        finally:
            database.engine().dispose()
            emptied.close()
            os.environ.clear()
            os.environ.update(kept)
