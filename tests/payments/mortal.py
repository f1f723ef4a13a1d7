"""A process that is killed at its n-th step: a commit, or a call to Stripe about to be sent or just answered.

    python -m tests.payments.mortal STEP ask|fees|capture PAYMENT
    python -m tests.payments.mortal STEP refund PAYMENT REFUND AMOUNT [READER]
    python -m tests.payments.mortal STEP payout PAYOUT
    python -m tests.payments.mortal STEP submit_evidence CHARGEBACK
    python -m tests.payments.mortal STEP collect|charge PAYMENT INVOICE READER|CARD AMOUNT

Steps are found by instrumentation, not listed by hand; past the last one the process ends by itself, with exit code 0.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from typing import Any

import stripe
from sqlalchemy import event
from sqlalchemy.orm import Session

from server.access.rules import Role
from server.chargebacks import flows as chargebacks
from server.core import clock, config
from server.payments import flows
from server.payments.rules import Method
from server.payouts import flows as payouts


def live_until(step: int) -> None:
    """Arm the end."""
    steps = itertools.count(1)
    send = stripe.RequestsClient.request

    def passed(*_: Any) -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def sent(self: Any, *args: Any, **options: Any) -> Any:
        passed()
        answer = send(self, *args, **options)
        passed()
        return answer

    event.listen(Session, "after_commit", passed)
    stripe.RequestsClient.request = sent  # type: ignore[method-assign]


def main(step: str, verb: str, payment_id: str, *rest: str) -> None:
    """Do the work."""
    clock.follow(config.current().clock_file)
    live_until(int(step))
    if verb == "ask":
        flows.ask(payment_id=payment_id, now=clock.now())
        return
    if verb == "submit_evidence":
        chargebacks.submit(chargeback_id=payment_id, statement=None, asked_by="staff:sam", now=clock.now())
        return
    if verb == "payout":
        payouts.ask(payout_id=payment_id, now=clock.now())
        return
    if verb == "fees":
        flows.learn_fees(payment_id=payment_id, now=clock.now())
        return
    if verb == "capture":
        flows.capture(payment_id=payment_id, now=clock.now())
        return
    if verb == "refund":
        flows.refund(
            payment_id=payment_id,
            refund_id=rest[0],
            amount_minor=int(rest[1]),
            reason="Too much",
            reader_id=rest[2] if len(rest) > 2 else None,
            requested_by="staff:anne",
            role=Role.OFFICE,
            now=clock.now(),
        )
        return
    invoice_id, reader_id, amount = rest
    if verb == "charge":
        flows.charge_saved(
            payment_id=payment_id,
            invoice_id=invoice_id,
            saved_card_id=reader_id,
            amount_minor=int(amount),
            taken_by="test",
            now=clock.now(),
        )
        return
    flows.collect(
        payment_id=payment_id,
        invoice_id=invoice_id,
        method=Method.CARD_READER,
        amount_minor=int(amount),
        reader_id=reader_id,
        taken_by="test",
        now=clock.now(),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
