"""How a batch of histories ends: nothing breaks any more, what was begun comes to an end, what is owed is paid."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from server.payments.rules import KEY_LIFE, OPEN, RefundStatus, Status, is_debit
from server.payments.rules.refunding import REFUND_SETTLED
from tests.simulation.desk import decide, decide_lines, decide_payout, is_undecided, take_all_in
from tests.simulation.history import Account, Ask, History, account_of
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
    for history in histories:
        for words in take_all_in(history):
            history.note(words)
    for _ in range(ROUNDS):
        open_before = [_end(history) for history in histories]
        if not any(open_before):
            break
        world.pass_time(seconds=600)
    world.pass_time(seconds=LATE_SECONDS)
    for history in histories:
        for account in history.accounts:
            theirs = [invoice for invoice in history.invoices if account_of(invoice) == account]
            owed_minor = {invoice["id"]: history.owed_minor(invoice) for invoice in theirs}
            if any(minor > 0 for minor in owed_minor.values()):
                history.note(history.do(_in_cash(history, account, owed_minor)))
    world.settle()


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
    open_payouts = [payout for payout in history.payouts() if is_undecided(payout)]
    for payment in still_open:
        history.note(history.do(history.change("cancel", payment.id)))
    for refund in open_refunds:
        history.note(decide(history, refund))
    for payout in open_payouts:
        history.note(decide_payout(history, payout))
    at_the_bank = decide_lines(history)
    for words in at_the_bank:
        history.note(words)
    return bool(still_open or open_refunds or open_payouts or at_the_bank)


def _in_cash(history: History, account: Account, owed_minor: dict[str, int]) -> Ask:
    """All that a customer still owes in a currency, in one payment."""
    customer_id, currency = account
    payment_id = f"pay_{history.seed}_end_{customer_id.rpartition('_')[2]}_{currency}"
    unpaid = [invoice_id for invoice_id, minor in owed_minor.items() if minor > 0]
    amount_minor = sum(owed_minor[each] for each in unpaid)
    wanted = {"payment_id": payment_id, "invoice_ids": unpaid, "method": "cash", "amount_minor": amount_minor}
    words = f"{payment_id}: the last {amount_minor} {currency} on {' and '.join(unpaid)} in cash"
    return Ask(words, payment_id, partial(history.office.post, "/payments", wanted))
