"""Every way to go on with a case, the one that the figures speak for first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.dunning.rules.plans import Channel
from server.dunning.rules.pursuing import costs, worth
from server.dunning.rules.recovery import curve, enough
from server.referrals.rules import AgencyKind, Collector, Score, ways

HANDOVER = costs().handover_minor


def score(ended: int, recovered_minor: int) -> Score:
    done = {"ended": ended, "ended_referred_minor": ended * 1000, "ended_recovered_minor": recovered_minor}
    told = {"referrals": ended, "still_there": 0, "referred_minor": 0, "recovered_minor": 0, "commission_minor": 0}
    return Score(agency_id="agc_1", currency="CAD", **told, **done)


def agency(commission_bp: int = 2500, told: Score | None = None) -> Collector:
    return Collector(agency_id="agc_1", kind=AgencyKind.AGENCY, name="Nord", commission_bp=commission_bp, score=told)


@pytest.mark.parametrize(
    ("amount_minor", "left", "first"),
    [
        (100_000, [Channel.EMAIL], "pursue"),  # an e-mail costs nothing
        (100_000, [], "agency"),  # the plan has ended
        (100_000, [Channel.CALL] * 40, "agency"),  # the calls cost more than their commission
        (1_000, [], "write_off"),  # half an hour of handing over costs more than it brings
        (1_000, [Channel.CALL] * 2, "write_off"),
    ],
)
def test_the_figures_speak_for_what_leaves_most(amount_minor: int, left: list[Channel], first: str) -> None:
    found = worth([(amount_minor, 180)], left, shares=curve(), currency="CAD", home="CAD")
    assert ways(found, [agency()])[0].kind == first


def test_an_agency_is_judged_by_its_own_record_once_that_is_long_enough() -> None:
    owed = worth([(100_000, 180)], [], shares=curve(), currency="CAD", home="CAD")
    for ended, expected_minor, record in ((enough().invoices - 1, 51_300, None), (enough().invoices, 80_000, 30)):
        (through,) = [way for way in ways(owed, [agency(told=score(ended, ended * 800))]) if way.agency_id]
        assert (through.expected_minor, through.record) == (expected_minor, record)
        assert through.cost_minor == expected_minor // 4 + HANDOVER


@given(st.integers(0, 10**8), st.integers(0, 1500), st.integers(0, 10_000), st.lists(st.sampled_from(Channel)))
def test_nothing_is_proposed_that_costs_more_than_letting_go(
    amount_minor: int, days_late: int, commission_bp: int, left: list[Channel]
) -> None:
    owed = worth([(amount_minor, days_late)], left, shares=curve(), currency="CAD", home="CAD")
    found = ways(owed, [agency(commission_bp)])
    assert found[0].net_minor >= 0
    assert [way.net_minor for way in found] == sorted((way.net_minor for way in found), reverse=True)
