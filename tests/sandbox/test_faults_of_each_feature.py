"""Every feature can be made to fail, to be lost, to hang at the reader, or to be told of late: each by its own call."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.sandbox.bench import INPUTS, Bench

Step = Callable[[], Any]
# Prepares a feature; returns its call, the path of that, and how to see whether it was done.
Feature = Callable[[Bench], tuple[Step, str, Step]]


def setup_intent(bench: Bench) -> tuple[Step, str, Step]:
    wanted = {"allowed_payment_method_types": ["card_present"]}
    return (
        lambda: bench.stripe.setup_intents.create(wanted),
        "/v1/setup_intents",
        lambda: bench.stripe.setup_intents.list().data,
    )


def on_reader(bench: Bench, method: str, params: Any) -> tuple[Step, str, Step]:
    reader = bench.stripe.terminal.readers.list().data[0].id if method == "refund_payment" else bench.reader().id
    return (
        lambda: getattr(bench.stripe.terminal.readers, method)(reader, params),
        f"*/{method}",
        lambda: getattr(bench.stripe.terminal.readers.retrieve(reader).action, "type", None) == method,
    )


def card_to_keep(bench: Bench) -> tuple[Step, str, Step]:
    setup = bench.stripe.setup_intents.create({"allowed_payment_method_types": ["card_present"]})
    return on_reader(bench, "process_setup_intent", {"setup_intent": setup.id, "allow_redisplay": "always"})


def inputs(bench: Bench) -> tuple[Step, str, Step]:
    return on_reader(bench, "collect_inputs", {"inputs": INPUTS})


def interac_refund(bench: Bench) -> tuple[Step, str, Step]:
    paid = bench.paid(allowed_payment_method_types=["interac_present"])
    return on_reader(bench, "refund_payment", {"payment_intent": paid.id})


def tips(bench: Bench) -> tuple[Step, str, Step]:
    offered: Any = {"cad": {"percentages": [10]}}
    return (
        lambda: bench.stripe.terminal.configurations.create({"tipping": offered}),
        "/v1/terminal/configurations",
        lambda: bench.stripe.terminal.configurations.list().data,
    )


def refund(bench: Bench) -> tuple[Step, str, Step]:
    paid = bench.paid()
    return (
        lambda: bench.stripe.refunds.create({"payment_intent": paid.id}),
        "/v1/refunds",
        lambda: bench.stripe.refunds.list().data,
    )


def debit(bench: Bench) -> tuple[Step, str, Step]:
    return (
        lambda: bench.session(allowed_payment_method_types=["acss_debit"]),
        "/v1/checkout/sessions",
        lambda: bench.stripe.checkout.sessions.list().data,
    )


def capture(bench: Bench) -> tuple[Step, str, Step]:
    held = bench.paid(capture_method="manual")
    return (
        lambda: bench.stripe.payment_intents.capture(held.id),
        "*/capture",
        lambda: bench.retrieve(held.id).status == "succeeded",
    )


def kept_card(bench: Bench) -> tuple[Step, str, Step]:
    _, kept = bench.kept_card()
    return (
        lambda: bench.stripe.payment_methods.detach(kept.id),
        "*/detach",
        lambda: bench.stripe.payment_methods.retrieve(kept.id).customer is None,
    )


def dispute(bench: Bench) -> tuple[Step, str, Step]:
    begun = bench.control("POST", "disputes", {"charge": bench.paid().latest_charge.id}, status=201)["id"]
    return (
        lambda: bench.stripe.disputes.update(begun, {"evidence": {"uncategorized_text": "Signed"}, "submit": False}),
        "/v1/disputes/*",
        lambda: bench.stripe.disputes.list().data[0].evidence.uncategorized_text,
    )


def loss(bench: Bench) -> tuple[Step, str, Step]:
    begun = bench.control("POST", "disputes", {"charge": bench.paid().latest_charge.id}, status=201)["id"]
    return (
        lambda: bench.stripe.disputes.close(begun),
        "/v1/disputes/*/close",
        lambda: bench.stripe.disputes.retrieve(begun).status == "lost",
    )


def evidence(bench: Bench) -> tuple[Step, str, Step]:
    def upload() -> Any:
        file = io.BytesIO(b"%PDF-1.7")
        file.name = "contract.pdf"
        return bench.stripe.files.create({"purpose": "dispute_evidence", "file": file})

    return upload, "/v1/files", lambda: bench.stripe.files.list().data


def page(bench: Bench) -> tuple[Step, str, Step]:
    opened = bench.session()
    return (
        lambda: bench.stripe.checkout.sessions.expire(opened.id),
        "*/expire",
        lambda: bench.stripe.checkout.sessions.retrieve(opened.id).status == "expired",
    )


AT_THE_READER = (card_to_keep, inputs, interac_refund)
EVERY = (setup_intent, *AT_THE_READER, tips, refund, debit, capture, kept_card, dispute, loss, evidence, page)


@pytest.mark.parametrize("feature", EVERY, ids=lambda it: it.__name__)
@pytest.mark.parametrize(
    ("kind", "is_done"), [("drop_before", False), ("drop_after", True), ("error_500", False), ("error_429", False)]
)
def test_every_call_can_be_lost_or_refused(bench: Bench, feature: Feature, kind: str, *, is_done: bool) -> None:
    call, path, done = feature(bench)
    bench.faults({"kind": kind, "method": "POST", "path": path, "times": 3})
    assert isinstance(bench.refused(call), stripe.StripeError)
    assert bool(done()) is is_done


@pytest.mark.parametrize("feature", AT_THE_READER, ids=lambda it: it.__name__)
@pytest.mark.parametrize(
    ("kind", "is_done"),
    [("reader_busy", False), ("reader_offline", False), ("reader_timeout", False), ("reader_timeout_delivered", True)],
)
def test_every_command_to_a_reader_can_miss_it(bench: Bench, feature: Feature, kind: str, *, is_done: bool) -> None:
    call, path, done = feature(bench)
    bench.faults({"kind": kind, "path": path})
    assert bench.refused(call).code == f"terminal_{kind.removesuffix('_delivered')}"
    assert done() is is_done


@pytest.mark.parametrize("feature", AT_THE_READER, ids=lambda it: it.__name__)
@pytest.mark.parametrize(("kind", "ends"), [("connection_error", "failed"), ("stuck_in_progress", "in_progress")])
def test_every_command_to_a_reader_can_go_wrong_there(bench: Bench, feature: Feature, kind: str, ends: str) -> None:
    call, path, _ = feature(bench)
    bench.faults({"kind": kind, "path": path})
    reader = call()
    helper = bench.stripe.test_helpers.terminal.readers
    asked = helper.succeed_input_collection if feature is inputs else helper.present_payment_method
    assert asked(reader.id).action.status == ends
    assert [each.status for each in bench.stripe.setup_intents.list().data if each.status == "succeeded"] == []
    assert bench.control("GET", "totals")["refunded_minor"].get("cad", 0) == 0


def test_a_refund_at_the_reader_may_come_back(bench: Bench) -> None:
    call, path, _ = interac_refund(bench)
    bench.faults({"kind": "refund_fails", "path": path})
    bench.present(call().id)
    bench.advance(10)
    assert [each.status for each in bench.stripe.refunds.list().data] == ["failed"]


@pytest.mark.parametrize(
    "event",
    [
        "charge.dispute.*",
        "payout.*",
        "checkout.session.async_payment_succeeded",
        "setup_intent.succeeded",
        "charge.captured",
        "charge.expired",
        "charge.updated",
        "refund.failed",
    ],
)
@pytest.mark.parametrize("kind", ["webhook_lost", "webhook_late"])
def test_what_happens_later_can_be_told_late_or_never(bench: Bench, event: str, kind: str) -> None:
    bench.faults({"kind": kind, "event": event, "seconds": 30 * 24 * 3600, "times": 9})
    with bench.receiver(events=[event.replace("*", "created")]) as accepted:
        held, _forgotten = bench.paid(capture_method="manual"), bench.paid(capture_method="manual")
        bench.stripe.payment_intents.capture(held.id)
        bench.stripe.refunds.create({"payment_intent": bench.paid(number="4000000000005126").id})
        bench.kept_card()
        debited = bench.session(allowed_payment_method_types=["acss_debit"])
        bench.control("POST", f"checkout/{debited.id}", {"outcome": "debit"})
        bench.control("POST", "disputes", {"charge": bench.paid().latest_charge.id}, status=201)
        bench.advance(10)
        bench.advance(6 * 24 * 3600)
        bench.control("POST", "payouts", {}, status=201)
        bench.advance(2 * 24 * 3600)
        assert accepted == []
        bench.advance(30 * 24 * 3600)
        assert bool(accepted) is (kind == "webhook_late")
