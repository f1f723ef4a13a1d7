"""The web server: gunicorn with threads, its own log lines in our format."""

import gc
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from sqlalchemy.orm import configure_mappers

from server.core import log
from server.core.config import Config
from server.core.memory import uncollected


class JsonLines(Logger):  # type: ignore[misc]
    """Gunicorn's lines go where all others go, as one JSON object each. Requests are logged by the application."""

    def setup(self, cfg: Any) -> None:
        """Hand everything to the root logger."""
        super().setup(cfg)
        log.set_up(cfg.loglevel.upper())
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class Web(BaseApplication):  # type: ignore[misc]
    """The application under gunicorn. `bind` is `host:port`, or `fd://N` for a socket that already listens."""

    def __init__(self, settings: Config, bind: str) -> None:
        self.settings = settings
        self.bind = bind
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn how to run."""
        for name, value in {
            "bind": self.bind,
            "workers": self.settings.web_workers,
            "threads": self.settings.web_threads,
            "worker_class": "gthread",
            "loglevel": self.settings.log_level.lower(),
            "logger_class": JsonLines,
            "preload_app": True,  # made once, then forked: it opens nothing before its first request
            "timeout": 120,  # a slow card reader makes a slow answer of Stripe: its SDK waits 80 s
            "keepalive": 30,
            "control_socket_disable": True,  # one path for all servers of a user
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the application, before the workers are forked from it."""
        with uncollected():
            from server.app import create_app

            made = create_app()
            configure_mappers()  # here, and not by each worker at its first request
        gc.freeze()  # what is there now stays: no worker looks through it for garbage, or copies it by doing so
        return made
