"""Between us and the bank, at the desk: payouts and chargebacks."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from server.access.routes import caller
from server.access.rules import Role, allow
from server.chargebacks import flows
from server.chargebacks import queries as chargeback_queries
from server.core import clock, words
from server.core.database import transaction
from server.core.errors import Conflict
from server.core.words import msgid as _
from server.office import queries
from server.office.routes.desk import blueprint, page_number, pdf_response
from server.payouts import queries as payout_queries


@blueprint.get("/payouts")
@allow(Role.OFFICE)
def payouts() -> str:
    """List what Stripe sends to the bank."""
    with transaction() as session:
        shown = queries.payout_list(session, page=page_number())
    return render_template("office/payouts.html", **shown, page=page_number())


@blueprint.get("/payouts/<payout_id>")
@allow(Role.OFFICE)
def payout(payout_id: str) -> str:
    """Show what a payout consists of."""
    with transaction() as session:
        shown = payout_queries.get_sheet(session, payout_id)
        unassigned = queries.list_unassigned(session)
    return render_template("office/payout.html", payout=shown, unassigned=unassigned)


@blueprint.get("/payouts/<payout_id>.csv")
@allow(Role.OFFICE)
def payout_csv(payout_id: str) -> Response:
    """Send the lines of a payout as a table, for the bookkeeper."""
    with transaction() as session:
        sheet = payout_queries.get_sheet(session, payout_id)
    kept_as = {"Content-Disposition": f'attachment; filename="{payout_id}.csv"'}
    return Response(payout_queries.as_csv(sheet), content_type="text/csv; charset=utf-8", headers=kept_as)


@blueprint.get("/chargebacks")
@allow(Role.OFFICE)
def chargebacks() -> str:
    """List what banks take back."""
    with transaction() as session:
        shown = queries.chargeback_list(session, locale=words.spoken(), page=page_number())
    return render_template("office/chargebacks.html", **shown, page=page_number())


@blueprint.get("/chargebacks/<chargeback_id>")
@allow(Role.OFFICE)
def chargeback(chargeback_id: str) -> str:
    """Show a chargeback with its evidence."""
    return _chargeback_page(chargeback_id)


def _chargeback_page(chargeback_id: str, *, refusal: str | None = None) -> str:
    with transaction() as session:
        shown = chargeback_queries.get_sheet(session, chargeback_id, locale=words.spoken())
        row = chargeback_queries.get_chargeback(session, chargeback_id)
    return render_template(
        "office/chargeback.html",
        it=shown,
        alarming=chargeback_queries.is_alarming(row, now=clock.now()),
        refusal=refusal,
        me=caller(),
        here=url_for("office.chargeback", chargeback_id=chargeback_id),
    )


@blueprint.get("/chargebacks/<chargeback_id>/evidence/<file_id>")
@allow(Role.OFFICE)
def evidence(chargeback_id: str, file_id: str) -> Response:
    """Send a file of the evidence, byte for byte as it was sent."""
    with transaction() as session:
        file, content = chargeback_queries.get_evidence(session, chargeback_id, file_id)
    return pdf_response(content, file.filename.removesuffix(".pdf"))


@blueprint.post("/chargebacks/<chargeback_id>/submission")
@allow(Role.SUPERVISOR, Role.ADMIN)
def submit_evidence(chargeback_id: str) -> Redirect | Response:
    """Hand the evidence in to the bank."""
    statement = request.form.get("statement", "").strip()[:5000] or None
    try:
        flows.submit(chargeback_id=chargeback_id, statement=statement, asked_by=caller().principal, now=clock.now())
    except Conflict as refused:
        return make_response(_chargeback_page(chargeback_id, refusal=refused.sentence()), refused.status)
    flash(_("The evidence goes to the bank."))
    return redirect(url_for("office.chargeback", chargeback_id=chargeback_id), 303)


@blueprint.post("/chargebacks/<chargeback_id>/acceptance")
@allow(Role.SUPERVISOR, Role.ADMIN)
def accept_chargeback(chargeback_id: str) -> Redirect | Response:
    """Give in: the bank keeps the money."""
    try:
        flows.accept(chargeback_id=chargeback_id, asked_by=caller().principal, now=clock.now())
    except Conflict as refused:
        return make_response(_chargeback_page(chargeback_id, refusal=refused.sentence()), refused.status)
    flash(_("The loss is accepted."))
    return redirect(url_for("office.chargeback", chargeback_id=chargeback_id), 303)
