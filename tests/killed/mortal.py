"""A process that does one thing, and is killed at its n-th step: a commit, or something sent out of the house (a call
to Stripe, a mail) about to go or just gone.

Steps are found by instrumentation, not listed by hand; past the last one the process ends by itself. It is forked from
the test's, which has everything ready, and takes its own connections to the database and to Stripe.
"""

from __future__ import annotations

import itertools
import os
import signal
import smtplib
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import stripe
import typst
from sqlalchemy import event
from sqlalchemy.orm import Session

from server.core import database
from server.gateway import client


def lives(step: int, flow: Callable[..., Any], wanted: dict[str, Any]) -> bool:
    """Do one thing in a process of its own, to be killed at its `step`; say whether it came to its end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads: none of theirs is used
        pid = os.fork()
    if pid == 0:
        _live(step, flow, wanted)
    ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert ended in (0, -signal.SIGKILL), f"it failed by itself at step {step}: {ended}"
    return ended == 0


def _live(step: int, flow: Callable[..., Any], wanted: dict[str, Any]) -> None:
    try:
        database.engine().dispose(close=False)
        client.client.cache_clear()
        # Its threads did not come along: it would wait for them.
        typst.Compiler.compile = lambda *_, **__: b"%PDF"  # type: ignore[method-assign]
        _die_at(step)
        flow(**wanted)
    except BaseException:  # noqa: BLE001  (whatever it is, this process ends here)
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _die_at(step: int) -> None:
    steps = itertools.count(1)

    def passed(*_: Any) -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(send: Callable[..., Any]) -> Callable[..., Any]:
        def sent(*args: Any, **options: Any) -> Any:
            passed()
            answer = send(*args, **options)
            passed()
            return answer

        return sent

    event.listen(Session, "after_commit", passed)
    stripe.RequestsClient.request = around(stripe.RequestsClient.request)  # type: ignore[method-assign]
    smtplib.SMTP.data = around(smtplib.SMTP.data)  # type: ignore[method-assign]
