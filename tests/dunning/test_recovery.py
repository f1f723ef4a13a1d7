"""Our own debts replace the published curve: age by age, in one currency, from enough of them on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.dunning import operations, queries
from server.dunning.models import RecoveryCohort
from server.dunning.rules.recovery import Cohort, counted_on, curve, enough
from server.write_offs import operations as write_offs
from tests import quebec
from tests.dunning.chase import TOTAL, Chase

SPANS = curve().spans
OWN = Cohort(
    currency="CAD",
    from_days=90,
    to_days=180,
    invoices=30,
    customers=10,
    open_minor=10_000,
    collected_minor=8_000,
    first_on=date(2025, 1, 1),
    last_on=date(2025, 6, 30),
)
COLLECTED = st.lists(st.integers(0, 10_000), min_size=len(SPANS), max_size=len(SPANS))


def test_without_own_debts_the_published_curve_stays_to_the_digit() -> None:
    found = curve().with_own([])
    assert [(days, share.normalize()) for days, share in found.points] == list(curve().points)


@pytest.mark.parametrize(("invoices", "customers", "counts"), [(30, 10, True), (29, 10, False), (30, 9, False)])
def test_a_cohort_counts_from_so_many_invoices_of_so_many_customers(
    invoices: int, customers: int, counts: bool
) -> None:
    found = curve().with_own([replace(OWN, invoices=invoices, customers=customers)])
    # Of what is open at 90 days four fifths come in before 180; of the rest the published 51.3 % come later.
    expected = 1 - Decimal("0.2") * (1 - Decimal("0.513")) if counts else Decimal("0.689")
    assert found.share(90) == expected
    assert (found.share(180), found.share(365)) == (Decimal("0.513"), Decimal("0.214"))


@given(COLLECTED, st.integers(0, 900), st.integers(0, 400))
def test_whatever_was_collected_an_older_debt_is_never_worth_more(collected: list[int], days: int, more: int) -> None:
    own = [
        replace(OWN, from_days=start, to_days=end, collected_minor=minor)
        for (start, end), minor in zip(SPANS, collected, strict=True)
    ]
    found = curve().with_own(own)
    assert 1 >= found.share(days) >= found.share(days + more) >= 0


def test_what_is_counted_ends_with_the_month_before() -> None:
    assert counted_on(date(2028, 3, 1)) == counted_on(date(2028, 3, 31)) == date(2028, 2, 29)


def test_what_came_in_by_age_follows_from_the_books_of_that_day(chase: Chase) -> None:
    paid_early, paid_late, let_go, _open = (chase.invoice() for _ in range(4))
    young = chase.invoice(due=30)
    chase.pay(paid_early, day=0)
    chase.pay(paid_late, day=60, amount_minor=10_000)
    asked: dict[str, Any] = {"customer_id": "cus_1", "currency": "CAD", "reason": "Gone", "now": chase.at(70)}
    chase.pay(paid_late, day=90, amount_minor=TOTAL - 10_000)
    chase.pay(young, day=95)
    write_offs.ask(chase.session, write_off_id="wof_1", asked_by="staff:anne", **asked)
    write_offs.agree(chase.session, write_off_id="wof_1", agreed_by="staff:sup", now=chase.at(95))
    last = chase.at(100).date()
    assert queries.count_cohorts(chase.session, on=chase.at(89).date()) == []
    (found,) = queries.count_cohorts(chase.session, on=last)
    # What was paid on the due date never was open past it; what was let go was open, and came to nothing.
    assert (found.from_days, found.invoices, found.customers, found.open_minor, found.collected_minor) == (
        0, 3, 1, 3 * TOTAL, TOTAL,
    )  # fmt: skip
    write_offs.reinstate(
        chase.session, write_off_id="wof_1", invoice_id=let_go.id, reinstated_by="staff:anne", now=chase.at(150)
    )
    chase.pay(let_go, day=150)
    assert queries.count_cohorts(chase.session, on=last) == [found]
    older = queries.count_cohorts(chase.session, on=chase.at(180).date())
    assert [(each.from_days, each.open_minor, each.collected_minor) for each in older] == [
        (0, 4 * TOTAL, 2 * TOTAL),
        (90, 2 * TOTAL, TOTAL),
    ]


def test_currencies_are_never_mixed_and_what_is_kept_is_what_is_counted(chase: Chase) -> None:
    for number in range(enough().customers):
        quebec.add_customer(chase.session, f"cus_x{number}", email=f"x{number}@example.com")
        for _ in range(3):
            chase.pay(chase.invoice(customer_id=f"cus_x{number}"), day=10)
    day = chase.at(130)
    before = queries.curves(chase.session, on=day.date())
    assert before["CAD"].cohorts[0].is_enough
    assert before["EUR"] == curve()
    operations.keep_cohorts(chase.session, now=day)
    operations.keep_cohorts(chase.session, now=day + timedelta(days=1))
    assert chase.session.query(RecoveryCohort).count() == 1
    assert queries.curves(chase.session, on=day.date())["CAD"] == before["CAD"]
