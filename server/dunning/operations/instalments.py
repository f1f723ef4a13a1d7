"""Agree to be paid in parts, and see that each comes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import partial

from sqlalchemy.orm import Session

from server.business import queries as business
from server.contacts.rules import Kind
from server.core import words
from server.core.errors import Conflict, Unacceptable
from server.customers import queries as customers
from server.documents import pdf
from server.dunning import queries, rules
from server.dunning.models import Case, Instalment, PaymentPlan
from server.dunning.operations.cases import CaseClosed
from server.dunning.operations.log import note
from server.dunning.operations.promises import NothingToPromise, refer_if_let_down
from server.dunning.operations.telling import tell
from server.dunning.rules import LIVE, Every, Part, PlanStatus, Source
from server.invoices import queries as invoices
from server.messages.rules import Attachment
from server.payments import operations as payments
from server.payments import queries as payment_queries


class PaymentPlanExists(Conflict):
    """There already is another payment plan with this id."""

    code = "payment_plan_exists"


class PaymentPlanLive(Conflict):
    """A payment plan is asked for, offered or in force in this case already."""

    code = "payment_plan_live"


class PaymentPlanDoesNotFit(Unacceptable):
    """These parts do not come to what is open, or are too many, too late or not one after the other."""

    code = "payment_plan_does_not_fit"


class PaymentPlanNotOpen(Conflict):
    """This payment plan does not wait for this any more."""

    code = "payment_plan_not_open"


class AgreementChanged(Conflict):
    """This is not the agreement that was offered. Read it again, then sign."""

    code = "agreement_changed"


def draw_up_plan(
    session: Session,
    *,
    case_id: str,
    plan_id: str,
    count: int | None,
    first_on: date | None,
    every: Every,
    parts: Sequence[tuple[date, int]] = (),
    invoice_ids: Collection[str] = (),
    source: Source,
    made_by: str,
    now: datetime,
) -> PaymentPlan:
    """Draw up a plan for what may be demanded in a case, or of some of its invoices: `count` even parts from a day on,
    or `parts` of (day, minor units). A customer's waits for the office, the office's is offered at once. The same plan
    again changes nothing.

    Raises NoSuchCase, CaseClosed, PaymentPlanExists, PaymentPlanLive, NothingToPromise, PaymentPlanDoesNotFit.
    """
    case = queries.get_case(session, case_id, lock=True)
    known = queries.find_payment_plan(session, plan_id)
    if known is not None:
        if known.case_id != case_id:
            raise PaymentPlanExists
        return known
    if case.closed_at is not None:
        raise CaseClosed
    if queries.find_live_plan(session, case_id) is not None:
        raise PaymentPlanLive
    owed = queries.demanded_of(session, case, invoice_ids)
    if not owed:
        raise NothingToPromise
    total_minor = sum(owed.values())
    wanted = [Part(position=n, due_on=on, amount_minor=minor) for n, (on, minor) in enumerate(parts, start=1)]
    if count is not None and first_on is not None:
        wanted = rules.even_parts(total_minor, count=count, first_on=first_on, every=every)
    _require_fit(session, wanted, total_minor=total_minor, now=now)
    plan = PaymentPlan(
        id=plan_id,
        case_id=case_id,
        cycle=case.cycle,
        status=PlanStatus.ASKED,
        source=source,
        total_minor=total_minor,
        currency=case.currency,
        owed=queries.balances(session, [owed], case.currency),
        made_by=made_by,
        made_at=now,
        parts=[
            Instalment(position=each.position, due_on=each.due_on, amount_minor=each.amount_minor) for each in wanted
        ],
    )
    session.add(plan)
    session.flush()
    if source is Source.OFFICE:
        _offer(session, case, plan, now=now)
    return plan


def _require_fit(session: Session, wanted: Sequence[Part], *, total_minor: int, now: datetime) -> None:
    profile, today = business.get_profile(session), queries.today_of(session, now=now)
    if not wanted or not rules.fits(
        wanted, total_minor=total_minor, today=today, max_parts=profile.plan_parts, max_days=profile.plan_days
    ):
        raise PaymentPlanDoesNotFit(total_minor=total_minor)


def offer_plan(session: Session, *, plan_id: str, now: datetime) -> PaymentPlan:
    """Agree to what a customer asked for: from now on they can sign it; again changes nothing.

    Raises NoSuchPaymentPlan, PaymentPlanNotOpen, PaymentPlanDoesNotFit.
    """
    case, plan = _locked(session, plan_id)
    if plan.status is PlanStatus.ASKED:
        _offer(session, case, plan, now=now)
    elif plan.status is not PlanStatus.OFFERED:
        raise PaymentPlanNotOpen
    return plan


def _locked(session: Session, plan_id: str) -> tuple[Case, PaymentPlan]:
    case = queries.get_case(session, queries.get_payment_plan(session, plan_id).case_id, lock=True)
    return case, queries.get_payment_plan(session, plan_id, lock=True)


def _offer(session: Session, case: Case, plan: PaymentPlan, *, now: datetime) -> None:
    """Write the agreement, frozen, and send the customer to it."""
    profile, customer = business.get_profile(session), customers.get_customer(session, case.customer_id)
    demanded = queries.demanded_of(session, case, list(plan.owed))
    if sum(demanded.values()) != plan.total_minor:
        raise PaymentPlanDoesNotFit(total_minor=sum(demanded.values()))  # something was paid or disputed since
    content = rules.agreement(
        locale=words.locale_for(customer.language, profile.country),
        seller=profile.seller,
        customer={
            "name": customer.name,
            "address": customer.addresses[0] if customer.addresses else None,
            "email": customer.email,
            "phone": customer.phone,
        },
        invoices=sorted((invoices.get_invoice(session, key).number, minor) for key, minor in demanded.items()),
        parts=queries.parts_of(plan),
        currency=plan.currency,
        offered_at=now,
    )
    plan.content, plan.text = content, rules.agreement_text(content)
    plan.document_sha256 = rules.fingerprint(plan.text)
    plan.status = PlanStatus.OFFERED
    plan.sign_by = queries.today_of(session, now=now) + rules.SIGN_WITHIN
    session.flush()
    letter = partial(rules.offer_letter, plan, queries.parts_of(plan))
    tell(session, case.customer_id, key=f"plan:{plan.id}:offer", letter=letter, now=now)


def sign_plan(
    session: Session,
    *,
    plan_id: str,
    document_sha256: str,
    signer_name: str,
    witness_name: str | None,
    saved_card_id: str | None,
    signed_by: str,
    now: datetime,
) -> PaymentPlan:
    """Keep the signature of exactly the agreement that was offered, and which saved card is charged, if any; the signed
    agreement goes to the customer. Again changes nothing.

    Raises NoSuchPaymentPlan, PaymentPlanNotOpen, AgreementChanged, NoSuchSavedCard, SavedCardGone.
    """
    case, plan = _locked(session, plan_id)
    if plan.status is PlanStatus.ACTIVE and plan.signer_name == signer_name:
        return plan
    if not (plan.status is PlanStatus.OFFERED and queries.is_in_force(plan, today=queries.today_of(session, now=now))):
        raise PaymentPlanNotOpen
    if plan.document_sha256 != document_sha256:
        raise AgreementChanged
    if saved_card_id is not None:
        card = payment_queries.get_saved_card(session, saved_card_id)
        if card.customer_id != case.customer_id:
            raise payment_queries.NoSuchSavedCard
        if card.saved_at is None or card.withdrawn_at is not None:
            raise payments.SavedCardGone
    plan.saved_card_id, plan.status = saved_card_id, PlanStatus.ACTIVE
    plan.signer_name, plan.witness_name = signer_name, witness_name
    plan.signed_by, plan.signed_at = signed_by, now
    session.flush()
    note(
        session,
        case,
        Kind.PLAN_AGREED,
        subject_id=plan.id,
        by=signed_by,
        facts={"total_minor": plan.total_minor, "document_sha256": document_sha256, "witness_name": witness_name},
        now=now,
    )
    signed = pdf.agreement(queries.plan_pdf_facts(plan))
    tell(
        session,
        case.customer_id,
        key=f"plan:{plan.id}:signed",
        letter=partial(
            rules.agreed_letter,
            plan,
            queries.parts_of(plan),
            queries.shown_card(queries.find_chargeable(session, plan)),
        ),
        attachments=[Attachment(filename=f"{plan.id}.pdf", content_type="application/pdf", content=signed)],
        now=now,
    )
    return plan


def cancel_plan(session: Session, *, plan_id: str, now: datetime) -> PaymentPlan:
    """End a plan that is asked for, offered or in force; one that ended stays as it was. Raises NoSuchPaymentPlan."""
    case, plan = _locked(session, plan_id)
    if plan.status in LIVE:
        _end(session, case, plan, PlanStatus.CANCELLED, now=now)
    return plan


def _end(session: Session, case: Case, plan: PaymentPlan, status: PlanStatus, *, now: datetime) -> None:
    plan.status, plan.closed_at = status, now
    session.flush()
    note(session, case, Kind.PLAN_ENDED, subject_id=plan.id, facts={"status": status}, now=now)


def settle_plans(session: Session, *, now: datetime) -> None:
    """Hold every plan against the books: completed once everything came, broken once a part is missed, void once an
    offer was not signed in time. A broken one is a broken word. Where somebody is at the case it is left to the next
    turn."""
    live = queries.list_live_plans(session)
    if not live:
        return
    received, today = queries.received_for(session, live), queries.today_of(session, now=now)
    for each in live:
        had = received[each.id]
        is_paid = had >= each.total_minor
        is_missed = each.status is PlanStatus.ACTIVE and rules.is_missed(
            queries.parts_of(each), received_minor=had, today=today
        )
        is_expired = each.status is PlanStatus.OFFERED and not queries.is_in_force(each, today=today)
        if not (is_paid or is_missed or is_expired) or (not is_paid and queries.is_moving(session, each.owed)):
            continue
        case = queries.find_free(session, each.case_id)
        if case is None:
            continue
        plan = queries.get_payment_plan(session, each.id, lock=True)
        if plan.status not in LIVE:
            continue
        if is_paid:
            signed = plan.status is PlanStatus.ACTIVE
            _end(session, case, plan, PlanStatus.COMPLETED if signed else PlanStatus.CANCELLED, now=now)
        elif is_expired:
            _end(session, case, plan, PlanStatus.CANCELLED, now=now)
        else:
            _end(session, case, plan, PlanStatus.BROKEN, now=now)
            letter = partial(rules.ended_letter, plan, plan.total_minor - had)
            tell(session, case.customer_id, key=f"plan:{plan.id}:ended", letter=letter, now=now)
            refer_if_let_down(session, case, now=now)
