"""Questions about payment plans and the charges for their parts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.core import clock, words
from server.core.errors import NotFound
from server.dunning import rules
from server.dunning.models import InstalmentCharge, PaymentPlan
from server.dunning.queries.promises import MOVING, balances, owed_then
from server.dunning.rules import LIVE, Part, PlanStatus, Tried
from server.payments import queries as payments
from server.payments import rules as payment_rules
from server.payments.models import SavedCard


class NoSuchPaymentPlan(NotFound):
    """There is no such payment plan."""

    code = "payment_plan_not_found"


def get_payment_plan(session: Session, plan_id: str, *, lock: bool = False) -> PaymentPlan:
    """Return a payment plan with its parts, locked where asked. Raises NoSuchPaymentPlan."""
    found = session.get(PaymentPlan, plan_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NoSuchPaymentPlan
    return found


def find_payment_plan(session: Session, plan_id: str) -> PaymentPlan | None:
    """Return a payment plan, or None."""
    return session.get(PaymentPlan, plan_id)


def list_payment_plans(session: Session, case_id: str) -> list[PaymentPlan]:
    """Return the payment plans of a case, the latest first."""
    wanted = select(PaymentPlan).where(PaymentPlan.case_id == case_id)
    return list(session.scalars(wanted.order_by(PaymentPlan.made_at.desc(), PaymentPlan.id)))


def find_live_plan(session: Session, case_id: str) -> PaymentPlan | None:
    """Return the plan of a case that is asked for, offered or in force, or None."""
    live = select(PaymentPlan).where(PaymentPlan.case_id == case_id, PaymentPlan.status.in_(LIVE))
    return session.scalars(live).one_or_none()


def list_live_plans(session: Session) -> list[PaymentPlan]:
    """Return every plan that is asked for, offered or in force."""
    return list(session.scalars(select(PaymentPlan).where(PaymentPlan.status.in_(LIVE)).order_by(PaymentPlan.id)))


def parts_of(plan: PaymentPlan) -> list[Part]:
    """Return a plan's parts as `rules` wants them."""
    return [Part(position=each.position, due_on=each.due_on, amount_minor=each.amount_minor) for each in plan.parts]


def received_for(session: Session, plans: Collection[PaymentPlan]) -> dict[str, int]:
    """Return what has come for each plan since it was drawn up, by whatever means, by plan id; all of it, where its
    invoices owe nothing any more."""
    found, then = {}, owed_then(session, plans)
    for currency in {plan.currency for plan in plans}:
        mine = [plan for plan in plans if plan.currency == currency]
        held = balances(session, [plan.owed for plan in mine], currency)
        for plan in mine:
            had = rules.received(owed=then[plan.id], balances=held)
            found[plan.id] = had if any(held.get(key, 0) > 0 for key in plan.owed) else plan.total_minor
    return found


def list_charges(session: Session, plan_id: str) -> list[InstalmentCharge]:
    """Return the charges for a plan, in the order of parts and attempts."""
    mine = select(InstalmentCharge).where(InstalmentCharge.plan_id == plan_id)
    return list(session.scalars(mine.order_by(InstalmentCharge.position, InstalmentCharge.attempt)))


def tried(session: Session, charges: Sequence[InstalmentCharge], *, time_zone: str) -> list[Tried]:
    """Return how each charge ended, as the payments say."""
    outcomes = []
    for charge in charges:
        payment = payments.find_payment(session, charge.payment_id)
        on = clock.local_date(charge.charged_at, time_zone)
        if charge.refused_because is not None:
            outcomes.append(Tried(on=on, succeeded=False, failure_code=charge.refused_because))
        elif payment is None or payment.status in payment_rules.OPEN:
            outcomes.append(Tried(on=on, succeeded=None))
        else:
            succeeded = payment.status is payment_rules.Status.SUCCEEDED
            outcomes.append(Tried(on=on, succeeded=succeeded, failure_code=payment.failure_code))
    return outcomes


def is_unbegun(session: Session, charge: InstalmentCharge) -> bool:
    """Say whether a charge is written down and its card not charged yet: whoever was at it died."""
    payment = payments.find_payment(session, charge.payment_id)
    begun = payment is not None and payment.status is not payment_rules.Status.CREATED
    return charge.refused_because is None and not begun


def is_moving(session: Session, invoice_ids: Collection[str]) -> bool:
    """Say whether money for any of these invoices may be on its way (law 5)."""
    return any(each.status in MOVING for each in payments.list_for_invoices(session, list(invoice_ids)))


def find_chargeable(session: Session, plan: PaymentPlan) -> SavedCard | None:
    """Return the card a plan's parts are charged to, or None where there is none (any more)."""
    if plan.saved_card_id is None:
        return None
    card = payments.get_saved_card(session, plan.saved_card_id)
    return card if card.saved_at is not None and card.withdrawn_at is None else None


def shown_card(card: SavedCard | None) -> str | None:
    """Return a card as its holder knows it: Visa •••• 4242."""
    return None if card is None else f"{(card.brand or '').replace('_', ' ').title()} •••• {card.last4}"


def plan_sheet(session: Session, plan: PaymentPlan) -> dict[str, Any]:
    """Return a payment plan as the wire and the pages show it: each part with what is missing of it."""
    received_minor = received_for(session, [plan])[plan.id]
    gaps = rules.missing(parts_of(plan), received_minor=received_minor)
    return {
        **{column.key: getattr(plan, column.key) for column in PaymentPlan.__table__.columns},
        "invoice_ids": sorted(plan.owed),
        "received_minor": min(received_minor, plan.total_minor),
        "card": shown_card(find_chargeable(session, plan)),
        "parts": [
            {
                "position": part.position,
                "due_on": part.due_on,
                "amount_minor": part.amount_minor,
                "missing_minor": gap,
            }
            for part, gap in zip(plan.parts, gaps, strict=True)
        ],
    }


def plan_pdf_facts(plan: PaymentPlan) -> Any:
    """Return what the PDF of an offered or signed plan says. Raises NoSuchPaymentPlan while there is no text."""
    if plan.content is None or plan.document_sha256 is None:
        raise NoSuchPaymentPlan
    locale = plan.content["locale"]
    at_desk = words.say(locale, "At the office")
    return rules.agreement_facts(
        plan.content,
        document_sha256=plan.document_sha256,
        signer_name=plan.signer_name,
        witness_name=plan.witness_name,
        signed_at=plan.signed_at,
        signed_on=words.say(locale, "The payment page") if plan.signed_by == "customer" else at_desk,
    )


def is_in_force(plan: PaymentPlan, *, today: date) -> bool:
    """Say whether a plan rests its case: agreed, or offered and still to be signed."""
    offered = plan.status is PlanStatus.OFFERED and plan.sign_by is not None and plan.sign_by >= today
    return plan.status is PlanStatus.ACTIVE or offered
