"""Install treatment plans, write their next versions, switch one on, move a case to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.contacts.rules import Kind
from server.core import ids
from server.core.errors import Conflict, Unacceptable
from server.dunning import queries, rules
from server.dunning.models import PlanSwitch, Transition, TreatmentPlan
from server.dunning.operations import log
from server.dunning.rules import Status

_TAKE_TURNS = text("SELECT pg_advisory_xact_lock(hashtextextended('dunning.plans', 0))")


class PlanInvalid(Unacceptable):
    """This plan cannot be followed: each fault is named by its place."""

    code = "plan_invalid"


class PlanNotTried(Conflict):
    """Nobody has seen yet what this version would do. Do a dry run of it first."""

    code = "plan_not_tried"


class ThresholdMissing(Unacceptable):
    """Say first from how much on an account is large."""

    code = "threshold_missing"


def install_plans(session: Session, *, now: datetime) -> None:
    """Make sure that every plan of ours is there. A version that is there stays as it is."""
    for plan in rules.plans():
        installed = {"id": ids.derived("pln", plan.name, str(plan.version)), "installed_at": now}
        session.execute(insert(TreatmentPlan).values(**asdict(plan), **installed).on_conflict_do_nothing())


def write_version(session: Session, *, written: Mapping[str, Any], written_by: str, now: datetime) -> TreatmentPlan:
    """Keep a plan as the next version of its name; what says the same as the newest version is that version.

    `written` has the fields of `rules.Plan` without its version. Raises PlanInvalid, whose `errors` name every fault by
    path and code.
    """
    session.execute(_TAKE_TURNS)
    install_plans(session, now=now)
    last = select(func.max(TreatmentPlan.version)).where(TreatmentPlan.name == written["name"])
    version = (session.scalar(last) or 0) + 1
    plan = rules.read({**written, "version": version})
    found = rules.faults(plan)
    if found:
        raise PlanInvalid(errors=found)
    newest = session.scalars(
        select(TreatmentPlan).where(TreatmentPlan.name == plan.name, TreatmentPlan.version == version - 1)
    ).one_or_none()
    if newest is not None and replace(queries.read_plan(newest), version=version) == plan:
        return newest
    row = TreatmentPlan(id=ids.new("pln", now=now), **asdict(plan), written_by=written_by, installed_at=now)
    session.add(row)
    session.flush()
    return row


def switch_on(session: Session, *, plan_id: str, switched_by: str, now: datetime) -> None:
    """Let new cases follow a version from now on; the same one again changes nothing.

    Somebody must have seen a dry run of it. Raises NoSuchPlan, ThresholdMissing, PlanNotTried.
    """
    session.execute(_TAKE_TURNS)
    row = queries.get_plan(session, plan_id)
    in_force = queries.find_plan_in_force(session)
    if in_force is not None and in_force.id == plan_id:
        return
    if queries.warnings(session, queries.read_plan(row)):
        raise ThresholdMissing
    seen = queries.find_dry_run(session, plan_id)
    if seen is None:
        raise PlanNotTried
    switch = {"plan_id": plan_id, "run_id": seen.id, "switched_by": switched_by, "switched_at": now}
    session.add(PlanSwitch(id=ids.new("swi", now=now), **switch))
    session.flush()


def change_plan(session: Session, *, case_id: str, plan_id: str, reason: str, changed_by: str, now: datetime) -> None:
    """Let one case follow another version from now on, at the step where it stands: its own row says so.

    Raises NoSuchCase, NoSuchPlan.
    """
    case = queries.get_case(session, case_id, lock=True)
    wanted = queries.get_plan(session, plan_id)
    if case.plan_id == wanted.id:
        return
    before = queries.get_plan(session, case.plan_id)
    case.plan_id = wanted.id
    moved = ids.new("trn", now=now)
    session.add(
        Transition(
            id=moved,
            case_id=case.id,
            cycle=case.cycle,
            from_status=case.status,
            to_status=Status(case.status),
            because=f"plan:{before.name}:{before.version}:{wanted.name}:{wanted.version}",
            note=reason,
            moved_by=changed_by,
            moved_at=now,
        )
    )
    session.flush()
    told = {"from": f"{before.name} {before.version}", "to": f"{wanted.name} {wanted.version}", "reason": reason}
    log.note(session, case, Kind.PLAN_CHANGED, subject_id=moved, by=changed_by, facts=told, now=now)
