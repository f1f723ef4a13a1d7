"""Remind of the parts of payment plans, and charge the saved card for them: once for each attempt."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from server.core import ids, queue
from server.dunning import queries, rules
from server.dunning.models import Case, InstalmentCharge, PaymentPlan
from server.dunning.operations.telling import tell
from server.dunning.rules import PauseKind, PlanStatus
from server.payments import queries as payments


def collect_parts(session: Session, *, now: datetime) -> None:
    """Remind of the parts that come due, and defer the charge of each plan whose card may have to be charged. Where a
    case rests for another reason too, nothing goes out and nothing is charged; nor while the payment feed is behind:
    by old news a part may be paid already."""
    today, time_zone = queries.today_in(session, now=now)
    if now.astimezone(ZoneInfo(time_zone)).hour not in rules.OPEN_HOURS:
        return
    if queries.stale_since(session, now=now) is not None:
        return
    for plan in queries.list_live_plans(session):
        case = queries.get_case(session, plan.case_id)
        if plan.status is PlanStatus.ACTIVE and not _rests_otherwise(session, case, now=now):
            _remind(session, case, plan, now=now)
            _tell_declined(session, case, plan, now=now)
            if any(part.due_on <= today for part in plan.parts) and plan.saved_card_id is not None:
                queue.defer(session, "dunning.charge_part", plan_id=plan.id)


def _rests_otherwise(session: Session, case: Case, *, now: datetime) -> bool:
    today = queries.today_of(session, now=now)
    pauses = queries.list_pauses(session, [case], today=today).get(case.id, [])
    return case.status in rules.QUIET or any(pause.kind is not PauseKind.PLAN for pause in pauses)


def _remind(session: Session, case: Case, plan: PaymentPlan, *, now: datetime) -> None:
    """Write before the day of a part, and on it where no card is charged: once each."""
    today = queries.today_of(session, now=now)
    card = queries.find_chargeable(session, plan)
    parts = queries.parts_of(plan)
    gaps = rules.missing(parts, received_minor=queries.received_for(session, [plan])[plan.id])
    for part, gap in zip(parts, gaps, strict=True):
        if not gap or not part.due_on - rules.REMIND_BEFORE <= today <= part.due_on:
            continue
        when = "before" if today < part.due_on else "due"
        if when == "due" and card is not None:
            continue
        letter = partial(
            _part_letter, part=part, count=len(parts), gap=gap, currency=plan.currency, card=queries.shown_card(card)
        )
        tell(session, case.customer_id, key=f"plan:{plan.id}:{part.position}:{when}", letter=letter, now=now)


def _part_letter(
    locale: str, name: str, *, part: rules.Part, count: int, gap: int, currency: str, card: str | None
) -> rules.Letter:
    return rules.part_letter(
        part=part, count=count, missing_minor=gap, currency=currency, card=card, locale=locale, business=name
    )


def begin_charge(session: Session, *, plan_id: str, now: datetime) -> tuple[InstalmentCharge, str] | None:
    """Write down the next charge of a plan's card that is due, or return the one whose payment was not begun yet, with
    the card's id; None where there is nothing to charge now. Raises NoSuchPaymentPlan."""
    case = queries.get_case(session, queries.get_payment_plan(session, plan_id).case_id, lock=True)
    plan = queries.get_payment_plan(session, plan_id, lock=True)
    card = queries.find_chargeable(session, plan)
    if plan.status is not PlanStatus.ACTIVE or card is None or _rests_otherwise(session, case, now=now):
        return None
    if queries.stale_since(session, now=now) is not None:
        return None
    today, time_zone = queries.today_in(session, now=now)
    charges = queries.list_charges(session, plan_id)
    begun = next((each for each in charges if queries.is_unbegun(session, each)), None)
    if begun is not None:
        return begun, card.id
    parts = queries.parts_of(plan)
    gaps = rules.missing(parts, received_minor=queries.received_for(session, [plan])[plan.id])
    outcomes = queries.tried(session, charges, time_zone=time_zone)
    if any(outcome.succeeded is None for outcome in outcomes):
        return None
    demanded = queries.demanded_of(session, case, list(plan.owed))
    for part, gap in zip(parts, gaps, strict=True):
        mine = [outcome for each, outcome in zip(charges, outcomes, strict=True) if each.position == part.position]
        if not gap or not demanded or not rules.may_charge(part, mine, today=today):
            continue
        invoice_id, most_minor = next(iter(demanded.items()))
        attempt = len(mine) + 1
        charge = InstalmentCharge(
            payment_id=ids.derived("pay", "instalment", plan_id, str(part.position), str(attempt)),
            plan_id=plan_id,
            position=part.position,
            attempt=attempt,
            invoice_id=invoice_id,
            amount_minor=min(gap, most_minor),
            charged_at=now,
        )
        session.add(charge)
        session.flush()
        return charge, card.id
    return None


def record_refusal(session: Session, *, payment_id: str, code: str, is_passing: bool) -> None:
    """Write down that no payment could be begun for a charge. Where another payment was in the way, or what it was for
    is paid by now (`is_passing`), it counts as never tried. A payment that was begun speaks for itself."""
    if payments.find_payment(session, payment_id) is not None:
        return
    charge = session.get_one(InstalmentCharge, payment_id, with_for_update=True)
    if is_passing:
        session.delete(charge)
    else:
        charge.refused_because = code


def _tell_declined(session: Session, case: Case, plan: PaymentPlan, *, now: datetime) -> None:
    """Tell the customer, once, that the card was not charged for a part; where their bank wants to see them they got
    the link already."""
    charges = queries.list_charges(session, plan.id)
    if not charges:
        return
    charge = charges[-1]
    _, time_zone = queries.today_in(session, now=now)
    (outcome,) = queries.tried(session, [charge], time_zone=time_zone)
    if outcome.succeeded is not False or outcome.failure_code == "authentication_required":
        return
    part = next(each for each in queries.parts_of(plan) if each.position == charge.position)
    again = outcome.failure_code not in rules.NOT_AGAIN and charge.attempt < len(rules.RETRY_AFTER)
    letter = partial(_declined_letter, part=part, charge=charge, currency=plan.currency, again=again)
    tell(session, case.customer_id, key=f"charge:{charge.payment_id}", letter=letter, now=now)


def _declined_letter(
    locale: str, name: str, *, part: rules.Part, charge: InstalmentCharge, currency: str, again: bool
) -> rules.Letter:
    return rules.declined_letter(
        part=part, amount_minor=charge.amount_minor, currency=currency, again=again, locale=locale, business=name
    )
