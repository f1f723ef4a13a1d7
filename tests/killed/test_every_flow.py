"""kill -9 at every step of every flow: nothing is lost, nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from server.audit import flows as audit
from server.audit.rules import Check
from server.chargebacks import flows as chargebacks
from server.contacts import flows as contacts
from server.core import clock
from server.core.errors import Problem
from server.dunning import flows as dunning
from server.ledger.rules import Kind
from server.payments import flows as payments
from server.payouts import flows as payouts
from server.statements import flows as statements
from server.terminal import flows as terminal
from tests.killed import bookkeeping, cards, chasing, collecting, giving_back, keeping, phones, transfers
from tests.killed.flows import IN_SOAK, SCENARIOS, Flow, Scenario, every_flow
from tests.killed.mortal import lives
from tests.messages.conftest import MailServer, mail_server
from tests.shop import Shop

# The modules hold the scenarios; the fixture is one here too.
__all__ = [
    "bookkeeping",
    "cards",
    "chasing",
    "collecting",
    "giving_back",
    "keeping",
    "mail_server",
    "phones",
    "transfers",
]
MORE_STEPS_THAN_THERE_ARE = 200
NOT_HERE = (Check.MESSAGE_ON_ITS_WAY,)  # nobody delivers mail here


# These hand on to flows that are killed. What `dunning.deliver` takes back before that is one transaction.
HANDED_ON = {
    *(terminal.begin, terminal.cancel, terminal.capture, terminal.change_receipt),
    *(payments.ask_open, payments.check, dunning.deliver),
}
WRITES_NOTHING = {statements.read}


def test_every_flow_is_killed() -> None:
    assert every_flow() - HANDED_ON - WRITES_NOTHING == {flow for flow, _ in SCENARIOS}


def work(shop: Shop) -> None:
    """Let the worker look after what was left behind."""
    shop.pass_time(minutes=5)
    shop.resolve_open()


def end_the_day() -> None:
    """Let the worker look for what no event told: what Stripe kept, what banks took, what was paid out."""
    now = clock.now()
    payments.learn_missing_fees(now=now)
    chargebacks.look(now=now)
    payouts.look(now=now)
    contacts.seal_all()


def told() -> Iterator[object]:
    """Every scenario: the first of each flow for every run of the tests, what else may happen to it for `make soak`."""
    seen = set(IN_SOAK)
    for flow, scenario in SCENARIOS:
        yield pytest.param(flow, scenario, id=scenario.__name__, marks=[pytest.mark.soak] if flow in seen else [])
        seen.add(flow)


@pytest.mark.parametrize(("flow", "scenario"), list(told()))
def test_a_process_may_die_anywhere(shop: Shop, mail_server: MailServer, flow: Flow, scenario: Scenario) -> None:
    """Every second time people ask again a second later, else the worker comes by first."""
    for step in range(1, MORE_STEPS_THAN_THERE_ARE):
        plan = scenario(shop, mail_server, step)
        survived = lives(step, flow, plan.wanted)
        shop.pass_time(seconds=1)
        if step % 2:
            work(shop)
        with suppress(Problem):  # what was done already may refuse to be done again
            flow(**{**plan.wanted, **({"now": clock.now()} if "now" in plan.wanted else {})})
        work(shop)
        plan.finish()
        assert shop.books(Kind.CUSTOMER_CREDIT) == 0
        if survived:
            assert step > 1, "its steps were not seen"
            break
    else:
        pytest.fail("it has no end")
    end_the_day()
    found = audit.check(now=clock.now())
    assert [each for each in found if each.check not in NOT_HERE] == []
