"""The embedded PostgreSQL starts anywhere, as anybody, alone on its data, and never outlives whoever started it."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from server.core import embedded

ROOT = Path(__file__).parents[2]
ORDINARY_USER = pwd.getpwnam("daemon").pw_uid if os.geteuid() == 0 else os.geteuid()
# The checkout and its interpreter may lie below root's closed home: reading them is not what is tested.
AS_ORDINARY_USER = (
    *(
        "setpriv",
        f"--reuid={ORDINARY_USER}",
        f"--regid={ORDINARY_USER}",
        "--clear-groups",
    ),
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", "--"),
)
HOLD = """
import sys
from pathlib import Path
from server.core import embedded
with embedded.running(Path(sys.argv[1]), durable=False) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder anybody can reach (pytest's own is closed to other users)."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def hold(data: Path, *before: str) -> "subprocess.Popen[str]":
    """Run the server in a process of its own that keeps it until its input closes."""
    return subprocess.Popen(
        [*before, sys.executable, "-c", HOLD, str(data)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def servers_on(data: Path) -> list[psutil.Process]:
    return [each for each in psutil.process_iter(["cmdline"]) if str(data / "cluster") in (each.info["cmdline"] or [])]


def test_what_was_written_is_there_after_a_restart(folder: Path) -> None:
    with (
        embedded.running(folder / "data", durable=False) as url,
        connect(url) as connection,
    ):
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert servers_on(folder / "data") == []

    with (
        embedded.running(folder / "data", durable=False) as url,
        connect(url) as connection,
    ):
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_second_start_on_the_same_data_is_refused_in_words(folder: Path) -> None:
    with (
        embedded.running(folder / "data", durable=False) as url,
        pytest.raises(embedded.DataFolderInUse, match="--data"),
        embedded.running(folder / "data", durable=False),
    ):
        pass
    with pytest.raises(psycopg.OperationalError):
        connect(url)


def test_two_servers_side_by_side_do_not_meet(folder: Path) -> None:
    with (
        embedded.running(folder / "one", durable=False) as one,
        embedded.running(folder / "two", durable=False) as two,
        connect(one) as first,
        connect(two) as second,
    ):
        first.execute("CREATE TABLE mine ()")
        with pytest.raises(psycopg.errors.UndefinedTable):
            second.execute("SELECT * FROM mine")


def test_nobody_gets_in_without_the_password(folder: Path) -> None:
    with (
        embedded.running(folder / "data", durable=False) as url,
        pytest.raises(psycopg.OperationalError, match="auth"),
    ):
        connect(url.replace(":" + url.split(":")[2].split("@")[0], ":guess"))
    assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "data" / "password").stat().st_mode) == 0o600


def test_the_server_dies_with_its_starter_and_the_data_live_on(folder: Path) -> None:
    process = hold(folder / "data")
    with connect(first_line(process)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    servers = servers_on(folder / "data")
    assert servers

    process.send_signal(signal.SIGKILL)
    process.communicate()
    _, alive = psutil.wait_procs(servers, timeout=20)

    assert alive == []
    with (
        embedded.running(folder / "data", durable=False) as url,
        connect(url) as connection,
    ):
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_pid_file_left_by_a_killed_server_stops_nothing(folder: Path) -> None:
    with embedded.running(folder / "data", durable=False):
        [server] = servers_on(folder / "data")
        server.send_signal(signal.SIGKILL)
        psutil.wait_procs([server], timeout=20)
    pid_file = folder / "data" / "cluster" / "postmaster.pid"
    assert pid_file.exists()

    with embedded.running(folder / "data", durable=False) as url, connect(url):
        pass


def test_a_pid_file_naming_a_stranger_stops_nothing_and_the_stranger_lives(
    folder: Path,
) -> None:
    with embedded.running(folder / "data", durable=False):
        pass
    stranger = subprocess.Popen(["sleep", "60"])
    pid_file = folder / "data" / "cluster" / "postmaster.pid"
    pid_file.write_text(f"{stranger.pid}\n{pid_file.parent}\n")

    with embedded.running(folder / "data", durable=False) as url, connect(url):
        pass

    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_half_made_cluster_is_made_again(folder: Path) -> None:
    (folder / "data" / "cluster.unfinished").mkdir(parents=True)
    (folder / "data" / "cluster.unfinished" / "PG_VERSION").write_text("18\n")

    with embedded.running(folder / "data", durable=False) as url, connect(url):
        pass


def test_a_server_that_cannot_start_says_what_its_log_says(folder: Path) -> None:
    with embedded.running(folder / "data", durable=False):
        pass
    (folder / "data" / "cluster" / "PG_VERSION").write_text("9.6\n")

    with (
        pytest.raises(embedded.DidNotStart, match="incompatible"),
        embedded.running(folder / "data", durable=False),
    ):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can close a folder to the server's user")
def test_root_runs_it_below_a_closed_folder_and_opens_nothing(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    parents = [closed, folder, folder.parent, ROOT]
    before = [(path.stat().st_mode, path.stat().st_uid) for path in parents]

    with embedded.running(closed / "data", durable=False) as url, connect(url):
        [server] = servers_on(closed / "data")
        assert server.uids().real == embedded.NOBODY

    assert [(path.stat().st_mode, path.stat().st_uid) for path in parents] == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_ordinary_user_runs_it_too(folder: Path) -> None:
    home = folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, ORDINARY_USER, ORDINARY_USER)

    process = hold(home / "data", *AS_ORDINARY_USER)
    with connect(first_line(process)):
        [server] = servers_on(home / "data")
        assert server.uids().real == ORDINARY_USER
    process.communicate()

    assert process.returncode == 0
    assert servers_on(home / "data") == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root leaves folders of another user")
def test_data_of_another_user_is_refused_in_words(folder: Path) -> None:
    (folder / "data").mkdir(mode=0o700)

    process = hold(folder / "data", *AS_ORDINARY_USER)
    _, refusal = process.communicate()

    assert "belongs to another user" in refusal
