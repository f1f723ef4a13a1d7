"""The sandbox's own face: clock, journal, totals, snapshot, the readers' pages, the process."""

import json
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests

from server.sandbox import cards, pages
from server.sandbox.serve import Sandbox
from server.sandbox.words import WORDS
from tests.sandbox.bench import Bench

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


def test_the_clock_only_moves_forward(bench: Bench) -> None:
    before = bench.now()
    moved = bench.control("POST", "clock", {"advance_seconds": 86_400})
    assert (moved["offset_seconds"], moved["now"] - before >= 86_400) == (86_400, True)
    for wrong in ({"advance_seconds": -1}, {}, {"advance_seconds": "1"}, {"advance_seconds": True}):
        bench.control("POST", "clock", wrong, status=400)
    assert bench.intent().created - before >= 86_400


def test_the_journal_tells_every_request(bench: Bench) -> None:
    intent = bench.stripe.payment_intents.create(
        {"amount": 10_000, "currency": "cad", "metadata": {"a": "1"}}, {"idempotency_key": "one"}
    )
    bench.stripe.payment_intents.list({"limit": 3})
    first, second = bench.control("GET", "journal")["items"]
    assert first["params"] == {"amount": "10000", "currency": "cad", "metadata": {"a": "1"}}
    assert {name: first[name] for name in ("n", "method", "path", "idempotency_key", "status", "replayed")} == {
        "n": 1, "method": "POST", "path": "/v1/payment_intents", "idempotency_key": "one", "status": 200,
        "replayed": False,
    }  # fmt: skip
    assert first["response_id"] == intent.id
    assert (second["n"], second["method"], second["params"]) == (2, "GET", {"limit": "3"})


def test_totals_are_kept_by_currency(bench: Bench) -> None:
    bench.paid(10_000)
    bench.paid(2_000, currency="jpy")
    bench.intent(9_900)
    refunded = bench.paid(700)
    bench.stripe.refunds.create({"payment_intent": refunded.id, "amount": 300})
    assert bench.control("GET", "totals") == {
        "captured_minor": {"cad": 10_700, "jpy": 2_000},
        "refunded_minor": {"cad": 300, "jpy": 0},
    }


def test_reset_forgets_everything(bench: Bench) -> None:
    started = bench.control("GET", "clock")["offset_seconds"]
    bench.paid()
    bench.faults({"kind": "error_500"})
    bench.advance(3600)
    bench.control("POST", "reset")
    assert bench.control("GET", "clock")["offset_seconds"] == started
    assert bench.control("GET", "journal") == {"items": []}
    assert bench.stripe.payment_intents.list().data == []


def test_a_snapshot_can_be_taken_and_put_back(bench: Bench) -> None:
    paid = bench.paid()
    snapshot = bench.control("GET", "snapshot")
    bench.control("POST", "reset")
    bench.control("PUT", "snapshot", snapshot)
    assert bench.retrieve(paid.id).status == "succeeded"


def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.json"
    first = Sandbox.start(snapshot=file)
    bench = Bench(first)
    reader, intent = bench.waiting()
    form = {"amount": "10000", "currency": "cad"}
    kept = bench.post("/v1/payment_intents", form, Idempotency_Key="one").json()["id"]
    bench.advance(86_400)
    first.stop()
    second = Sandbox.start(snapshot=file, clock_offset_seconds=5)
    again = Bench(second)
    try:
        assert again.control("GET", "clock")["offset_seconds"] == 86_400
        assert again.stripe.terminal.readers.retrieve(reader.id).action.status == "in_progress"
        again.present(reader.id)
        again.advance(10)
        assert again.retrieve(intent.id).latest_charge.balance_transaction.amount == 10_000
        assert kept in [other.id for other in again.stripe.payment_intents.list().data]
    finally:
        second.stop()


def test_a_stopped_sandbox_answers_nobody(tmp_path: Path) -> None:
    sandbox = Sandbox.start()
    bench = Bench(sandbox)
    with requests.Session() as kept_open:
        assert kept_open.get(f"{bench.url}/_sandbox/journal", timeout=5).status_code == 200
        sandbox.stop()
        with pytest.raises(requests.ConnectionError):
            kept_open.get(f"{bench.url}/v1/account", timeout=5)


def test_the_process_listens_on_loopback_and_stops_cleanly(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.json"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        program = (
            "import sys; from pathlib import Path; from server.sandbox.serve import serve; "
            "serve(fd=int(sys.argv[1]), snapshot=Path(sys.argv[2]))"
        )
        command = [sys.executable, "-c", program, str(listening.fileno()), str(file)]
        process = subprocess.Popen(command, pass_fds=(listening.fileno(),))
        try:
            url = f"http://127.0.0.1:{port}"
            created = requests.post(
                f"{url}/v1/payment_intents",
                {"amount": "10000", "currency": "cad"},
                headers={"Authorization": "Bearer sk_test_1"},
                timeout=20,
            )
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=20) == 0
        finally:
            process.kill()
    assert created.json()["id"] in json.loads(file.read_text())["objects"]["payment_intent"]


def test_unknown_addresses_and_methods_are_refused(bench: Bench) -> None:
    assert requests.get(f"{bench.url}/_sandbox/nothing", timeout=5).status_code == 404
    assert requests.get(f"{bench.url}/_sandbox/static/../serve.py", timeout=5).status_code == 404
    assert requests.get(f"{bench.url}/_sandbox/static/serve.py", timeout=5).status_code == 404
    assert requests.get(f"{bench.url}/_sandbox/quiesce", timeout=5).status_code == 405
    for body in ("{", "[]"):
        assert requests.post(f"{bench.url}/_sandbox/clock", data=body, timeout=5).status_code == 400


def test_many_requests_at_once_lose_nothing(bench: Bench) -> None:
    def work() -> None:
        for _ in range(5):
            bench.paid()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert bench.control("GET", "totals")["captured_minor"] == {"cad": 8 * 5 * 10_000}


@pytest.mark.parametrize(
    ("language", "waiting", "approved"),
    [("fr", "Approchez ou insérez une carte", "Approuvé"), ("en", "Tap or insert a card", "Approved")],
)
def test_a_person_taps_the_reader_on_its_page(bench: Bench, language: str, waiting: str, approved: str) -> None:
    reader, intent = bench.waiting(12_345)
    page = f"{bench.url}/_sandbox/readers/{reader.id}"
    shown = requests.get(page, headers=BROWSER | {"Accept-Language": language}, timeout=5)
    assert waiting in shown.text
    assert "script-src 'self'" in shown.headers["Content-Security-Policy"]
    pressed = requests.post(
        f"{page}/tap?lang={language}",
        data={"authorizing_seconds": "2"},
        headers=BROWSER,
        allow_redirects=False,
        timeout=5,
    )
    assert pressed.status_code == 303
    bench.advance(2)
    assert approved in requests.get(f"{bench.url}{pressed.headers['Location']}", timeout=5).text
    assert bench.retrieve(intent.id).status == "succeeded"


def test_a_person_chooses_the_card_in_their_hand(bench: Bench) -> None:
    reader, intent = bench.waiting(10_005, allowed_payment_method_types=["card_present", "interac_present"])
    page = f"{bench.url}/_sandbox/readers/{reader.id}"
    came_back = requests.post(f"{page}/tap?lang=en", data={"card": "interac"}, headers=BROWSER, timeout=5)
    assert '<option value="interac" selected>' in came_back.text, "it stays in the hand"
    paid = bench.retrieve(intent.id)
    assert (paid.status, paid.latest_charge.payment_method_details.type) == ("succeeded", "interac_present")
    bench.press(reader.id, "tap", status=400, card="gold")
    session = bench.session()
    bench.control("POST", f"checkout/{session.id}", {"outcome": "decline", "card": "reads_english"})
    assert bench.stripe.checkout.sessions.retrieve(session.id).payment_status == "unpaid"
    bench.control("POST", f"checkout/{session.id}", {"outcome": "pay", "card": "reads_english"})
    done = bench.stripe.checkout.sessions.retrieve(session.id)
    assert bench.retrieve(done.payment_intent).latest_charge.payment_method_details.card.brand == "amex"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_card_and_every_key_has_its_words(language: str) -> None:
    shown = {*(f"card_{name}" for name in cards.IN_HAND), *pages.NEXT_TIME}
    assert shown <= WORDS[language].keys() == WORDS["en"].keys()


@pytest.mark.parametrize("key", ["busy", "time_out", "late", "silence"])
def test_a_person_plans_what_goes_wrong_at_the_next_payment(bench: Bench, key: str) -> None:
    reader, intent = bench.reader(), bench.intent()
    page = f"{bench.url}/_sandbox/readers/{reader.id}"
    for _thrice in range(3):  # planned, taken back, and planned
        shown = requests.post(f"{page}/{key}", headers=BROWSER, data={"card": "visa"}, timeout=5).text
    assert (shown.count('aria-pressed="true"'), len(bench.control("GET", "faults")["armed"])) == (1, 1)
    bench.refused(bench.process, reader.id, intent.id)
    is_asking = bench.stripe.terminal.readers.retrieve(reader.id).action is not None
    assert is_asking is (key in ("late", "silence"))
    assert bench.control("GET", "faults")["armed"] == []
    assert bench.process(reader.id, intent.id).action.status == "in_progress"


def test_pressing_a_key_of_an_idle_reader_changes_nothing(bench: Bench) -> None:
    reader = bench.reader()
    pressed = requests.post(
        f"{bench.url}/_sandbox/readers/{reader.id}/tap", data={"authorizing_seconds": "2"}, headers=BROWSER, timeout=5
    )
    assert (pressed.status_code, "Ready" in pressed.text) == (200, True)
    bench.press(reader.id, "tap", status=400)
    bench.press(reader.id, "kick", status=404)
    bench.press(reader.id, "tap", status=400, authorizing_seconds="soon")


def test_the_index_links_to_every_reader(bench: Bench) -> None:
    assert "Aucun lecteur" in requests.get(f"{bench.url}/_sandbox/?lang=fr", timeout=5).text
    reader = bench.reader()
    for address in ("/", "/_sandbox", "/_sandbox/"):
        page = requests.get(f"{bench.url}{address}", timeout=5).text
        assert (f"/_sandbox/readers/{reader.id}" in page, "Van 1" in page) == (True, True)


def test_nothing_a_caller_writes_becomes_markup(bench: Bench) -> None:
    bench.stripe.terminal.readers.create({"registration_code": "simulated-wpe", "label": "<script>alert(1)</script>"})
    assert "<script>alert" not in requests.get(f"{bench.url}/_sandbox/", timeout=5).text
