"""Letting go at the desk: a case is handed over or written off by people who answer for it, and taken up again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Response, g, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from server.access.routes import caller
from server.access.rules import Role, allow, may
from server.core import clock, ids
from server.core.database import transaction
from server.core.words import msgid as _
from server.dunning import operations as dunning
from server.dunning import rules as chasing
from server.dunning.rules import ProposalKind
from server.office import queries
from server.office.routes.desk import blueprint
from server.office.routes.forms import at_once, attempt, said
from server.office.routes.standing import DECIDERS
from server.referrals import flows
from server.referrals import operations as referrals
from server.referrals import queries as referred
from server.write_offs import operations as write_offs

_LONGEST = 500


@blueprint.get("/chase/cases/<case_id>/letting-go")
@allow(Role.OFFICE)
def letting_go(case_id: str) -> str:
    """Show what is to be decided about a case, and the evidence for it."""
    return _page(case_id)


def _page(case_id: str, refusal: str | None = None) -> str:
    now, who = clock.now(), caller()
    with transaction() as session:
        shown = queries.letting_go_page(session, case_id, profile=g.business, by=who.principal, now=now)
    return render_template(
        "office/letting_go.html",
        **shown,
        chasing=chasing,
        may_decide=may(who.role, DECIDERS),
        referral_id=ids.new("rfl", now=now),
        write_off_id=ids.new("wof", now=now),
        refusal=refusal,
    )


def _act(case_id: str, act: Callable[[Session, datetime], str]) -> Redirect | Response:
    """Do something about a case and show it again."""

    return attempt(
        at_once(act),
        again=lambda refusal: _page(case_id, refusal),
        then=url_for("office.letting_go", case_id=case_id),
        wrong=lambda _invalid: _("Say why."),
    )


@blueprint.post("/chase/cases/<case_id>/proposals")
@allow(Role.OFFICE)
def propose(case_id: str) -> Redirect | Response:
    """Ask that a case be handed over. Nothing goes out of it until somebody decides."""

    def act(session: Session, now: datetime) -> str:
        why = said("reason")[:_LONGEST]
        by = caller().principal
        dunning.propose_by_hand(
            session, case_id=case_id, kind=ProposalKind.REFERRAL, reason=why, proposed_by=by, now=now
        )
        return _("A supervisor is asked. Nothing goes out until they decide.")

    return _act(case_id, act)


@blueprint.post("/chase/cases/<case_id>/proposals/rejection")
@allow(*DECIDERS)
def reject_proposal(case_id: str) -> Redirect | Response:
    """Turn a proposal down: the case goes on where it had stopped."""

    def act(session: Session, now: datetime) -> str:
        dunning.reject(session, case_id=case_id, note=said("note")[:_LONGEST], rejected_by=caller().principal, now=now)
        return _("It is turned down. The chase goes on where it had stopped.")

    return _act(case_id, act)


@blueprint.post("/chase/cases/<case_id>/referrals")
@allow(*DECIDERS)
def refer(case_id: str) -> Redirect | Response:
    """Approve that a case goes to an agency; the same form sent twice is one referral."""

    def act(session: Session, now: datetime) -> str:
        referrals.refer(
            session,
            referral_id=request.form.get("referral_id") or ids.new("rfl", now=now),
            case_id=case_id,
            agency_id=request.form.get("agency_id", ""),
            note=said("note")[:_LONGEST],
            approved_by=caller().principal,
            now=now,
        )
        return _("It is referred. Nothing goes out from here any more.")

    return _act(case_id, act)


@blueprint.post("/referrals/<referral_id>/recall")
@allow(*DECIDERS)
def recall(referral_id: str) -> Redirect | Response:
    """Take a case back: it goes on here where it had stopped."""
    with transaction() as session:
        case_id = referred.get_referral(session, referral_id).case_id

    def act(session: Session, now: datetime) -> str:
        why = said("reason")[:_LONGEST]
        referrals.recall(session, referral_id=referral_id, reason=why, recalled_by=caller().principal, now=now)
        return _("The case is back. The chase goes on where it had stopped.")

    return _act(case_id, act)


@blueprint.post("/referrals/<referral_id>/handover")
@allow(Role.OFFICE)
def take_pack(referral_id: str) -> Redirect | Response:
    """Send what the agency needs in one ZIP, and write down its hash."""
    content = flows.hand_over(referral_id=referral_id, by=caller().principal, now=clock.now())
    headers = {"Content-Disposition": f'attachment; filename="{referral_id}.zip"'}
    return Response(content, content_type="application/zip", headers=headers)


@blueprint.post("/chase/cases/<case_id>/write_offs")
@allow(Role.OFFICE)
def ask_write_off(case_id: str) -> Redirect | Response:
    """Ask, as the first of two people, to let go what a case is about."""

    def act(session: Session, now: datetime) -> str:
        dunning.write_off(
            session,
            case_id=case_id,
            write_off_id=request.form.get("write_off_id") or ids.new("wof", now=now),
            reason=said("reason")[:_LONGEST],
            asked_by=caller().principal,
            now=now,
        )
        return _("A second person is asked. Nothing goes out until they decide.")

    return _act(case_id, act)


@blueprint.post("/chase/cases/<case_id>/write_offs/<write_off_id>/approval")
@allow(*DECIDERS)
def agree_write_off(case_id: str, write_off_id: str) -> Redirect | Response:
    """Let it go, as another than who asked."""

    def act(session: Session, now: datetime) -> str:
        write_offs.agree(session, write_off_id=write_off_id, agreed_by=caller().principal, now=now)
        return _("It is written off.")

    return _act(case_id, act)


@blueprint.post("/chase/cases/<case_id>/write_offs/<write_off_id>/rejection")
@allow(Role.OFFICE)
def reject_write_off(case_id: str, write_off_id: str) -> Redirect | Response:
    """Turn a write-off down, or take back one's own."""

    def act(session: Session, now: datetime) -> str:
        why = said("note")[:_LONGEST]
        write_offs.reject(session, write_off_id=write_off_id, note=why, rejected_by=caller().principal, now=now)
        return _("It is not written off. The chase goes on.")

    return _act(case_id, act)


@blueprint.post("/chase/cases/<case_id>/write_offs/<write_off_id>/invoices/<invoice_id>/reinstatement")
@allow(Role.OFFICE)
def reinstate(case_id: str, write_off_id: str, invoice_id: str) -> Redirect | Response:
    """Let an invoice be owed again, because its customer pays after all."""

    def act(session: Session, now: datetime) -> str:
        write_offs.reinstate(
            session,
            write_off_id=write_off_id,
            invoice_id=invoice_id,
            reinstated_by=caller().principal,
            now=now,
        )
        return _("It is owed again: any way of paying may take it.")

    return _act(case_id, act)
