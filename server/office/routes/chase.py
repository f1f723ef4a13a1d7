"""The chase at the desk: today's work, cases, letters."""

from __future__ import annotations

from flask import Response, abort, flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from server.access.routes import caller
from server.access.rules import Role, allow, may
from server.core import clock, ids
from server.core.database import transaction
from server.core.errors import Problem
from server.core.words import msgid as _
from server.dunning import operations
from server.dunning import queries as dunning
from server.dunning import rules as chasing
from server.dunning.queries.limitation import list_alarms
from server.office import queries, rules
from server.office.routes.desk import blueprint, pdf_response
from server.office.routes.standing import DECIDERS

# What was agreed or objected to on the telephone is written down next, so that the chase rests for it.
_AFTER = {
    chasing.Outcome.PROMISE: ("office.arrangements", _("The call is written down. Now write down what they promised.")),
    chasing.Outcome.DISPUTE: (
        "office.arrangements",
        _("The call is written down. Now write down what they object to."),
    ),
}


@blueprint.get("/chase")
@allow(Role.OFFICE)
def chase() -> str:
    """Show today's calls and approvals, the most valuable first, and letters to print and to post."""
    return _worklist_page()


def _worklist_page(refusal: str | None = None) -> str:
    now = clock.now()
    with transaction() as session:
        today = clock.local_date(now, g.business.time_zone)
        work = dunning.worklist(session, today=today, now=now)
        in_force = dunning.find_plan_in_force(session)
        batches = dunning.list_batches(session)
        ending = len(list_alarms(session, now=now))
    ready = {"batch_id": ids.new("bat", now=now), "batches": batches, "ending": ending}
    return render_template("office/chase.html", work=work, in_force=in_force, refusal=refusal, **ready)


@blueprint.get("/chase/cases/<case_id>")
@allow(Role.OFFICE)
def case(case_id: str) -> str:
    """Show a case: what was done, what is to be done, how it came there."""
    return case_page(case_id)


def case_page(case_id: str, refusal: str | None = None) -> str:
    """Return the page of a case, with why something was not done."""
    now = clock.now()
    with transaction() as session:
        shown = queries.case_page(session, case_id, profile=g.business, now=now)
    return render_template(
        "office/case.html",
        **shown,
        chasing=chasing,
        text_names=rules.TEXT_NAMES,
        plan_names=rules.PLAN_NAMES,
        refusal=refusal,
        call_id=ids.new("cll", now=now),
        intent_id=ids.new("lgi", now=now),
        may_decide=may(caller().role, DECIDERS),
    )


@blueprint.post("/chase/cases/<case_id>/calls")
@allow(Role.OFFICE)
def close_call(case_id: str) -> Redirect | Response:
    """Write down how a call ended; the same form sent twice is one call."""
    said, now, who = request.form, clock.now(), caller()
    try:
        outcome = chasing.Outcome(said.get("outcome", ""))
        cause = chasing.CallCause(said["root_cause"]) if said.get("root_cause") else None
    except ValueError:
        return make_response(case_page(case_id, _("Say how the call ended.")), 422)
    try:
        with transaction() as session:
            operations.close_call(
                session,
                call_id=said.get("call_id") or ids.new("cll", now=now),
                action_id=said.get("action_id", ""),
                outcome=outcome,
                root_cause=cause,
                spoke_with=said.get("spoke_with", "").strip()[:120] or None,
                note=said.get("note", "").strip()[:2000] or None,
                role=who.role,
                called_by=who.principal,
                now=now,
            )
    except Problem as refused:
        return _refused(case_id, refused)
    page, sentence = _AFTER.get(outcome, ("office.case", _("The call is written down.")))
    flash(sentence)
    return redirect(url_for(page, case_id=case_id), 303)


def _refused(case_id: str, refused: Problem) -> Response:
    if refused.status == 404:
        abort(404)
    return make_response(case_page(case_id, refused.sentence()), refused.status)


@blueprint.post("/chase/cases/<case_id>/tasks/<action_id>/<any(claim,release,skip):verb>")
@allow(Role.OFFICE)
def change_task(case_id: str, action_id: str, verb: str) -> Redirect | Response:
    """Take a task, give it back, or let it be."""
    who, now = caller(), clock.now()
    reason = request.form.get("reason", "").strip()[:500]
    if verb == "skip" and not reason:
        return make_response(case_page(case_id, _("Say why.")), 422)
    try:
        with transaction() as session:
            if verb == "claim":
                operations.claim_task(session, action_id=action_id, role=who.role, claimed_by=who.principal, now=now)
            elif verb == "release":
                operations.release_task(session, action_id=action_id, role=who.role, released_by=who.principal)
            else:
                operations.skip_task(
                    session, action_id=action_id, reason=reason, role=who.role, skipped_by=who.principal, now=now
                )
    except Problem as refused:
        return _refused(case_id, refused)
    return redirect(url_for("office.case", case_id=case_id), 303)


@blueprint.post("/chase/cases/<case_id>/checks")
@allow(Role.OFFICE)
def answer_checks(case_id: str) -> Redirect | Response:
    """Say how it stands with our own side before the final demand, a referral or a write-off."""
    said = request.form
    try:
        before = chasing.Before(said.get("before", ""))
    except ValueError:
        abort(404)
    try:
        with transaction() as session:
            check = operations.answer_checks(
                session,
                case_id=case_id,
                before=before,
                answers={name: name in said for name in chasing.QUESTIONS_OF_OURS},
                note=said.get("note", "").strip()[:500] or None,
                answered_by=caller().principal,
                now=clock.now(),
            )
            is_clear = check.is_clear
    except Problem as refused:
        return _refused(case_id, refused)
    flash(_("Nothing stands against it: it goes on.") if is_clear else _("It waits until this is put right."))
    page = "office.case" if before is chasing.Before.FINAL_DEMAND else "office.letting_go"
    return redirect(url_for(page, case_id=case_id), 303)


@blueprint.post("/chase/cases/<case_id>/plan")
@allow(Role.OFFICE)
def change_plan(case_id: str) -> Redirect | Response:
    """Let a case follow another version from now on."""
    reason = request.form.get("reason", "").strip()[:500]
    if not reason:
        return make_response(case_page(case_id, _("Say why.")), 422)
    try:
        with transaction() as session:
            plan_id, who = request.form.get("plan_id", ""), caller().principal
            operations.change_plan(
                session, case_id=case_id, plan_id=plan_id, reason=reason, changed_by=who, now=clock.now()
            )
    except Problem as refused:
        return _refused(case_id, refused)
    flash(_("The case follows the other version now."))
    return redirect(url_for("office.case", case_id=case_id), 303)


@blueprint.post("/chase/cases/<case_id>/decider")
@allow(Role.OFFICE)
def name_decider(case_id: str) -> Redirect | Response:
    """Say who decides at the customer's: whom an escalation call is for."""
    said = {field: request.form.get(field, "").strip()[:120] or None for field in ("name", "phone", "email")}
    name = said.pop("name")
    if name is None:
        return make_response(case_page(case_id, _("Say who it is.")), 422)
    with transaction() as session:
        customer_id = dunning.get_case(session, case_id).customer_id
        operations.name_decider(
            session, customer_id=customer_id, name=name, **said, noted_by=caller().principal, now=clock.now()
        )
    return redirect(url_for("office.case", case_id=case_id), 303)


@blueprint.post("/chase/letters")
@allow(Role.OFFICE)
def print_letters() -> Redirect | Response:
    """Put every letter that waits into one batch; the same form sent twice makes one."""
    try:
        with transaction() as session:
            operations.print_batch(
                session, batch_id=request.form.get("batch_id"), printed_by=caller().principal, now=clock.now()
            )
    except Problem as refused:
        return make_response(_worklist_page(refused.sentence()), refused.status)
    return redirect(url_for("office.chase", _anchor="letters"), 303)


@blueprint.get("/chase/letters/<batch_id>.pdf")
@allow(Role.OFFICE)
def batch_pdf(batch_id: str) -> Response:
    """Send the letters of a batch as one PDF."""
    with transaction() as session:
        return pdf_response(operations.render_batch(session, batch_id), batch_id)


@blueprint.post("/chase/letters/<batch_id>/posted")
@allow(Role.OFFICE)
def letters_posted(batch_id: str) -> Redirect:
    """Say that a batch was posted."""
    with transaction() as session:
        operations.mark_posted(session, batch_id=batch_id, posted_by=caller().principal, now=clock.now())
    flash(_("The letters are posted."))
    return redirect(url_for("office.chase", _anchor="letters"), 303)
