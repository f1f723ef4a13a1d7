"""What happens by itself when its moment comes."""

from collections.abc import Callable

from server.sandbox import charges, checkout, disputes, intents, payouts, presenting, refunds
from server.sandbox.state import State

HAPPENINGS: dict[str, Callable[[State, str], object]] = {
    "settle": charges.settle,
    "fail_refund": refunds.fail,
    "expire_authorization": intents.run_out,
    "expire_session": checkout.run_out,
    "debit": checkout.debited,
    "authorize": presenting.authorize,
    "dispute": disputes.begin,
    "inquire": disputes.inquire,
    "end_dispute": disputes.end,
    "win_dispute": disputes.win,
    "lose_dispute": disputes.lose,
    "arrive": payouts.arrive,
}


def fire_due(state: State) -> None:
    """Let everything due by now happen, in order, and whatever that makes due."""
    while True:
        due = [timer for timer in state.timers if timer["due"] <= state.clock.now()]
        if not due:
            return
        timer = min(due, key=lambda timer: (timer["due"], timer["number"]))
        state.timers.remove(timer)
        HAPPENINGS[timer["kind"]](state, timer["subject"])
        state.touched()
