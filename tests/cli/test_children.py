"""The demo's parts are watched while it runs, and gone when it ends, however it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from server.cli.demo.children import CHECKOUT, Children, PartFailed

ENVIRONMENT = {"PATH": os.defpath}
KEEP_A_SANDBOX = """
import sys
import time
from pathlib import Path
from server.cli.demo.children import Children
children = Children({"PATH": "/usr/bin:/bin"}, Path(sys.argv[1]))
children.start("sandbox", "--port=0")
print(children.running[0].process.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    made = Children(ENVIRONMENT, tmp_path / "log")
    yield made
    made.stop()


def start_sandbox(children: Children, listener: socket.socket) -> str:
    children.start("sandbox", f"--fd={listener.fileno()}", sockets=(listener.fileno(),))
    return f"http://127.0.0.1:{listener.getsockname()[1]}/_sandbox/journal"


def until_started_again(children: Children) -> None:
    before = children.running[0].process
    deadline = time.monotonic() + 20
    while children.running[0].process is before and time.monotonic() < deadline:
        children.restart_dead()
        time.sleep(0.05)
    assert children.running[0].process is not before


def test_a_killed_part_is_started_again_and_callers_only_wait(children: Children, listener: socket.socket) -> None:
    address = start_sandbox(children, listener)
    assert requests.get(address, timeout=20).ok

    children.running[0].process.kill()
    until_started_again(children)

    assert requests.get(address, timeout=20).ok


def test_a_part_that_cannot_live_is_not_started_over_and_over(children: Children) -> None:
    children.start("sandbox", "--no-such-switch")
    first = children.running[0].process
    first.wait()
    children.running[0].started_at = time.monotonic()

    children.restart_dead()

    assert children.running[0].process is first
    until_started_again(children)


def test_stopping_leaves_no_process(children: Children, listener: socket.socket) -> None:
    assert requests.get(start_sandbox(children, listener), timeout=20).ok
    pid = children.running[0].process.pid

    children.stop()

    assert not psutil.pid_exists(pid)


def test_a_part_that_fails_at_the_start_shows_the_end_of_its_log(children: Children) -> None:
    children.start("sandbox", "--no-such-switch")
    children.running[0].process.wait()

    with pytest.raises(PartFailed, match="no-such-switch"):
        children.check()


def test_a_command_that_fails_shows_what_it_said(children: Children) -> None:
    with pytest.raises(PartFailed, match="FIELDPAY_DATABASE_URL is not set"):
        children.run("migrate")


def test_parts_end_with_a_demo_that_was_killed(tmp_path: Path) -> None:
    demo = subprocess.Popen(
        [sys.executable, "-c", KEEP_A_SANDBOX, str(tmp_path / "log")],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert demo.stdout is not None
    part = psutil.Process(int(demo.stdout.readline()))

    demo.send_signal(signal.SIGKILL)
    demo.communicate()

    _, alive = psutil.wait_procs([part], timeout=20)
    assert alive == []
