"""The parts of the demo as child processes: started, watched, started again, stopped with no process left."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import server
from server.core.embedded import die_with_parent

STOP_SECONDS = 10
SHORTEST_LIFE_SECONDS = 1  # what ends sooner is not started again at once, over and over
CHECKOUT = Path(server.__file__).parents[1]


class PartFailed(Exception):
    """A part of the demo stopped. The end of its log:"""


@dataclass
class Child:
    """A part that is meant to run: `fieldpay <arguments>` as its own process group, with the given sockets."""

    name: str
    arguments: tuple[str, ...]
    sockets: tuple[int, ...]
    process: "subprocess.Popen[bytes]"
    started_at: float = field(default_factory=time.monotonic)

    @property
    def ended(self) -> bool:
        """Say whether it ended by itself."""
        return self.process.poll() is not None


class Children:
    """Every part that runs. Call it from one thread that stays: the kernel ends the children with that thread."""

    def __init__(self, environment: dict[str, str], log_dir: Path) -> None:
        log_dir.mkdir(mode=0o700, exist_ok=True)
        self.environment = environment
        self.log_dir = log_dir
        self.running: list[Child] = []

    def run(self, *arguments: str) -> str:
        """Run `fieldpay <arguments>` to its end and return what it printed. Raises PartFailed."""
        name = arguments[0]
        process = self._start(name, arguments, (), stdout=subprocess.PIPE)
        printed, _ = process.communicate()
        if process.returncode != 0:
            raise self.failure(name)
        return printed.decode()

    def start(self, *arguments: str, sockets: tuple[int, ...] = ()) -> None:
        """Start `fieldpay <arguments>` and keep it running."""
        name = arguments[0]
        self.running.append(Child(name, arguments, sockets, self._start(name, arguments, sockets)))

    def restart_dead(self) -> None:
        """Start again whatever ended by itself."""
        for child in self.running:
            if child.ended and time.monotonic() - child.started_at > SHORTEST_LIFE_SECONDS:
                _end_group(child.process)
                child.process = self._start(child.name, child.arguments, child.sockets)
                child.started_at = time.monotonic()

    def check(self) -> None:
        """Raise PartFailed when a part ended: at the start that is a mistake to read about, not to repeat."""
        for child in self.running:
            if child.ended:
                raise self.failure(child.name)

    def stop(self) -> None:
        """Stop them all, last started first, each with time to finish what it does."""
        while self.running:
            child = self.running.pop()
            child.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(STOP_SECONDS)
            _end_group(child.process)

    def failure(self, name: str) -> PartFailed:
        """Return the error that shows the end of a part's log."""
        log = self.log_dir / f"{name}.log"
        end = log.read_text(errors="replace")[-3000:]
        return PartFailed(f"{name}: {PartFailed.__doc__}\n{end}\n(whole log: {log})")

    def _start(
        self, name: str, arguments: tuple[str, ...], sockets: tuple[int, ...], stdout: int | None = None
    ) -> "subprocess.Popen[bytes]":
        with (self.log_dir / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "server.cli", *arguments],
                cwd=CHECKOUT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log if stdout is None else stdout,
                stderr=log,
                pass_fds=sockets,
                process_group=0,  # Ctrl-C in the terminal is for the demo, which then stops them in order
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 -- one system call, nothing that locks
            )


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill what is left of a part's process group, and reap the part."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
