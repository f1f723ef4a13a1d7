"""`fieldpay demo` brings everything up, tells outside clients how to use it, and leaves nothing behind."""

import json
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from server.cli.demo.children import CHECKOUT

PATIENCE_SECONDS = 180  # a busy machine takes a minute to begin
FIELDPAY = [sys.executable, "-m", "server.cli"]


@dataclass
class Demo:
    """A demo in a process of its own, and what it told about itself."""

    process: "subprocess.Popen[str]"
    data: Path
    file: Path
    told: dict[str, Any]

    def end(self, last_signal: signal.Signals) -> list[psutil.Process]:
        """End it; return the processes that outlive it."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        assert len(family) > 5
        self.process.send_signal(last_signal)
        self.process.communicate(timeout=PATIENCE_SECONDS)
        _, alive = psutil.wait_procs(family, timeout=PATIENCE_SECONDS)
        return list(alive)


def start(folder: Path) -> Demo:
    file = folder / "demo.json"
    switches = ["--empty", "--port=0", "--sandbox-port=0", f"--data={folder / 'data'}", f"--describe={file}"]
    process = subprocess.Popen(
        [*FIELDPAY, "demo", *switches], cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not file.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if not file.exists():
        process.terminate()
        pytest.fail(f"the demo did not start: {process.communicate()[0]}")
    return Demo(process, folder / "data", file, json.loads(file.read_text()))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    started = start(tmp_path_factory.mktemp("demo"))
    yield started
    started.process.terminate()
    started.process.communicate(timeout=PATIENCE_SECONDS)


def get(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers=headers, timeout=PATIENCE_SECONDS)


def advance(demo: Demo, seconds: object) -> requests.Response:
    return requests.post(demo.told["clock"], json={"advance_seconds": seconds}, timeout=PATIENCE_SECONDS * 2)


def test_it_tells_outside_clients_all_they_need(demo: Demo) -> None:
    assert set(demo.told) == {
        *("web", "sandbox", "mail", "office", "api_key", "technician"),
        *("reader_id", "location_id", "webhook_secret", "clock", "texts", "clerk"),
    }
    assert get(f"{demo.told['web']}/readyz").json()["status"] == "ok"
    assert get(f"{demo.told['mail']}/messages").ok
    assert get(f"{demo.told['sandbox']}/_sandbox/readers/{demo.told['reader_id']}").ok
    office = {"Authorization": f"Bearer {demo.told['api_key']}"}
    assert get(f"{demo.told['web']}/api/v1/me", **office).json()["currency"] == "CAD"
    assert get(f"{demo.told['web']}/api/v1/jobs", **office).json()["items"] == []
    assert stat.S_IMODE(demo.file.stat().st_mode) == 0o600


def test_its_first_page_leads_everywhere_and_lets_days_pass(demo: Demo) -> None:
    address = f"{demo.told['mail']}/start"
    french = get(address, **{"Accept-Language": "fr-CA"}).text
    for told in ("Commencez ici", demo.told["reader_id"], demo.told["technician"]["pairing_code"], "/office/"):
        assert told in french, told
    before = get(demo.told["clock"]).json()["now"]
    assert "Start here" in requests.post(address, data={"days": 1}, timeout=PATIENCE_SECONDS * 2).text
    passed = datetime.fromisoformat(get(demo.told["clock"]).json()["now"]) - datetime.fromisoformat(before)
    assert timedelta(days=1) <= passed < timedelta(days=2)


def test_the_pairing_code_pairs_one_phone(demo: Demo) -> None:
    pairing = {"code": demo.told["technician"]["pairing_code"], "name": "phone"}
    address = f"{demo.told['web']}/api/v1/devices/pair"

    first, second = (requests.post(address, json=pairing, timeout=PATIENCE_SECONDS) for _ in range(2))

    assert first.status_code == 201
    assert second.json()["code"] == "pairing_code_refused"


def test_the_clock_moves_the_product_and_the_sandbox_together(demo: Demo) -> None:
    before = get(f"{demo.told['sandbox']}/_sandbox/clock").json()["now"]

    moved = advance(demo, 86_400)

    assert moved.status_code == 200
    assert moved.json()["advanced_seconds"] == 86_400
    assert get(f"{demo.told['sandbox']}/_sandbox/clock").json()["now"] >= before + 86_400
    assert get(demo.told["clock"]).json()["now"] >= moved.json()["now"]


@pytest.mark.parametrize("seconds", [-1, 1.5, "60", None, True, 10**12])
def test_the_clock_refuses_what_is_no_way_to_move(demo: Demo, seconds: object) -> None:
    before = get(f"{demo.told['sandbox']}/_sandbox/clock").json()["offset_seconds"]

    assert advance(demo, seconds).status_code == 422

    assert get(f"{demo.told['sandbox']}/_sandbox/clock").json()["offset_seconds"] == before


@pytest.mark.parametrize("part", ["serve", "worker"])
def test_a_killed_part_comes_back_by_itself(demo: Demo, part: str) -> None:
    [killed] = [each for each in psutil.Process(demo.process.pid).children() if part in each.cmdline()]
    killed.kill()
    psutil.wait_procs([killed], timeout=PATIENCE_SECONDS)

    assert advance(demo, 1).status_code == 200  # which takes a worker
    assert get(f"{demo.told['web']}/readyz").ok


def test_a_second_demo_on_the_same_data_is_refused_in_words(demo: Demo) -> None:
    second = subprocess.run(
        [*FIELDPAY, "demo", "--port=0", "--sandbox-port=0", f"--data={demo.data}"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert second.returncode == 1
    assert "already runs on this data folder" in second.stderr
    assert get(f"{demo.told['web']}/readyz").ok


def test_a_taken_port_is_an_error_and_nothing_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = subprocess.run(
            [*FIELDPAY, "demo", f"--port={taken.getsockname()[1]}", f"--data={tmp_path / 'data'}"],
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )

    assert refused.returncode == 2
    assert "is taken" in refused.stderr


def test_it_ends_without_a_trace_and_begins_again_where_it_was(tmp_path: Path) -> None:
    first = start(tmp_path)
    assert advance(first, 3600).ok
    assert first.end(signal.SIGTERM) == []
    assert first.process.returncode == 0
    assert not first.file.exists()
    secret = first.data / "accounts.json"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600

    again = start(tmp_path)
    kept = ("office", "api_key", "reader_id", "location_id", "webhook_secret")
    assert {name: again.told[name] for name in kept} == {name: first.told[name] for name in kept}
    assert get(f"{again.told['sandbox']}/_sandbox/clock").json()["offset_seconds"] == 3600
    assert again.end(signal.SIGKILL) == []
