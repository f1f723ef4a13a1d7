"""Structured logs: one JSON object a line, with the ids of the request, job and payment at hand.

Only ids, codes, counts and durations are logged. A key that could hold a secret, card or personal value is dropped
by name here, as a second fence.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, ExcInfo, WrappedLogger

_PRIVATE = re.compile(
    r"secret|token|password|authorization|cookie|email|phone|name|address|card|pan|cvc|body|recipient", re.IGNORECASE
)
_HARMLESS = {"task_name", "logger_name"}


def set_up(level: str) -> None:
    """Make every logger, ours and the libraries', write JSON lines to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_private,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=True,
    )
    shown = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.ExceptionRenderer(tell_where),
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(shown)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # These write whole requests and arguments, which may hold personal data.
    for chatty in ("stripe", "urllib3", "procrastinate.worker", "procrastinate.jobs", "mail.log"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def drop_private(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop keys whose name says they may hold a secret, card or personal data."""
    return {key: value for key, value in event.items() if key in _HARMLESS or not _PRIVATE.search(key)}


def tell_where(exc_info: ExcInfo) -> str:
    """Tell of an exception where it came from and what it is, cause by cause; what it says may hold a person's row."""
    told: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None:
        told.append("".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__)
        error = error.__cause__ or error.__context__
    return "\n".join(reversed(told))


def get(name: str) -> Any:
    """Return a logger: `log.info("payment_resolved", payment_id=..., outcome=...)`."""
    return structlog.get_logger(logger_name=name)


bind = structlog.contextvars.bind_contextvars
clear = structlog.contextvars.clear_contextvars
