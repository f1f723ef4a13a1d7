"""Print the figures of the product beside a bare Flask view; or those named: `make bench ARGS="aging mails"`."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import stripe

from server.core import clock
from tests.benchmarks.bench import SECRET, Bench, Environ, call, counted_queries, per_second, running, say
from tests.benchmarks.chase import Crowd, aging, among, mails, memory, planning


def webhooks(bench: Bench) -> None:
    """Take events as fast as they come."""

    def request_of(name: str, index: int) -> Environ:
        about = {"object": "payment_intent", "id": f"pi_{index}", "metadata": {}}
        body = json.dumps(
            {
                "id": f"evt_{name}_{index}",
                "type": "payment_intent.succeeded",
                "created": int(clock.now().timestamp()),
                "data": {"object": about},
            }
        )
        signature = stripe.WebhookSignature.generate_signature_header(body, SECRET, int(clock.now().timestamp()))
        return bench.environ(
            "/webhooks/stripe", body=body.encode(), method="POST", **{"Stripe-Signature": str(signature)}
        )

    rounds, size = 7, 200
    ours = [request_of("ours", index) for index in range(rounds * size)]
    bare = [request_of("bare", index) for index in range(rounds * size)]

    def take(app: Any, environ: Environ) -> None:
        assert call(app, environ) == 200

    mine, floor = per_second(rounds, lambda i: take(bench.app, ours[i]), lambda i: take(bench.bare, bare[i]), size=size)
    say("webhooks taken per second (verify, store once, defer)", f"{mine:,.0f}")
    say("  bare Flask: verify, one INSERT, COMMIT", f"{floor:,.0f}")
    say("  share of the bare view (aim: at least 60 %)", f"{mine / floor:.0%}")


def job_sheets(bench: Bench) -> None:
    """Read a job sheet with contract, invoice and a payment."""
    invoice = bench.shop.invoice()
    bench.shop.collect(invoice, "pay_sheet")
    ours, bare = bench.phone(f"/api/v1/jobs/{invoice.job_id}"), bench.environ("/job")
    assert call(bench.app, ours) == 200

    mine, floor = per_second(5, lambda _: call(bench.app, ours), lambda _: call(bench.bare, bare))
    say("job sheets per second (customer, lines, invoice, balance, payments)", f"{mine:,.0f}")
    say("  bare Flask: a small JSON", f"{floor:,.0f}")
    say("  share of the bare view (aim: at least 35 %)", f"{mine / floor:.0%}")


def queries(bench: Bench) -> None:
    """Count the statements of the busiest routes."""
    invoice = bench.shop.invoice()
    bench.shop.collect(invoice, "pay_busy")
    busiest = {
        "GET /jobs?technician=me": bench.phone("/api/v1/jobs?technician=me"),
        "GET /jobs/{id}": bench.phone(f"/api/v1/jobs/{invoice.job_id}"),
        "GET /payments/{id}": bench.phone("/api/v1/payments/pay_busy"),
        "GET /invoices/{id}": bench.phone(f"/api/v1/invoices/{invoice.id}"),
        "GET /invoices?status=unpaid": bench.phone("/api/v1/invoices?status=unpaid"),
    }
    for name, environ in busiest.items():
        with counted_queries() as seen:
            assert call(bench.app, environ) == 200
        say(f"queries of {name}", f"{len(seen)}")


def collecting(bench: Bench) -> None:
    """Take the time of collect apart: ours, and waiting for Stripe."""
    send = stripe.RequestsClient.request
    waited: list[float] = []

    def timed(self: Any, *args: Any, **options: Any) -> Any:
        started = time.perf_counter()
        answer = send(self, *args, **options)
        waited.append(time.perf_counter() - started)
        return answer

    stripe.RequestsClient.request = timed  # type: ignore[method-assign]
    ours, theirs = [], []
    for number in range(40):
        invoice = bench.shop.invoice()
        waited.clear()
        started = time.perf_counter()
        bench.shop.collect(invoice, f"pay_collect_{number}")
        took = time.perf_counter() - started
        theirs.append(sum(waited))
        ours.append(took - sum(waited))
    stripe.RequestsClient.request = send  # type: ignore[method-assign]
    say("collect on a reader: milliseconds of our own (median)", f"{sorted(ours)[20] * 1000:.1f}")
    say("  milliseconds in Stripe calls, to the sandbox (median)", f"{sorted(theirs)[20] * 1000:.1f}")


ALONE = {each.__name__: each for each in (webhooks, job_sheets, queries, collecting)}
CHASE = {each.__name__: each for each in (planning, aging, among, mails)}


def main() -> None:
    """Take the figures that are named, or every one, in one run."""
    known = [*ALONE, *CHASE]
    parser = argparse.ArgumentParser(prog="make bench", description="How fast it is.")
    parser.add_argument("figures", nargs="*", metavar="figure", help=f"any of {', '.join(known)}; without one, all")
    wanted = parser.parse_args().figures or known
    if unknown := set(wanted) - set(known):
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    with running() as bench:
        for take in (take for name, take in ALONE.items() if name in wanted):
            take(bench)
        if chased := [take for name, take in CHASE.items() if name in wanted]:
            crowd = Crowd(bench)
            for count in chased:
                count(crowd)
            memory()


if __name__ == "__main__":
    main()
