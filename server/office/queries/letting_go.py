"""What the pages of letting go show: a decision with its evidence, and agencies with what came of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.access import queries as access
from server.access.models import Staff
from server.business.models import Business
from server.core import clock
from server.customers import queries as customers
from server.dunning import queries as dunning
from server.dunning.models import Call
from server.dunning.queries import limitation
from server.dunning.rules import QUIET, UNANSWERED, WRITTEN, ActionStatus, Channel
from server.dunning.rules.pursuing import Effort, costs
from server.invoices.models import Invoice
from server.referrals import queries as referrals
from server.referrals.models import Referral
from server.write_offs import queries as write_offs
from server.write_offs.models import WriteOff


def staff_names(session: Session) -> dict[str, str]:
    """Return the names of those who sign in, by principal."""
    return {f"staff:{person.id}": person.name for person in session.scalars(select(Staff))}


def letting_go_page(session: Session, case_id: str, *, profile: Business, by: str, now: datetime) -> dict[str, Any]:
    """Return a case with what is to be decided about it, the evidence for that, what was handed over and what was let
    go before; and whose asking was that of whoever looks. Raises NoSuchCase."""
    today = clock.local_date(now, profile.time_zone)
    case = dunning.get_sheet(session, case_id, today=today)
    customer = customers.get_customer(session, case["customer_id"])
    barred = referrals.find_no_agency(session, customer.id)
    theirs = write_offs.write_offs_statement(customer_id=customer.id).where(WriteOff.currency == case["currency"])
    worth, ways = referrals.ways_of(session, case_id, today=today)
    let_go = write_offs.sheets(session, list(session.scalars(theirs.order_by(WriteOff.created_at.desc()))))
    handed = referrals.referrals_statement(case_id=case_id).order_by(Referral.created_at.desc())
    return {
        "case": case,
        "stands": dunning.get_case(session, case_id).status,
        "quiet": QUIET,
        "customer": customer,
        "proposal": dunning.find_proposal(session, case_id),
        "write_offs": let_go,
        "own": access.list_of_person(session, {each["asked_by"] for each in let_go}, of=by),
        "referrals": referrals.sheets(session, list(session.scalars(handed))),
        "agencies": referrals.list_eligible(session, customer.id),
        "worth": worth,
        "ways": ways,
        "costs": costs(),
        "barred": barred,
        "names": staff_names(session),
        "today": today,
        **_evidence(session, case, now=now),
    }


def _evidence(session: Session, case: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """Return what speaks for going on or for letting go: what was tried, what may be our own fault, what can still be
    expected, what was spent, and until when the first of the debts can be sued for."""
    called = select(Call.outcome, func.count()).where(Call.case_id == case["id"]).group_by(Call.outcome)
    calls = {row[0]: row[1] for row in session.execute(called)}
    done = [action for action in case["actions"] if action.status is ActionStatus.DONE and action.channel in WRITTEN]
    sent = {channel: sum(action.channel == channel for action in done) for channel in WRITTEN}
    today, owed = dunning.today_of(session, now=now), case["invoices"]
    shares = dunning.curves(session, on=today)[case["currency"]]
    bills = select(Invoice).where(Invoice.id.in_([invoice.invoice_id for invoice in owed]))
    limits = limitation.limitations(session, list(session.scalars(bills)), now=now)
    return {
        "calls": sum(calls.values()),
        "answered": sum(count for outcome, count in calls.items() if outcome not in UNANSWERED),
        "messages": len(done),
        "checks": dunning.own_fault(session, {case["id"]: owed})[case["id"]],
        "shares": shares,
        "spent_minor": costs().total_minor(
            Effort(calls=sum(calls.values()), letters=sent[Channel.LETTER], texts=sent[Channel.TEXT])
        ),
        "limit": min(limits, key=lambda each: each["ends_on"], default=None),
    }


def agencies_page(session: Session) -> dict[str, Any]:
    """Return agencies, those we left at the end, with what came of what was handed to each."""
    return {"agencies": referrals.list_agencies(session), "scores": referrals.scores(session)}
