"""What is arranged in a case, at the desk: holds, promises, payment plans, objections."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from flask import Response, g, render_template, request, url_for
from marshmallow import ValidationError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock, ids, numbers
from server.core.database import transaction
from server.core.words import msgid as _
from server.documents import pdf
from server.dunning import operations, rules
from server.dunning import queries as dunning
from server.dunning.rules import DisputeReason, DisputeStatus, Every, HoldKind, RootCause, Source
from server.office import queries
from server.office.routes.desk import blueprint, pdf_response
from server.office.routes.forms import at_once, attempt, said, typed_minor

_WRONG = {
    "day": _("This is not a day. Write it like 2026-04-30."),
    "amount": _("This is not an amount. Write it like 85.50 or 85,50."),
    "parts": _("Choose how many parts, and how far apart."),
    "said": _("Say in a few words what is wrong."),
    "reason": _("Say why."),
    "signer_name": _("Write who signed."),
}


@blueprint.get("/cases/<case_id>/arrangements")
@allow(Role.OFFICE)
def arrangements(case_id: str) -> str:
    """Show why a case rests and what is arranged in it."""
    return _page(case_id)


def _page(case_id: str, refusal: str | None = None) -> str:
    now = clock.now()
    with transaction() as session:
        shown = queries.arrangements_page(session, case_id, profile=g.business, now=now)
    fresh = {f"{prefix}_id": ids.new(prefix, now=now) for prefix in ("hld", "prm", "ppl", "dsp")}
    words = {"reasons": rules.REASONS, "causes": rules.CAUSES}
    return render_template("office/arrangements.html", **shown, **fresh, **words, refusal=refusal)


def _act(case_id: str, act: Callable[[Session, datetime], str]) -> Redirect | Response:
    """Do something in a case and show it again."""

    return attempt(
        at_once(act),
        again=lambda refusal: _page(case_id, refusal),
        then=url_for("office.arrangements", case_id=case_id),
        wrong=lambda invalid: next(_WRONG[field] for field in invalid.messages_dict),
    )


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, "").strip())
    except ValueError as unreadable:
        raise ValidationError({"day": ["Not a day."]}) from unreadable


def _amount(currency: str) -> int | None:
    if not request.form.get("amount", "").strip():
        return None
    minor = typed_minor(currency)
    if not isinstance(minor, int) or minor <= 0:
        raise ValidationError({"amount": ["Not an amount."]})
    return minor


@blueprint.post("/cases/<case_id>/holds")
@allow(Role.OFFICE)
def place_hold(case_id: str) -> Redirect | Response:
    """Let a case rest until a day, or until its owner releases it."""

    def act(session: Session, now: datetime) -> str:
        kind = HoldKind.LEGAL if request.form.get("kind") == HoldKind.LEGAL else HoldKind.MANUAL
        operations.place_hold(
            session,
            case_id=case_id,
            hold_id=request.form.get("hold_id", ""),
            kind=kind,
            reason=said("reason")[:500],
            until_on=_day("until_on") if request.form.get("until_on") else None,
            owner=caller().principal,
            now=now,
        )
        return _("The case rests.")

    return _act(case_id, act)


@blueprint.post("/cases/<case_id>/holds/<hold_id>/release")
@allow(Role.OFFICE)
def release_hold(case_id: str, hold_id: str) -> Redirect | Response:
    """End a hold."""

    def act(session: Session, now: datetime) -> str:
        operations.release_hold(session, case_id=case_id, hold_id=hold_id, released_by=caller().principal, now=now)
        return _("The hold is over.")

    return _act(case_id, act)


@blueprint.post("/cases/<case_id>/promises")
@allow(Role.OFFICE)
def give_promise(case_id: str) -> Redirect | Response:
    """Write down a promise."""

    def act(session: Session, now: datetime) -> str:
        operations.promise(
            session,
            case_id=case_id,
            promise_id=request.form.get("promise_id", ""),
            amount_minor=_amount(dunning.get_case(session, case_id).currency),
            due_on=_day("due_on"),
            source=Source.OFFICE,
            made_by=caller().principal,
            now=now,
        )
        return _("The promise is written down, and the customer gets a confirmation.")

    return _act(case_id, act)


@blueprint.post("/cases/<case_id>/promises/<promise_id>/cancellation")
@allow(Role.OFFICE)
def cancel_promise(case_id: str, promise_id: str) -> Redirect | Response:
    """Take a promise as not given."""

    def act(session: Session, now: datetime) -> str:
        operations.cancel_promise(session, case_id=case_id, promise_id=promise_id, now=now)
        return _("The promise counts no more.")

    return _act(case_id, act)


@blueprint.post("/cases/<case_id>/payment_plans")
@allow(Role.OFFICE)
def draw_up_plan(case_id: str) -> Redirect | Response:
    """Offer to be paid in parts."""

    def act(session: Session, now: datetime) -> str:
        count, every = numbers.whole(request.form.get("count", ""), most=60) or 0, request.form.get("every", "")
        if count < 2 or every not in set(Every):
            raise ValidationError({"parts": ["Not parts."]})
        operations.draw_up_plan(
            session,
            case_id=case_id,
            plan_id=request.form.get("payment_plan_id", ""),
            count=count,
            first_on=_day("first_on"),
            every=Every(every),
            source=Source.OFFICE,
            made_by=caller().principal,
            now=now,
        )
        return _("The plan is offered: the customer gets the link to sign it.")

    return _act(case_id, act)


@blueprint.post("/cases/<case_id>/payment_plans/<plan_id>/<any(offer,signature,cancellation):verb>")
@allow(Role.OFFICE)
def change_payment_plan(case_id: str, plan_id: str, verb: str) -> Redirect | Response:
    """Agree to a plan a customer asked for, record that it was signed here, or end it."""

    def act(session: Session, now: datetime) -> str:
        if verb == "offer":
            operations.offer_plan(session, plan_id=plan_id, now=now)
            return _("The plan is offered: the customer gets the link to sign it.")
        if verb == "cancellation":
            operations.cancel_plan(session, plan_id=plan_id, now=now)
            return _("The plan is over.")
        operations.sign_plan(
            session,
            plan_id=plan_id,
            document_sha256=request.form.get("document_sha256", ""),
            signer_name=said("signer_name")[:200],
            witness_name=request.form.get("witness_name", "").strip()[:200] or None,
            saved_card_id=request.form.get("saved_card_id") or None,
            signed_by=caller().principal,
            now=now,
        )
        return _("The agreement is signed, and the customer gets a copy.")

    return _act(case_id, act)


@blueprint.get("/payment_plans/<plan_id>.pdf")
@allow(Role.OFFICE)
def agreement_pdf(plan_id: str) -> Response:
    """Send the agreement of a payment plan."""
    with transaction() as session:
        facts = dunning.plan_pdf_facts(dunning.get_payment_plan(session, plan_id))
    return pdf_response(pdf.agreement(facts), plan_id)


@blueprint.post("/cases/<case_id>/disputes")
@allow(Role.OFFICE)
def open_dispute(case_id: str) -> Redirect | Response:
    """Take down what a customer objects to."""

    def act(session: Session, now: datetime) -> str:
        reason = request.form.get("reason", "")
        operations.dispute(
            session,
            invoice_id=request.form.get("invoice_id", ""),
            dispute_id=request.form.get("dispute_id", ""),
            amount_minor=_amount(dunning.get_case(session, case_id).currency),
            reason=DisputeReason(reason) if reason in set(DisputeReason) else DisputeReason.OTHER,
            said=said("said"),
            source=Source.OFFICE,
            opened_by=caller().principal,
            now=now,
        )
        return _("It is taken down. That amount is not asked for until it is decided.")

    return _act(case_id, act)


@blueprint.post("/cases/<case_id>/disputes/<dispute_id>/decision")
@allow(Role.OFFICE)
def decide_dispute(case_id: str, dispute_id: str) -> Redirect | Response:
    """Say what became of an objection."""

    def act(session: Session, now: datetime) -> str:
        wanted, cause = request.form.get("status", ""), request.form.get("root_cause", "")
        if wanted not in set(DisputeStatus) - {DisputeStatus.OPEN}:
            raise ValidationError({"reason": ["Needed."]})
        operations.decide_dispute(
            session,
            dispute_id=dispute_id,
            status=DisputeStatus(wanted),
            root_cause=RootCause(cause) if cause in set(RootCause) else None,
            answer=request.form.get("answer", "").strip()[:2000] or None,
            decided_by=caller().principal,
            now=now,
        )
        return _("It is decided, and the customer is told.")

    return _act(case_id, act)
