"""Paying in parts: they come to exactly what is owed, each is charged once, and a missed one lets the chase go on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from server.business import operations as business
from server.core import clock, queue
from server.core.database import transaction
from server.documents import pdf
from server.dunning import flows, operations, queries, rules
from server.dunning.models import PaymentPlan
from server.dunning.operations import (
    AgreementChanged,
    PaymentPlanDoesNotFit,
    PaymentPlanLive,
    PaymentPlanNotOpen,
)
from server.dunning.rules import Every, HoldKind, Part, PlanStatus, Reason, Source, Tried
from server.invoices import queries as invoices
from server.payments import queries as payment_queries
from server.payments.rules import Channel, Consent, Method
from tests import quebec
from tests.dunning.chase import DUE, TOTAL, Chase
from tests.shop import Shop

TODAY = date(2026, 4, 10)
MORNING = datetime(2026, 4, 10, 15, tzinfo=UTC)  # in Quebec, at any time of the year


@given(
    total_minor=st.integers(60, 10**12),
    count=st.integers(2, 60),
    every=st.sampled_from(Every),
    first_on=st.dates(date(2024, 1, 1), date(2030, 12, 31)),
)
def test_even_parts_come_to_exactly_the_total(total_minor: int, count: int, every: Every, first_on: date) -> None:
    parts = rules.even_parts(total_minor, count=count, first_on=first_on, every=every)
    amounts = [part.amount_minor for part in parts]
    assert (len(parts), sum(amounts), parts[0].due_on) == (count, total_minor, first_on)
    assert max(amounts) - min(amounts) <= 1
    days = [part.due_on for part in parts]
    assert days == sorted(set(days))
    assert rules.fits(parts, total_minor=total_minor, today=first_on, max_parts=60, max_days=31 * 60)


@given(amounts=st.lists(st.integers(1, 10**6), min_size=1), received_minor=st.integers(0, 10**7))
def test_what_comes_pays_the_earliest_part_first_and_nothing_is_lost(amounts: list[int], received_minor: int) -> None:
    parts = [Part(position=n, due_on=TODAY, amount_minor=minor) for n, minor in enumerate(amounts, start=1)]
    gaps = rules.missing(parts, received_minor=received_minor)
    assert sum(gaps) == max(sum(amounts) - received_minor, 0)
    begun = [gap > 0 for gap in gaps]
    assert begun == sorted(begun)


@pytest.mark.parametrize(
    ("parts", "fits"),
    [
        ([(0, 50), (7, 50)], True),
        ([(0, 100)], False),
        ([(0, 50), (7, 49)], False),
        ([(0, 50), (0, 50)], False),
        ([(7, 50), (0, 50)], False),
        ([(-1, 50), (7, 50)], False),
        ([(0, 50), (93, 50)], False),
        ([(0, 100), (7, 0)], False),
        ([(0, 40), (7, 30), (14, 30)], True),
        ([(0, 25), (7, 25), (14, 25), (21, 25)], False),
    ],
)
def test_parts_are_agreed_on_within_limits(parts: list[tuple[int, int]], fits: bool) -> None:
    wanted = [
        Part(position=n, due_on=TODAY + timedelta(days=day), amount_minor=minor)
        for n, (day, minor) in enumerate(parts, start=1)
    ]
    assert rules.fits(wanted, total_minor=100, today=TODAY, max_parts=3, max_days=92) is fits


@pytest.mark.parametrize(
    ("tried", "day", "may"),
    [
        ([], -1, False),
        ([], 0, True),
        ([(0, None, None)], 0, False),
        ([(0, True, None)], 0, True),
        ([(0, False, "insufficient_funds")], 1, False),
        ([(0, False, "insufficient_funds")], 2, True),
        ([(0, False, "insufficient_funds"), (2, False, "insufficient_funds")], 3, False),
        ([(0, False, "insufficient_funds"), (2, False, "insufficient_funds")], 4, True),
        ([(0, False, None), (2, False, None), (4, False, None)], 9, False),
        ([(0, False, "stolen_card")], 9, False),
        ([(0, False, "authentication_required")], 9, False),
    ],
)
def test_a_card_is_charged_again_when_that_may_help(tried: list[Any], day: int, may: bool) -> None:
    part = Part(position=1, due_on=TODAY, amount_minor=100)
    told = [
        Tried(on=TODAY + timedelta(days=on), succeeded=succeeded, failure_code=code) for on, succeeded, code in tried
    ]
    assert rules.may_charge(part, told, today=TODAY + timedelta(days=day)) is may


def draw_up(chase: Chase, *, day: int, plan_id: str = "ppl_1", **more: Any) -> PaymentPlan:
    """Offer three monthly parts from ten days after the due date on, or as told."""
    (case,) = chase.cases()
    wanted: dict[str, Any] = {"count": 3, "first_on": DUE + timedelta(days=10), "every": Every.MONTH, **more}
    return operations.draw_up_plan(
        chase.session,
        case_id=case.id,
        plan_id=plan_id,
        source=wanted.pop("source", Source.OFFICE),
        made_by="staff:stf_1",
        now=chase.at(day),
        **wanted,
    )


def sign(chase: Chase, plan: PaymentPlan, *, day: int, **more: Any) -> PaymentPlan:
    """Sign on the page."""
    wanted = {"signer_name": "Marie Tremblay", "witness_name": None, "saved_card_id": None, **more}
    wanted.setdefault("document_sha256", plan.document_sha256)
    return operations.sign_plan(chase.session, plan_id=plan.id, signed_by="customer", now=chase.at(day), **wanted)


def run(chase: Chase, *, day: int) -> list[Reason | None]:
    """What the worker does on a day."""
    operations.settle_plans(chase.session, now=chase.at(day))
    operations.collect_parts(chase.session, now=chase.at(day))
    return chase.run(day=day)


def test_a_signed_plan_rests_the_case_and_is_completed_by_whatever_comes(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.run(day=1)
    plan = draw_up(chase, day=2)
    assert [part.amount_minor for part in plan.parts] == [7282, 7282, 7281]
    assert run(chase, day=5) == [Reason.PAUSED]
    sign(chase, plan, day=5, witness_name="Anne Roy")
    assert b"%PDF" in pdf.agreement(queries.plan_pdf_facts(plan))
    for day, minor in ((9, 7282), (40, 8000), (71, TOTAL - 15282)):
        chase.pay(invoice, day=day, amount_minor=minor)
        assert run(chase, day=day) in ([Reason.PAUSED], [])
    assert (plan.status, chase.case(day=71)["status"]) == (PlanStatus.COMPLETED, "closed")
    assert chase.reminders() == []


def test_a_missed_part_ends_the_plan_and_the_chase_goes_on(chase: Chase) -> None:
    business.change_settings(chase.session, {"max_broken_promises": 2})
    invoice = chase.invoice()
    chase.run(day=1)
    plan = sign(chase, draw_up(chase, day=2), day=3)
    chase.pay(invoice, day=10, amount_minor=7282)
    assert run(chase, day=45) == [Reason.PAUSED]
    assert run(chase, day=46) == [None]
    assert plan.status is PlanStatus.BROKEN
    assert run(chase, day=46) == [Reason.MESSAGE_UNDER_WAY]
    assert chase.case(day=46)["broken_promises"] == 1
    (reminder,) = chase.reminders()
    assert "145,63" in reminder.text


def test_an_offer_that_nobody_signs_rests_the_case_for_a_week_alone(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=1)
    plan = draw_up(chase, day=2)
    assert run(chase, day=9) == [Reason.PAUSED]
    assert run(chase, day=10) == [None]
    assert plan.status is PlanStatus.CANCELLED
    with pytest.raises(PaymentPlanNotOpen):
        sign(chase, plan, day=10)


def test_what_a_customer_asks_for_rests_nothing_until_the_office_agrees(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=1)
    plan = draw_up(chase, day=2, source=Source.CUSTOMER)
    assert (plan.status, plan.text, run(chase, day=5)) == (PlanStatus.ASKED, None, [None])
    with pytest.raises(PaymentPlanLive):
        draw_up(chase, day=5, plan_id="ppl_2")
    operations.offer_plan(chase.session, plan_id=plan.id, now=chase.at(6))
    assert (plan.status, run(chase, day=12)) == (PlanStatus.OFFERED, [Reason.PAUSED])


def test_only_the_very_text_that_was_offered_is_signed(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=1)
    plan = draw_up(chase, day=2)
    assert plan.text is not None
    assert "72,82" in plan.text
    with pytest.raises(AgreementChanged):
        sign(chase, plan, day=3, document_sha256="0" * 64)
    assert sign(chase, plan, day=3) is sign(chase, plan, day=4)
    assert plan.signed_at == chase.at(3)


def test_a_plan_is_for_what_is_open_and_not_disputed(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=1)
    with pytest.raises(PaymentPlanDoesNotFit):
        draw_up(chase, day=2, count=None, first_on=None, parts=[(DUE + timedelta(days=9), 5), (DUE, 6)])
    with pytest.raises(PaymentPlanDoesNotFit):
        draw_up(chase, day=2, count=13)
    by_date = [(DUE + timedelta(days=9), 1845), (DUE + timedelta(days=20), 20000)]
    assert len(draw_up(chase, day=2, count=None, first_on=None, parts=by_date).parts) == 2


@pytest.fixture
def saved(shop: Shop) -> str:
    """The customer of a shop whose card is kept; its id."""
    invoice = shop.invoice()
    with transaction() as session:
        shown = payment_queries.consent_of(session, language="fr")
    agreed = Consent(text_sha256=shown["text_sha256"], language="fr", said_by="Marie Tremblay", channel=Channel.READER)
    shop.collect(invoice, "pay_first", consent=agreed)
    shop.press("tap")
    shop.ask("pay_first")
    with transaction() as session:
        (card,) = payment_queries.list_saved_cards(session, ["cus_1"])
    return card.id


def agree(shop: Shop, card_id: str, *, plan_id: str = "ppl_1") -> PaymentPlan:
    """Be late with an invoice, and agree on two weekly parts by card from tomorrow on."""
    with transaction() as session:
        quebec.start_chasing(session)
    shop.invoice()
    shop.pass_time(days=31)
    shop.pass_time(seconds=(MORNING - clock.now()) % timedelta(days=1) // timedelta(seconds=1))
    now = clock.now()
    with transaction() as session:
        operations.plan(session, today=queries.today_of(session, now=now), now=now)
        (case,) = queries.find_open_cases(session).values()
        plan = operations.draw_up_plan(
            session,
            case_id=case.id,
            plan_id=plan_id,
            count=2,
            first_on=queries.today_of(session, now=now) + timedelta(days=1),
            every=Every.WEEK,
            source=Source.OFFICE,
            made_by="staff:stf_1",
            now=now,
        )
        return operations.sign_plan(
            session,
            plan_id=plan_id,
            document_sha256=plan.document_sha256 or "",
            signer_name="Marie Tremblay",
            witness_name=None,
            saved_card_id=card_id,
            signed_by="customer",
            now=now,
        )


def charge(times: int = 1) -> list[tuple[int, int, bool | None, str | None]]:
    """Charge what is due, so often; return every charge: part, attempt, whether it succeeded, why not."""
    for _ in range(times):
        flows.charge_part(plan_id="ppl_1", now=clock.now())
    with transaction() as session:
        charges = queries.list_charges(session, "ppl_1")
        outcomes = queries.tried(session, charges, time_zone="America/Toronto")
    return [
        (each.position, each.attempt, outcome.succeeded, outcome.failure_code)
        for each, outcome in zip(charges, outcomes, strict=True)
    ]


def test_the_card_is_charged_on_the_day_and_never_twice_for_one_part(shop: Shop, saved: str) -> None:
    agree(shop, saved)
    before_minor = shop.captured()
    assert charge(2) == []
    shop.pass_time(days=1)
    assert charge(3) == [(1, 1, True, None)]
    assert shop.captured() - before_minor == 10923
    shop.pass_time(days=7)
    assert charge(2) == [(1, 1, True, None), (2, 1, True, None)]
    assert shop.captured() - before_minor == Shop.TOTAL
    with transaction() as session:
        operations.settle_plans(session, now=clock.now())
        assert queries.get_payment_plan(session, "ppl_1").status is PlanStatus.COMPLETED


def test_while_stripe_is_away_no_card_is_said_to_have_been_declined(shop: Shop, saved: str) -> None:
    plan = agree(shop, saved)
    shop.pass_time(days=1)
    with transaction() as session:
        invoice = invoices.get_invoice(session, next(iter(plan.owed)))
    shop.collect(invoice, "pay_page", method=Method.PAY_LINK, amount_minor=1000)
    shop.fault("drop_before", "/v1/checkout/sessions/*", times=3)
    assert charge() == []
    assert charge() == [(1, 1, True, None)]


def test_an_answer_that_was_lost_is_never_a_second_charge(shop: Shop, saved: str) -> None:
    agree(shop, saved)
    before_minor = shop.captured()
    shop.pass_time(days=1)
    shop.fault("drop_after", "*/confirm", times=3)
    assert [each[:3] for each in charge(3)] == [(1, 1, None)]
    shop.pass_time(minutes=5)
    shop.resolve_open()
    assert charge() == [(1, 1, True, None)]
    assert shop.captured() - before_minor == 10923


def test_a_declined_card_is_told_of_and_charged_again_two_days_later(shop: Shop, saved: str) -> None:
    agree(shop, saved)
    shop.pass_time(days=1)
    shop.fault("card_declined", "*/confirm")
    assert [each[:3] for each in charge(2)] == [(1, 1, False)]
    with transaction() as session:
        operations.collect_parts(session, now=clock.now())
    assert "a été refusée" in shop.text_of("arrangement")
    shop.pass_time(days=1)
    assert len(charge()) == 1
    shop.pass_time(days=1)
    assert [each[:3] for each in charge()] == [(1, 1, False), (1, 2, True)]


def test_a_bank_that_wants_the_holder_gets_no_second_charge_and_the_customer_a_link(shop: Shop, saved: str) -> None:
    agree(shop, saved)
    shop.pass_time(days=1)
    shop.fault("authentication_required", "*/confirm")
    assert charge(2) == [(1, 1, False, "authentication_required")]
    assert len(shop.written("confirmation")) == 1
    shop.pass_time(days=3)
    assert len(charge()) == 1


def test_by_old_news_no_card_is_charged_and_nobody_is_reminded_of_a_part(shop: Shop, saved: str) -> None:
    agree(shop, saved)
    late = text("INSERT INTO scheduled_runs (task_name, due_at, done_at) VALUES ('payments.resolve_open', :at, :at)")
    with transaction() as session:
        session.execute(late, {"at": clock.now()})
    shop.pass_time(days=1)
    with transaction() as session:
        operations.collect_parts(session, now=clock.now())
    assert charge() == []
    assert "1 sur 2" not in "".join(shop.written("arrangement"))
    with transaction() as session:
        queue.note_done(session, "payments.resolve_open", at=clock.now())
    assert charge() == [(1, 1, True, None)]


def test_whatever_else_rests_the_case_no_card_is_charged(shop: Shop, saved: str) -> None:
    plan = agree(shop, saved)
    shop.pass_time(days=1)
    with transaction() as session:
        operations.place_hold(
            session,
            case_id=plan.case_id,
            hold_id="hld_1",
            kind=HoldKind.LEGAL,
            reason="Bankrupt",
            until_on=None,
            owner="staff:stf_1",
            now=clock.now(),
        )
        operations.collect_parts(session, now=clock.now())
    assert charge() == []
    assert "1 sur 2" not in "".join(shop.written("arrangement"))
