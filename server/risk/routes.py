"""How customers pay and on what terms we work for them, over HTTP."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas.risk import (
    Agreement,
    CreditPolicy,
    CreditPolicyChange,
    NewOverride,
    Standing,
    TermDecision,
    TermProposalList,
)
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock, problems
from server.core.database import transaction
from server.risk import queries
from server.standing import operations, rules
from server.standing import queries as standing

blueprint = Blueprint("risk", "risk", url_prefix="/api/v1", description="How customers pay, and what follows")


@blueprint.get("/customers/<customer_id>/standing")
@allow(Role.OFFICE)
@blueprint.response(200, Standing)
def get_standing(customer_id: str) -> dict[str, Any]:
    """Say how a customer pays and on what terms a job may be booked: ask before booking."""
    return _sheet(customer_id)


def _sheet(customer_id: str) -> dict[str, Any]:
    with transaction() as session:
        return queries.get_sheet(session, customer_id, locale=problems.language(), now=clock.now())


@blueprint.patch("/customers/<customer_id>/standing")
@allow(Role.OFFICE)
@blueprint.arguments(Agreement)
@blueprint.response(200, Standing)
def agree(changes: dict[str, Any], customer_id: str) -> dict[str, Any]:
    """Say why a customer does not pay, or agree other terms; null is what the policy of their class says."""
    with transaction() as session:
        operations.agree(session, customer_id=customer_id, changes=changes, by=caller().principal, now=clock.now())
    return _sheet(customer_id)


@blueprint.post("/customers/<customer_id>/overrides")
@allow(Role.OFFICE)
@blueprint.arguments(NewOverride)
@blueprint.response(201, Standing)
def override(wanted: dict[str, Any], customer_id: str) -> dict[str, Any]:
    """Make an exception, with a reason and an end: until then jobs are booked without a deposit."""
    with transaction() as session:
        operations.override(session, customer_id=customer_id, **wanted, author=caller().principal, now=clock.now())
    return _sheet(customer_id)


@blueprint.post("/customers/<customer_id>/overrides/<override_id>/end")
@allow(Role.OFFICE)
@blueprint.response(200, Standing)
def end_override(customer_id: str, override_id: str) -> dict[str, Any]:
    """End an exception now."""
    with transaction() as session:
        operations.end_override(
            session, customer_id=customer_id, override_id=override_id, by=caller().principal, now=clock.now()
        )
    return _sheet(customer_id)


@blueprint.get("/standing/proposals")
@allow(Role.OFFICE)
@blueprint.response(200, TermProposalList)
def list_proposals() -> dict[str, Any]:
    """List other terms that wait for a person to decide."""
    with transaction() as session:
        return {"items": standing.list_proposals(session), "next_cursor": None}


@blueprint.post("/standing/proposals/<proposal_id>/decision")
@allow(Role.SUPERVISOR, Role.ADMIN)
@blueprint.arguments(TermDecision)
@blueprint.response(200, Standing)
def decide(wanted: dict[str, Any], proposal_id: str) -> dict[str, Any]:
    """Approve other terms, or turn them down."""
    with transaction() as session:
        proposal = operations.decide(session, proposal_id=proposal_id, **wanted, by=caller().principal, now=clock.now())
    return _sheet(proposal.customer_id)


@blueprint.get("/standing/policy")
@allow(Role.OFFICE)
@blueprint.response(200, CreditPolicy)
def get_policy() -> dict[str, Any]:
    """Say what the house does with each class."""
    with transaction() as session:
        return {"classes": rules.write_policy(standing.get_policy(session))}


@blueprint.put("/standing/policy")
@allow(Role.SUPERVISOR, Role.ADMIN)
@blueprint.arguments(CreditPolicyChange)
@blueprint.response(200, CreditPolicy)
def set_policy(wanted: dict[str, Any]) -> dict[str, Any]:
    """Say what the house does with each class, all of it, from now on."""
    policy = rules.read_policy(wanted["classes"])
    with transaction() as session:
        operations.set_policy(session, policy=policy, set_by=caller().principal, now=clock.now())
    return {"classes": rules.write_policy(policy)}
