"""What the desk does in the town: jobs, calls, letters, plans, proposals, late charges."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.access.rules import Role
from server.customers.models import Customer
from server.dunning import operations
from server.dunning.models import Action, Case, Letter
from server.dunning.rules import (
    CALLS,
    OPEN_ACTIONS,
    QUESTIONS_OF_OURS,
    Before,
    CallCause,
    Outcome,
    ProposalKind,
    Status,
)
from server.late_charges import operations as late_charges
from server.late_charges.models import LateCharge
from server.late_charges.rules import Status as ChargeStatus
from server.referrals import operations as referrals
from server.referrals.models import Referral
from server.referrals.rules import AgencyKind
from server.write_offs import operations as write_offs
from server.write_offs.models import WriteOff
from server.write_offs.rules import Status as WriteOffStatus
from tests.simulation.chasing.people import any_case, any_invoice, deed
from tests.simulation.chasing.town import Town, Went


@deed(2)
def follow_another_plan(town: Town, session: Session) -> str:
    """One case follows another version from now on."""
    case = any_case(town, session)
    if case is None:
        return ""
    plan_id = town.random.choice(town.plans)
    said: dict[str, Any] = {"reason": "Essai", "changed_by": town.staff, "now": town.now}
    operations.change_plan(session, case_id=case.id, plan_id=plan_id, **said)
    return f"{case.customer_id} follows {plan_id}"


@deed(1)
def switch_plans(town: Town, session: Session) -> str:
    """New cases follow another version, seen dry before."""
    plan_id = town.random.choice(town.plans)
    run_id = operations.ask_for_run(session, run_id=None, as_of=None, dry_run=True, plan_id=plan_id, now=town.now)
    operations.run(session, run_id=run_id, now=town.now)
    operations.switch_on(session, plan_id=plan_id, switched_by=town.staff, now=town.now)
    return f"new cases follow {plan_id}"


@deed(8)
def call(town: Town, session: Session) -> str:
    """Somebody makes a call that waits."""
    waiting = select(Action).where(Action.status.in_(OPEN_ACTIONS), Action.channel.in_(CALLS))
    found = session.scalars(waiting.join(Case, Case.id == Action.case_id).order_by(Case.customer_id)).all()
    if not found:
        return ""
    action = town.random.choice(found)
    outcome = town.random.choice(list(Outcome))
    operations.claim_task(session, action_id=action.id, role=Role.SUPERVISOR, claimed_by=town.staff, now=town.now)
    operations.close_call(
        session,
        call_id=town.new("cll"),
        action_id=action.id,
        outcome=outcome,
        root_cause=town.random.choice(list(CallCause)),
        spoke_with=None,
        note=None,
        role=Role.SUPERVISOR,
        called_by=town.staff,
        now=town.now,
    )
    return f"call {action.id}: {outcome}"


@deed(4)
def post_letters(town: Town, session: Session) -> str:
    """The letters that wait are printed and posted."""
    batch = operations.print_batch(session, printed_by=town.staff, now=town.now)
    operations.mark_posted(session, batch_id=batch.id, posted_by=town.staff, now=town.now)
    posted = session.scalars(select(Letter.action_id).where(Letter.batch_id == batch.id))
    town.went += [Went(action_id=each, message_id=None, at=town.now) for each in posted]
    return "letters are posted"


@deed(2)
def propose(town: Town, session: Session) -> str:
    """Somebody asks that a case be referred or written off."""
    case = any_case(town, session)
    if case is None:
        return ""
    kind = town.random.choice(list(ProposalKind))
    said: dict[str, Any] = {"reason": "Perdu", "proposed_by": town.staff, "now": town.now}
    operations.propose_by_hand(session, case_id=case.id, kind=kind, **said)
    return f"{kind} of {case.customer_id} is proposed"


@deed(6)
def look_at_our_side(town: Town, session: Session) -> str:
    """Somebody looks at our own side before a harsh step, and mostly finds nothing against it."""
    case = any_case(town, session)
    if case is None:
        return ""
    before, is_well = town.random.choice(list(Before)), town.random.random() < 0.8
    answers = dict.fromkeys(QUESTIONS_OF_OURS, is_well)
    said: dict[str, Any] = {"answers": answers, "note": None, "answered_by": town.staff, "now": town.now}
    operations.answer_checks(session, case_id=case.id, before=before, **said)
    return f"our side of {case.customer_id} before {before}: {is_well}"


@deed(4)
def decide(town: Town, session: Session) -> str:
    """Somebody decides about a proposal."""
    case = any_case(town, session, Status.REFERRAL_PENDING, Status.WRITE_OFF_PENDING)
    if case is None:
        return ""
    choice = town.random.choice(("refer", "reject", "write_off"))
    if choice == "refer":
        agency: dict[str, Any] = {"kind": AgencyKind.AGENCY, "name": "Agence", "email": None, "commission_bp": 2500}
        referrals.add_agency(session, agency_id="agy_1", now=town.now, **agency)
        said = {"referral_id": town.new("rfl"), "agency_id": "agy_1", "note": "Ok", "approved_by": town.staff}
        referrals.refer(session, case_id=case.id, now=town.now, **said)
    elif choice == "reject":
        operations.reject(session, case_id=case.id, note="Non", rejected_by=town.staff, now=town.now)
    else:
        asked = {"write_off_id": town.new("wof"), "reason": "Perdu", "asked_by": town.staff}
        operations.write_off(session, case_id=case.id, now=town.now, **asked)
    return f"{case.customer_id}: {choice}"


@deed(2)
def agree_to_let_go(town: Town, session: Session) -> str:
    """A second person decides about a write-off."""
    asked = session.scalars(select(WriteOff).where(WriteOff.status == WriteOffStatus.ASKED)).first()
    if asked is None:
        return ""
    if town.random.random() < 0.5:
        write_offs.agree(session, write_off_id=asked.id, agreed_by="staff:luc", now=town.now)
        return f"{asked.id} is agreed to"
    write_offs.reject(session, write_off_id=asked.id, note="Non", rejected_by="staff:luc", now=town.now)
    return f"{asked.id} is rejected"


@deed(1)
def recall(town: Town, session: Session) -> str:
    """A case is taken back from its agency."""
    found = session.scalars(
        select(Referral).join(Case, Case.id == Referral.case_id).where(Case.status == Status.REFERRED)
    ).first()
    if found is None:
        return ""
    referrals.recall(session, referral_id=found.id, reason="Ici", recalled_by=town.staff, now=town.now)
    return f"{found.id} is recalled"


@deed(2)
def charge_lateness(town: Town, session: Session) -> str:
    """What paying late costs is charged, or waived."""
    posted = session.scalars(select(LateCharge).where(LateCharge.status == ChargeStatus.POSTED)).first()
    if posted is not None and town.random.random() < 0.3:
        said: dict[str, Any] = {"status": ChargeStatus.WAIVED, "reason": "Fidèle", "by": town.staff, "now": town.now}
        late_charges.let_go(session, charge_id=posted.id, **said)
        return f"{posted.id} is waived"
    found = any_invoice(town, session)
    if found is None:
        return ""
    charge_id = town.new("chg")
    late_charges.post(session, charge_id=charge_id, invoice_id=found[0].id, by=town.staff, now=town.now)
    return f"{charge_id} is charged on {found[0].number}"


@deed(1)
def change_address(town: Town, session: Session) -> str:
    """A customer says where mail reaches them."""
    customer = session.get_one(Customer, town.random.choice(town.customer_ids))
    customer.email = f"{town.new('new')}@example.com"
    return f"{customer.id} reads {customer.email}"


@deed(5)
def do_a_job(town: Town, session: Session) -> str:
    """A job is done and invoiced."""
    customer_id, minor = town.random.choice(town.customer_ids), town.random.choice((9_000, 20_000, 150_000))
    invoice = town.issue(session, customer_id, minor)
    return f"{customer_id} owes {minor} more: {invoice.number}"
