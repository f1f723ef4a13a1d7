"""How a batch of histories ends: nothing breaks any more, what was begun comes to an end, what is owed is paid."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from server.payments.models import Refund
from server.payments.rules import KEY_LIFE, OPEN, RefundStatus, Status, is_debit
from server.payments.rules.refunding import REFUND_SETTLED
from tests.simulation.history import Ask, History
from tests.simulation.world import World

ROUNDS = 12
LONGEST_WAIT_SECONDS = 6 * 3600 + 60  # between two questions about the same outcome
LATE_SECONDS = 4 * 24 * 3600  # what was late, or tried again and again, has come by then


def heal(world: World, histories: Sequence[History]) -> None:
    """Let what was begun come to an end, and take what is still owed in cash."""
    for history in histories:
        for dispute_id in history.disputes:
            verdict = history.random.choice(("won", "lost"))
            if not world.customer(f"disputes/{dispute_id}/{verdict}", {}):
                world.customer(f"disputes/{dispute_id}/closed", {})
    world.pass_time(seconds=LONGEST_WAIT_SECONDS)
    for history in histories:
        history.stuck = _stuck_payments(history)
    # Stripe repeats an error 500 under its key: a refund is sent under no other while Stripe remembers that one.
    world.pass_time(seconds=int(KEY_LIFE.total_seconds()))
    for history in histories:
        history.stuck += _stuck_refunds(history)
    for _ in range(ROUNDS):
        open_before = [_end(history) for history in histories]
        if not any(open_before):
            break
        world.pass_time(seconds=600)
    world.pass_time(seconds=LATE_SECONDS)
    for history in histories:
        for customer_id in sorted({invoice["customer_id"] for invoice in history.invoices}):
            theirs = [invoice for invoice in history.invoices if invoice["customer_id"] == customer_id]
            owed_minor = {invoice["id"]: history.owed_minor(invoice) for invoice in theirs}
            if any(minor > 0 for minor in owed_minor.values()):
                history.note(history.do(_in_cash(history, customer_id, owed_minor)))
    world.settle()


def decide(history: History, refund: Refund) -> str:
    """A supervisor agrees, or does not; nothing waits for them where the refund is under way. What waits for a card
    at a reader is called off."""
    verdict = history.random.choice(("approval", "rejection"))
    if refund.status is RefundStatus.WAITING:
        verdict = "cancellation"
    post = partial(history.supervisor.post, f"/refunds/{refund.id}/{verdict}")
    return history.do(Ask(f"{verdict} of {refund.id}", refund.id, post))


def _stuck_payments(history: History) -> list[str]:
    """What of the attempts is unknown or hardly begun, hours after the last fault."""
    begun = (Status.CREATED, Status.UNKNOWN)
    return [f"{each.id}: {each.status}" for each in history.payments() if each.status in begun]


def _stuck_refunds(history: History) -> list[str]:
    """What of the refunds is unknown or hardly begun, when Stripe has forgotten their keys."""
    unsure = (RefundStatus.CREATED, RefundStatus.UNKNOWN)
    return [f"{each.id}: {each.status}" for each in history.refunds() if each.status in unsure]


def _end(history: History) -> bool:
    """Give up what is open, decide what waits; say whether there was anything. A debit takes its days."""
    still_open = [each for each in history.payments() if each.status in OPEN and not is_debit(each.method, each.status)]
    open_refunds = [refund for refund in history.refunds() if refund.status not in REFUND_SETTLED]
    for payment in still_open:
        history.note(history.do(history.change("cancel", payment.id)))
    for refund in open_refunds:
        history.note(decide(history, refund))
    return bool(still_open or open_refunds)


def _in_cash(history: History, customer_id: str, owed_minor: dict[str, int]) -> Ask:
    """All that a customer still owes, in one payment."""
    payment_id = f"pay_{history.seed}_end_{customer_id.rpartition('_')[2]}"
    unpaid = [invoice_id for invoice_id, minor in owed_minor.items() if minor > 0]
    amount_minor = sum(owed_minor[each] for each in unpaid)
    wanted = {"payment_id": payment_id, "invoice_ids": unpaid, "method": "cash", "amount_minor": amount_minor}
    words = f"{payment_id}: the last {amount_minor} on {' and '.join(unpaid)} in cash"
    return Ask(words, payment_id, partial(history.office.post, "/payments", wanted))
