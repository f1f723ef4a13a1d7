"""How a customer is classed, as a table; what follows for the terms, as another."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.risk.rules import Paid, Record, classify, explain, propose, weighted_days
from server.standing.rules import Agreed, ClassPolicy, PayerType, Policy, RiskClass, Standing, terms

TODAY = date(2026, 3, 2)


def paid(*days: int) -> list[Paid]:
    return [Paid(days_late=day, amount_minor=10000) for day in days]


@pytest.mark.parametrize(
    ("record", "risk_class", "slips"),
    [
        (Record(), RiskClass.NEW_UNKNOWN, False),
        (Record(paid=paid(0, 0)), RiskClass.NEW_UNKNOWN, False),
        (Record(paid=paid(0, 0, 0)), RiskClass.ORDINARY, False),
        (Record(paid=paid(0, 0, 0, 0, 0)), RiskClass.ORDINARY, False),
        (Record(paid=paid(*[5] * 6)), RiskClass.RELIABLE, False),
        (Record(paid=paid(*[6] * 6)), RiskClass.ORDINARY, False),
        (Record(paid=paid(*[-30] * 6)), RiskClass.RELIABLE, False),
        (Record(paid=paid(*[15] * 6)), RiskClass.SLOW_BUT_SURE, False),
        (Record(paid=paid(*[45] * 6)), RiskClass.SLOW_BUT_SURE, False),
        (Record(paid=paid(*[46] * 6)), RiskClass.ORDINARY, False),
        (Record(paid=paid(5, 60, 5, 60, 5, 60)), RiskClass.ORDINARY, False),
        (Record(paid=paid(*[2] * 8, 8)), RiskClass.RELIABLE, True),
        (Record(paid=paid(*[2] * 8, 7)), RiskClass.RELIABLE, False),
        (Record(paid=paid(*[2] * 8), running=[20]), RiskClass.RELIABLE, True),
        (Record(paid=paid(*[2] * 8, 20, 25), running=[30]), RiskClass.DETERIORATING, False),
        (Record(paid=paid(*[2] * 8, 20, 2, 30)), RiskClass.ORDINARY, False),
        (Record(paid=paid(0, 0, 0, 0), open_minor=100, signals=["promise_broken"]), RiskClass.HIGH, False),
        (Record(paid=paid(*[0] * 9), open_minor=100, signals=["promise_broken"]), RiskClass.RELIABLE, True),
        (Record(paid=paid(*[0] * 9), open_minor=100, signals=["promise_broken"] * 2), RiskClass.HIGH, False),
        (Record(paid=paid(*[0] * 9), open_minor=100, signals=["payment_reversed"]), RiskClass.HIGH, False),
    ],
)
def test_the_class_follows_from_how_they_paid(record: Record, risk_class: RiskClass, slips: bool) -> None:
    verdict = classify(record)
    assert (verdict.risk_class, verdict.slips) == (risk_class, slips)
    for locale in ("fr_CA", "en_CA"):
        assert "%(" not in explain(locale, verdict.risk_class, verdict.facts)


@pytest.mark.parametrize(
    ("record", "payer_type"),
    [
        (Record(running=[10]), PayerType.UNKNOWN),
        (Record(running=[61]), PayerType.NON_PAYER),
        (Record(running=[61], in_parts=True), PayerType.SHORT_OF_CASH),
        (Record(paid=paid(0), broken_promises=2), PayerType.WILFUL),
        (Record(paid=paid(0), running=[5], in_parts=True), PayerType.SHORT_OF_CASH),
    ],
)
def test_why_they_do_not_pay_is_suggested(record: Record, payer_type: PayerType) -> None:
    assert classify(record).payer_type is payer_type


@given(st.lists(st.builds(Paid, days_late=st.integers(-40, 90), amount_minor=st.integers(1, 10**6)), min_size=1))
def test_the_average_is_what_counting_each_cent_gives(invoices: list[Paid]) -> None:
    exact = Decimal(sum(each.days_late * each.amount_minor for each in invoices)) / sum(
        each.amount_minor for each in invoices
    )
    found = weighted_days(invoices)
    assert found is not None
    assert abs(found - exact) <= Decimal("0.05")


HOUSE = Policy(
    classes={
        RiskClass.NEW_UNKNOWN: ClassPolicy(up_front_percent=30, limit_minor=50000),
        RiskClass.HIGH: ClassPolicy(up_front_percent=100, do_not_book=True),
    }
)


@pytest.mark.parametrize(
    ("said", "standing", "percent", "because"),
    [
        ({}, Standing.OK, 30, "policy"),
        ({"open_minor": 50000}, Standing.OK, 30, "policy"),
        ({"open_minor": 50001}, Standing.HOLD, 100, "over_limit"),
        ({"agreed": Agreed(limit_minor=90000), "open_minor": 50001}, Standing.OK, 30, "policy"),
        ({"agreed": Agreed(up_front_percent=0)}, Standing.OK, 0, "agreed"),
        ({"agreed": Agreed(do_not_book=True)}, Standing.STOP, 100, "agreed"),
        ({"risk_class": RiskClass.RELIABLE}, Standing.OK, 0, "usual"),
        ({"risk_class": RiskClass.RELIABLE, "slips": True}, Standing.WATCH, 0, "slips"),
        ({"risk_class": RiskClass.DETERIORATING}, Standing.WATCH, 0, "slips"),
        ({"risk_class": RiskClass.HIGH}, Standing.STOP, 100, "policy"),
        ({"risk_class": RiskClass.HIGH, "agreed": Agreed(do_not_book=False)}, Standing.OK, 100, "policy"),
        ({"risk_class": RiskClass.HIGH, "exception_until_on": TODAY}, Standing.WATCH, 0, "exception"),
        ({"risk_class": RiskClass.HIGH, "exception_until_on": date(2026, 3, 1)}, Standing.STOP, 100, "policy"),
    ],
)
def test_the_terms_follow_from_class_policy_agreement_and_exception(
    said: dict[str, Any], standing: Standing, percent: int, because: str
) -> None:
    usual: dict[str, Any] = {"risk_class": RiskClass.NEW_UNKNOWN, "agreed": Agreed(), "open_minor": 0, "slips": False}
    found = terms(HOUSE, **{**usual, "exception_until_on": None, **said}, today=TODAY)
    assert (found.standing, found.up_front_percent, found.because) == (standing, percent, because)


@pytest.mark.parametrize(
    ("risk_class", "payer_type", "standing", "percent", "because"),
    [
        (RiskClass.RELIABLE, PayerType.UNKNOWN, Standing.OK, 0, None),
        (RiskClass.RELIABLE, PayerType.UNKNOWN, Standing.OK, 30, "best"),
        (RiskClass.RELIABLE, PayerType.UNKNOWN, Standing.HOLD, 100, "best"),
        (RiskClass.DETERIORATING, PayerType.UNKNOWN, Standing.WATCH, 0, "worst"),
        (RiskClass.ORDINARY, PayerType.WILFUL, Standing.OK, 0, "worst"),
        (RiskClass.NEW_UNKNOWN, PayerType.NON_PAYER, Standing.OK, 0, "never_paid"),
        (RiskClass.HIGH, PayerType.NON_PAYER, Standing.STOP, 100, None),
    ],
)
def test_other_terms_are_proposed_for_the_best_and_the_worst(
    risk_class: RiskClass, payer_type: PayerType, standing: Standing, percent: int, because: str | None
) -> None:
    found = propose(risk_class, payer_type, standing=standing, limit_minor=1000, up_front_percent=percent)
    assert (found and found.because) == because
    assert found is None or because != "best" or found.limit_minor == 1500


def test_who_pays_early_is_said_to_pay_before_the_due_date() -> None:
    facts = {"paid": 4, "average_days": "-15.5"}
    assert explain("en", RiskClass.RELIABLE, facts) == "4 invoices paid, on average 15.5 days before the due date."
