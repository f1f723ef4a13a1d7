"""Everything that happens at the sandbox, once: every object it answers with and every event it sends come of it."""

from collections.abc import Iterator
from typing import Any

from tests.sandbox.bench import CART, INPUTS, Bench

DAY = 24 * 3600


def everything(bench: Bench) -> Iterator[Any]:
    """One or more of every object the sandbox answers with, in its different states; the events at the end."""
    yield from _paid_and_given_back(bench)
    yield from _taken_back(bench)
    yield from _ended(bench)
    yield from bench.stripe.events.list({"limit": 100}).auto_paging_iter()


def _paid_and_given_back(bench: Bench) -> Iterator[Any]:
    """One or more of every object the sandbox answers with, in its different states."""
    reader, intent = bench.waiting()
    yield from (reader, intent)
    yield bench.present(reader.id, "4000000000000002")
    yield bench.retrieve(intent.id)
    bench.process(reader.id, intent.id)
    yield bench.present(reader.id)
    bench.advance(10)
    paid = bench.retrieve(intent.id)
    yield from (paid, paid.latest_charge, paid.latest_charge.balance_transaction)
    failing = bench.paid(number="4000000000005126")
    yield bench.stripe.refunds.create({"payment_intent": paid.id, "amount": 100})
    yield bench.stripe.refunds.create({"payment_intent": failing.id})
    bench.advance(10)
    yield from bench.stripe.refunds.list().data
    interac = bench.paid(allowed_payment_method_types=["interac_present"])
    yield interac.latest_charge
    yield bench.stripe.terminal.readers.refund_payment(reader.id, {"payment_intent": interac.id})
    yield bench.present(reader.id)
    yield bench.stripe.refunds.list({"payment_intent": interac.id}).data[0]
    yield bench.stripe.terminal.readers.set_reader_display(reader.id, CART)
    yield bench.stripe.terminal.readers.collect_inputs(reader.id, {"inputs": INPUTS})
    yield bench.stripe.test_helpers.terminal.readers.succeed_input_collection(reader.id)
    yield from bench.stripe.files.list().data
    setup, kept = bench.kept_card()
    yield from (setup, kept, bench.stripe.terminal.readers.retrieve(reader.id))
    yield bench.stripe.customers.retrieve(kept.customer)
    session = bench.session()
    yield session
    for outcome in ("decline", "pay"):
        bench.control("POST", f"checkout/{session.id}", {"outcome": outcome})
        yield bench.stripe.checkout.sessions.retrieve(session.id)
    online = bench.stripe.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    yield from (online.payment_intent, online.payment_intent.latest_charge)
    yield bench.stripe.checkout.sessions.expire(bench.session().id)
    yield bench.stripe.payment_intents.cancel(bench.intent().id)
    endpoint = bench.stripe.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
    yield from (endpoint, bench.stripe.webhook_endpoints.retrieve(endpoint.id))
    held = bench.paid(capture_method="manual")
    yield from (held, held.latest_charge, bench.stripe.payment_intents.capture(held.id))
    yield bench.stripe.terminal.locations.list().data[0]
    yield bench.stripe.terminal.connection_tokens.create()
    yield bench.stripe.accounts.retrieve_current()
    yield bench.stripe.balance.retrieve()


def _taken_back(bench: Bench) -> Iterator[Any]:
    """A dispute, a payout that failed, and what both did to the balance."""
    disputed = bench.control("POST", "disputes", {"charge": bench.paid().latest_charge.id}, status=201)["id"]
    yield bench.stripe.disputes.retrieve(disputed)
    yield bench.stripe.disputes.update(disputed, {"evidence": {"uncategorized_text": "winning_evidence"}})
    bench.advance(10)
    bench.advance(2 * 24 * 3600)
    yield bench.stripe.payouts.retrieve(bench.control("POST", "payouts", {"ends": "failed"}, status=201)["id"])
    bench.advance(24 * 3600)
    yield from (*bench.stripe.payouts.list().data, *bench.stripe.balance_transactions.list({"limit": 100}).data)
    debited = bench.session(allowed_payment_method_types=["acss_debit"])
    bench.control("POST", f"checkout/{debited.id}", {"outcome": "debit", "fails": True})
    yield bench.stripe.checkout.sessions.retrieve(debited.id)
    bench.advance(4 * 24 * 3600)
    yield from bench.stripe.charges.list().data


def _ended(bench: Bench) -> Iterator[Any]:
    """What ran out, was given up, was won, lost or asked about; payouts that arrived and that were canceled."""
    held, released = bench.paid(capture_method="manual"), bench.paid(capture_method="manual")
    yield bench.stripe.payment_intents.cancel(released.id)
    setup, _ = bench.kept_card("4000000000000002")
    yield bench.stripe.setup_intents.cancel(setup.id)
    _, kept = bench.kept_card()
    yield bench.stripe.payment_methods.detach(kept.id)
    yield bench.stripe.customers.update(kept.customer, {"name": "Cliente"})
    for outcome in ("won", "lost"):
        disputed = bench.control("POST", "disputes", {"charge": bench.paid().latest_charge.id}, status=201)["id"]
        bench.control("POST", f"disputes/{disputed}/{outcome}")
        yield bench.stripe.disputes.retrieve(disputed)
    asked = {"charge": bench.paid().latest_charge.id, "inquiry": True}
    inquiry = bench.control("POST", "disputes", asked, status=201)["id"]
    yield bench.stripe.disputes.retrieve(inquiry)
    debited = bench.session(allowed_payment_method_types=["acss_debit"])
    bench.control("POST", f"checkout/{debited.id}", {"outcome": "debit"})
    bench.advance(10)
    bench.advance(4 * DAY)
    yield bench.retrieve(held.id)
    yield bench.stripe.checkout.sessions.retrieve(debited.id)
    for ends in ("canceled", "paid"):
        payout = bench.control("POST", "payouts", {"ends": ends}, status=201)["id"]
        bench.advance(DAY)
        yield bench.stripe.payouts.retrieve(payout)
    yield from bench.stripe.balance_transactions.list({"limit": 100}).data
