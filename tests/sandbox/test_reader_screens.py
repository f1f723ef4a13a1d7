"""A cart on the reader and questions to the customer, beside payments."""

import io

import pytest
import requests

from tests.sandbox.bench import CART, INPUTS, Bench


def test_a_cart_replaces_a_waiting_payment_without_a_word(bench: Bench) -> None:
    reader, intent = bench.waiting()
    before = bench.events()
    shown = bench.stripe.terminal.readers.set_reader_display(reader.id, CART).action
    assert (shown.type, shown.status, shown.set_reader_display.cart.total) == (
        "set_reader_display",
        "in_progress",
        4_599,
    )
    page = requests.get(f"{bench.url}/_sandbox/readers/{reader.id}?lang=en", timeout=5).text
    assert ("2 × Robinet" in page, "45.99" in page) == (True, True)
    assert bench.refused(bench.present, reader.id).http_status == 400
    assert (bench.retrieve(intent.id).status, bench.events()) == ("requires_payment_method", before)
    bench.process(reader.id, intent.id)
    assert bench.present(reader.id).action.status == "succeeded"
    bench.stripe.terminal.readers.set_reader_display(reader.id, CART)
    assert bench.stripe.terminal.readers.cancel_action(reader.id).action is None


def test_an_authorizing_reader_shows_no_cart(bench: Bench) -> None:
    reader, _ = bench.waiting()
    bench.press(reader.id, "tap", authorizing_seconds=10)
    error = bench.refused(bench.stripe.terminal.readers.set_reader_display, reader.id, CART)
    assert error.code == "terminal_reader_busy"
    assert bench.refused(bench.stripe.terminal.readers.set_reader_display, reader.id, {"type": "cart"}).code == (
        "terminal_reader_busy"
    )


@pytest.mark.parametrize("skip", ["all", "none"])
def test_the_customer_answers_on_the_reader(bench: Bench, skip: str) -> None:
    reader = bench.reader()
    bench.stripe.terminal.readers.collect_inputs(reader.id, {"inputs": INPUTS, "metadata": {"job": "1"}})
    page = requests.get(f"{bench.url}/_sandbox/readers/{reader.id}?lang=fr", timeout=5).text
    assert ("Signez ici" in page, "Répondre" in page) == (True, True)
    helpers = bench.stripe.test_helpers.terminal.readers
    action = helpers.succeed_input_collection(reader.id, {"skip_non_required_inputs": skip}).action
    signature, email, choice = action.collect_inputs.inputs
    assert bench.stripe.files.retrieve(signature.signature.value).purpose == "customer_signature"
    assert (email.skipped, email.email.value is None) == ((skip == "all"),) * 2
    assert (email.toggles[0].value, choice.selection.id) == ("enabled", "yes")
    assert bench.events() == ["terminal.reader.action_succeeded"]


@pytest.mark.parametrize("how", ["timeout", "cancel", "answer", "skip"])
def test_a_question_ends_once(bench: Bench, how: str) -> None:
    reader = bench.reader()
    helpers = bench.stripe.test_helpers.terminal.readers
    bench.stripe.terminal.readers.collect_inputs(reader.id, {"inputs": INPUTS})
    assert bench.refused(bench.present, reader.id).http_status == 400
    if how == "timeout":
        helpers.timeout_input_collection(reader.id)
    else:
        bench.press(reader.id, how)
    failure = {"timeout": "input_collection_timed_out", "cancel": "customer_canceled"}.get(how)
    assert bench.stripe.terminal.readers.retrieve(reader.id).action.failure_code == failure
    assert bench.refused(helpers.succeed_input_collection, reader.id).http_status == 400


@pytest.mark.parametrize(
    ("inputs", "param"),
    [
        (INPUTS * 2, "inputs"),
        ([{"type": "selection", "custom_text": {"title": "Content?"}}], "inputs[0][selection]"),
        ([INPUTS[1] | {"custom_text": {"title": "A", "skip_button": "x" * 15}}], "inputs[0][custom_text][skip_button]"),
    ],
)
def test_what_a_reader_cannot_ask_is_refused(bench: Bench, inputs: list[object], param: str) -> None:
    call = bench.stripe.terminal.readers.collect_inputs
    assert bench.refused(call, bench.reader().id, {"inputs": inputs}).param == param


def test_a_file_is_uploaded(bench: Bench) -> None:
    receipt = io.BytesIO(b"%PDF-1.7 receipt")
    receipt.name = "receipt.pdf"
    kept = bench.stripe.files.create({"purpose": "dispute_evidence", "file": receipt})
    assert (kept.size, kept.type, kept.filename, kept.purpose) == (16, "pdf", "receipt.pdf", "dispute_evidence")
    assert bench.refused(bench.stripe.files.create, {"purpose": "dispute_evidence", "file": "receipt"}).param == "file"
