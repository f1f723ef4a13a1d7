"""How a customer pays changes what the plan does to them, from the night it is known on."""

from __future__ import annotations

from server.business import operations as business
from server.dunning import operations
from server.dunning.rules import Source
from server.risk import operations as risk
from tests.dunning.chase import TOTAL, Chase


def pay_six(chase: Chase, *, late: int) -> None:
    """Pay six invoices so many days after their due date."""
    for _ in range(6):
        chase.pay(chase.invoice(), day=late)


def review(chase: Chase, *, day: int) -> None:
    """Do the nightly review."""
    risk.review(chase.session, customer_ids=["cus_1"], now=chase.at(day))


def promise(chase: Chase, number: int, *, day: int) -> None:
    """Promise to pay everything by the next day."""
    (case,) = chase.cases()
    operations.promise(
        chase.session,
        case_id=case.id,
        promise_id=f"prm_{number}",
        amount_minor=None,
        due_on=chase.at(day + 1).date(),
        source=Source.OFFICE,
        made_by="staff:anne",
        now=chase.at(day),
    )


def test_the_case_follows_the_class_and_says_when_it_changed_and_what_was_passed_over(chase: Chase) -> None:
    business.change_settings(chase.session, {"max_broken_promises": 9})
    invoice = chase.invoice()
    review(chase, day=0)
    chase.run(day=1)
    shown = chase.case(day=1)
    assert (shown["risk_class"], shown["step"], shown["usual_on"]) == ("new_unknown", 1, None)
    promise(chase, 1, day=6)
    operations.decide_promises(chase.session, now=chase.at(8))
    review(chase, day=8)
    for _ in range(2):
        chase.run(day=8)
    assert [(each.step, each.status, each.skipped_because) for each in chase.actions()] == [
        (1, "done", None),
        (2, "skipped", "risk_class"),
        (3, "skipped", "risk_class"),
        (4, "claimed", None),
    ]
    shown = chase.case(day=8)
    assert [move.because for move in shown["transitions"]] == ["past_due", "class:new_unknown:high"]
    chase.pay(invoice, day=9, amount_minor=TOTAL)
    chase.run(day=9)
    assert chase.cases()[0].closed_because == "paid"


def test_the_reliable_may_break_one_promise_and_the_second_goes_to_a_person(chase: Chase) -> None:
    pay_six(chase, late=2)
    chase.invoice()
    review(chase, day=1)
    chase.run(day=1)
    shown = chase.case(day=1)
    assert (shown["risk_class"], shown["usual_on"]) == ("reliable", chase.at(2).date())
    for number, day, status in ((1, 1, "active"), (2, 4, "referral_pending")):
        promise(chase, number, day=day)
        operations.decide_promises(chase.session, now=chase.at(day + 2))
        review(chase, day=day + 2)
        chase.run(day=day + 2)
        assert chase.case(day=day + 2)["status"] == status
    assert chase.case(day=6)["risk_class"] == "high"
