"""All that the product imports, and its tables mapped: its processes are forked from one that has this behind it."""

from __future__ import annotations

import gunicorn.workers.gthread as _web
from sqlalchemy.orm import configure_mappers

from server import app as _app
from server import worker as _worker
from server.cli import serve as _serve
from server.sandbox import serve as _sandbox

__all__ = ["_app", "_sandbox", "_serve", "_web", "_worker"]

configure_mappers()
