"""The product's processes: each is forked from one that has everything imported, so that starting one takes
milliseconds, and runs what its command runs. They end with whoever started them, and only they are ever killed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from server.core import clock, config

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.ready_made", __name__])


class Part:
    """A process of the product, in a group of its own. `run` is one of the functions below."""

    def __init__(self, run: Callable[..., None], environment: dict[str, str], *arguments: Any) -> None:
        self._wanted = (run, environment, *arguments)
        self.start_again()

    @property
    def pid(self) -> int:
        """Its process, and its group."""
        assert self._process.pid is not None
        return self._process.pid

    def kill(self, sign: signal.Signals = signal.SIGKILL) -> None:
        """End all of it at once."""
        try:
            os.killpg(self.pid, sign)
        except ProcessLookupError:
            self._process.kill()  # it had no group yet
        self._process.join()

    def start_again(self) -> None:
        """Start it as it was started."""
        self._process: BaseProcess = _context.Process(target=_live, args=self._wanted, daemon=True)
        self._process.start()

    def children(self) -> list[int]:
        """The processes it has forked."""
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def kill_children(self) -> int:
        """kill -9 what it has forked, and say how many those were: it forks others itself."""
        victims = self.children()
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        return len(victims)


def _live(run: Callable[..., None], environment: dict[str, str], *arguments: Any) -> None:
    os.setpgid(0, 0)
    threading.Thread(target=_end_with_who_started_us, daemon=True).start()
    os.environ.clear()
    os.environ.update(environment)
    clock.follow(config.current().clock_file)
    run(*arguments)


def _end_with_who_started_us() -> None:
    starter = multiprocessing.parent_process()
    assert starter is not None
    starter.join()
    os.killpg(0, signal.SIGKILL)


def web(listener: socket.socket, plants: Sequence[Callable[[], None]]) -> None:
    """`fieldpay serve`, with the SDK's pauses between its attempts taken out."""
    from server.cli.serve import Web

    _be(plants)
    Web(config.current(), f"fd://{listener.detach()}").run()


def worker(plants: Sequence[Callable[[], None]]) -> None:
    """`fieldpay worker`, with the same."""
    from server import worker as working

    _be(plants)
    working.run()


def sandbox(listener: socket.socket) -> None:
    """`fieldpay sandbox`."""
    from server.sandbox import serve

    serve.serve(fd=listener.detach())


def _be(plants: Sequence[Callable[[], None]]) -> None:
    import stripe

    stripe.HTTPClient.INITIAL_DELAY = stripe.HTTPClient.MAX_DELAY = 0
    for plant in plants:
        plant()
