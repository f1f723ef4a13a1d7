"""Running the sandbox: in a thread for tests, or as a process for the demo."""

import json
import signal
import threading
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from server.sandbox.application import create_app
from server.sandbox.background import Background
from server.sandbox.clock import Clock
from server.sandbox.state import State

HOST = "127.0.0.1"
STOP_WITHIN_SECONDS = 0.05


class Sandbox:
    """A running sandbox: `url` is what the SDK's base addresses take, `state` what it knows."""

    def __init__(self, server: BaseWSGIServer, state: State, background: Background) -> None:
        self.url = f"http://{HOST}:{server.port}"
        self.state = state
        self._server = server
        self._background = background
        self._thread = threading.Thread(
            target=server.serve_forever, args=(STOP_WITHIN_SECONDS,), name="sandbox-server", daemon=True
        )

    @classmethod
    def start(
        cls, *, port: int = 0, fd: int | None = None, snapshot: Path | None = None, clock_offset_seconds: int = 0
    ) -> "Sandbox":
        """Listen on loopback (port 0: any free one; or `fd`, a socket that listens already).

        The state is that of the snapshot file if there is one.
        """
        state = State(Clock(clock_offset_seconds))
        if snapshot is not None and snapshot.exists():
            state.restore(json.loads(snapshot.read_text()))
        server = make_server(HOST, port, create_app(state), threaded=True, request_handler=_Quietly, fd=fd)
        sandbox = cls(server, state, Background(state, snapshot))
        sandbox._background.start()
        sandbox._thread.start()
        return sandbox

    def stop(self) -> None:
        """Take no more requests, finish the delivery under way, write the snapshot."""
        self.state.closed = True
        self._server.shutdown()
        self._server.server_close()
        self._background.stop()


def serve(*, port: int = 0, fd: int | None = None, snapshot: Path | None = None, clock_offset_seconds: int = 0) -> None:
    """Run until SIGTERM or Ctrl-C. To be called from the main thread of a process."""
    stop = threading.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: stop.set())
    sandbox = Sandbox.start(port=port, fd=fd, snapshot=snapshot, clock_offset_seconds=clock_offset_seconds)
    stop.wait()
    sandbox.stop()


class _Quietly(WSGIRequestHandler):
    """No line per request (the journal has them), and no waiting to fill a packet."""

    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""
