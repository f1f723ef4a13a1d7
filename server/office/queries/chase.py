"""What the pages of the chase show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.business.models import Business
from server.core import clock, words
from server.customers import queries as customers
from server.dunning import queries as dunning
from server.dunning.models import Action, Call, Decider, Survey
from server.dunning.queries import Open, lawful
from server.dunning.rules import CALLS, FINAL, OPEN_ACTIONS, PAY_WITHIN
from server.dunning.rules.texts import QUESTIONS, SCRIPTS
from server.messages import queries as messages
from server.office.queries.case_law import place_names, what_now
from server.office.queries.letting_go import staff_names
from server.risk import rules as risk
from server.standing import queries as standing
from server.standing.rules import CLASSES


def case_page(session: Session, case_id: str, *, profile: Business, now: datetime) -> dict[str, Any]:
    """Return a case with everything done in it, the call to be made now with its script, and the versions it could
    follow. Raises NoSuchCase."""
    today = clock.local_date(now, profile.time_zone)
    case = dunning.get_case(session, case_id)
    sheet = dunning.get_sheet(session, case_id, today=today)
    customer = customers.get_customer(session, sheet["customer_id"])
    calls = select(Call).where(Call.case_id == case_id).order_by(Call.called_at)
    surveys = select(Survey).where(Survey.case_id == case_id, Survey.answered_at.is_not(None))
    asked = dunning.asked_for(sheet["invoices"], today=today)
    decider = session.get(Decider, customer.id)
    to_call = next((each for each in sheet["actions"] if each.channel in CALLS and each.status in OPEN_ACTIONS), None)
    sent = messages.list_by_id(session, {each.message_id for each in sheet["actions"] if each.message_id})
    known = standing.find_standing(session, customer.id)
    return {
        "case": sheet,
        "now": what_now(session, case, now=now),
        "places": place_names(),
        "call_block": lawful.block_of(session, case, to_call.channel, at=now) if to_call else None,
        "checks": dunning.own_fault(session, {case_id: sheet["invoices"]})[case_id] if to_call else [],
        "customer": customer,
        "class_name": CLASSES[sheet["risk_class"]] if sheet["risk_class"] else None,
        "classes": CLASSES,
        "class_said": risk.explain(words.spoken(), known.risk_class, known.facts) if known else None,
        "calls": list(session.scalars(calls)),
        "surveys": list(session.scalars(surveys)),
        "questions": QUESTIONS,
        "decider": decider,
        "to_call": to_call,
        "script": SCRIPTS.get(to_call.template or "") if to_call else None,
        "script_minor": sum(each.demanded_minor for each in asked),
        "script_day": _day_said(to_call, asked, today=today),
        "sent": sent,
        "names": staff_names(session),
        "plans": dunning.plan_sheets(session, dunning.list_plans(session)),
        "spoken": words.locale_for(customer.language, profile.country),
        "today": today,
    }


def _day_said(to_call: Action | None, asked: Sequence[Open], *, today: date) -> date:
    """Return the day a script names: by when a final demand asks for the money, or since when it was due."""
    if to_call is not None and to_call.template == f"{FINAL}_call":
        return today + PAY_WITHIN
    return asked[0].due_on if asked else today


def names_of_customers(session: Session, customer_ids: set[str]) -> dict[str, str]:
    """Return names by id."""
    return {found.id: found.name for found in customers.list_by_id(session, customer_ids).values()}
