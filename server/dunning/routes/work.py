"""HTTP for the office: the worklist, calls, letters."""

from __future__ import annotations

from typing import Any

from flask import Response

from schemas.chasing import AnswerChecks, Batch, Call, CloseCall, NameDecider, PrintBatch, SkipTask, Worklist
from schemas.dunning import Action, CaseSheet
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.customers import queries as customers
from server.dunning import models, operations, queries
from server.dunning.routes.blueprint import blueprint
from server.dunning.rules import Before, CallCause, Outcome


@blueprint.get("/worklist")
@allow(Role.OFFICE)
@blueprint.response(200, Worklist)
def worklist() -> dict[str, Any]:
    """List today's calls and approvals, the most valuable first, and letters to print and to post."""
    now = clock.now()
    with transaction() as session:
        return queries.worklist(session, today=queries.today_of(session, now=now), now=now)


@blueprint.post("/tasks/<action_id>/claim")
@allow(Role.OFFICE)
@blueprint.response(200, Action)
def claim_task(action_id: str) -> models.Action:
    """Take a task, so that nobody else does it too."""
    who = caller()
    with transaction() as session:
        return operations.claim_task(
            session, action_id=action_id, role=who.role, claimed_by=who.principal, now=clock.now()
        )


@blueprint.post("/tasks/<action_id>/release")
@allow(Role.OFFICE)
@blueprint.response(200, Action)
def release_task(action_id: str) -> models.Action:
    """Give a task back to everybody."""
    who = caller()
    with transaction() as session:
        return operations.release_task(session, action_id=action_id, role=who.role, released_by=who.principal)


@blueprint.post("/tasks/<action_id>/skip")
@allow(Role.OFFICE)
@blueprint.arguments(SkipTask)
@blueprint.response(200, Action)
def skip_task(wanted: dict[str, Any], action_id: str) -> models.Action:
    """Let a task be, and say why; the plan goes on after it."""
    who = caller()
    with transaction() as session:
        return operations.skip_task(
            session, action_id=action_id, **wanted, role=who.role, skipped_by=who.principal, now=clock.now()
        )


@blueprint.post("/cases/<case_id>/calls")
@allow(Role.OFFICE)
@blueprint.arguments(CloseCall)
@blueprint.response(201, Call)
def close_call(wanted: dict[str, Any], case_id: str) -> models.Call:
    """Write down how a call ended. Where that ends its step, what the plan sends after it goes out."""
    who = caller()
    said = {**wanted, "outcome": Outcome(wanted["outcome"])}
    said["root_cause"] = CallCause(wanted["root_cause"]) if wanted["root_cause"] else None
    with transaction() as session:
        if queries.get_action(session, wanted["action_id"]).case_id != case_id:
            raise queries.NoSuchAction
        return operations.close_call(session, **said, role=who.role, called_by=who.principal, now=clock.now())


@blueprint.post("/cases/<case_id>/checks")
@allow(Role.OFFICE)
@blueprint.arguments(AnswerChecks)
@blueprint.response(201, CaseSheet)
def answer_checks(wanted: dict[str, Any], case_id: str) -> dict[str, Any]:
    """Say how it stands with our own side before the final demand or a referral, which wait for it."""
    now, before, note = clock.now(), Before(wanted.pop("before")), wanted.pop("note")
    said = {"before": before, "answers": wanted, "note": note, "answered_by": caller().principal}
    with transaction() as session:
        operations.answer_checks(session, case_id=case_id, **said, now=now)
        return queries.get_sheet(session, case_id, today=queries.today_of(session, now=now))


@blueprint.put("/deciders/<customer_id>")
@allow(Role.OFFICE)
@blueprint.arguments(NameDecider)
@blueprint.response(200, NameDecider)
def name_decider(wanted: dict[str, Any], customer_id: str) -> dict[str, Any]:
    """Say who decides at a customer's: whom the escalation call is for."""
    with transaction() as session:
        customers.get_customer(session, customer_id)
        operations.name_decider(
            session, customer_id=customer_id, **wanted, noted_by=caller().principal, now=clock.now()
        )
    return wanted


@blueprint.post("/letters/batches")
@allow(Role.OFFICE)
@blueprint.arguments(PrintBatch)
@blueprint.response(201, Batch)
def print_batch(wanted: dict[str, Any]) -> models.LetterBatch:
    """Put every letter that waits into one batch to print."""
    with transaction() as session:
        return operations.print_batch(session, **wanted, printed_by=caller().principal, now=clock.now())


@blueprint.get("/letters/batches/<batch_id>.pdf")
@allow(Role.OFFICE)
@blueprint.response(200, content_type="application/pdf")
def get_batch_pdf(batch_id: str) -> Response:
    """Get the letters of a batch as one PDF, laid out for window envelopes."""
    with transaction() as session:
        return Response(operations.render_batch(session, batch_id), content_type="application/pdf")


@blueprint.post("/letters/batches/<batch_id>/posted")
@allow(Role.OFFICE)
@blueprint.response(200, Batch)
def mark_posted(batch_id: str) -> models.LetterBatch:
    """Say that a batch was posted: the steps of its letters are done."""
    with transaction() as session:
        return operations.mark_posted(session, batch_id=batch_id, posted_by=caller().principal, now=clock.now())
