"""Whether pursuing a debt is worth it: what can be expected, less what the steps that are left cost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.dunning import queries
from server.dunning.models import Proposal
from server.dunning.rules.plans import Channel
from server.dunning.rules.pursuing import Effort, Worth, costs, effort, worth
from server.dunning.rules.recovery import curve
from tests import quebec
from tests.dunning.chase import Chase

LETTER = costs().total_minor(Effort(letters=1))


def of(amount_minor: int, days_late: int, *ways: Channel, currency: str = "CAD") -> Worth:
    return worth([(amount_minor, days_late)], ways, shares=curve(), currency=currency, home="CAD")


def test_an_old_small_debt_is_not_worth_a_letter_and_is_always_worth_an_e_mail() -> None:
    assert LETTER == 565
    assert of(6000, 730, Channel.LETTER).net_minor == 540 - LETTER  # 9 % of 60.00
    assert not of(6000, 730, Channel.LETTER).is_worth_it
    assert of(6000, 90, Channel.LETTER).is_worth_it
    assert of(0, 730, Channel.EMAIL).is_worth_it
    assert (of(6000, 90, Channel.EMAIL, Channel.REFERRAL).steps_left, of(6000, 90).steps_left) == (1, 0)


def test_costs_in_one_currency_are_never_set_against_debts_in_another() -> None:
    abroad = of(100, 730, Channel.CALL, currency="EUR")
    assert (abroad.cost_minor, abroad.is_worth_it, abroad.effort.calls) == (0, True, 1)


@given(st.integers(0, 10**9), st.integers(-30, 2000), st.lists(st.sampled_from(Channel)))
def test_what_is_left_never_exceeds_what_is_owed(amount_minor: int, days_late: int, ways: list[Channel]) -> None:
    found = of(amount_minor, days_late, *ways)
    assert found.net_minor <= found.expected_minor <= amount_minor
    assert found.cost_minor == costs().total_minor(effort(ways)) >= 0


def test_a_person_is_asked_before_money_is_spent_on_what_will_not_come(chase: Chase) -> None:
    quebec.add_customer(chase.session, "cus_2", email=None, phone=None)
    price = [quebec.line(unit_price_minor=300)]
    chase.invoice(customer_id="cus_2", lines=price)
    chase.run(day=6)
    (case,) = chase.cases()
    (proposal,) = chase.session.query(Proposal)
    # 6.90 CAD at 97 %, against four letters.
    assert (case.status, proposal.because, proposal.kind) == ("referral_pending", "exit:not_worth", "either")
    assert proposal.worth is not None
    assert (proposal.open_minor, proposal.worth["expected_minor"]) == (690, 676)
    assert (proposal.worth["effort"], proposal.worth["cost_minor"]) == (
        {"calls": 0, "letters": 4, "texts": 0}, 4 * LETTER,
    )  # fmt: skip
    assert chase.reminders() == []
    owed = queries.list_open(chase.session, queries.of_debtors([("cus_2", "CAD")]))["cus_2", "CAD"]
    assert queries.worth_of(chase.session, case, owed, today=chase.at(6).date()).net_minor < 0
