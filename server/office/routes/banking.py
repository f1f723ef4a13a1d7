"""Between us and the bank, at the desk: payouts."""

from __future__ import annotations

from flask import Response, render_template

from server.access.rules import Role, allow
from server.core.database import transaction
from server.office import queries
from server.office.routes.desk import blueprint, page_number
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
    return render_template("office/payout.html", payout=shown)


@blueprint.get("/payouts/<payout_id>.csv")
@allow(Role.OFFICE)
def payout_csv(payout_id: str) -> Response:
    """Send the lines of a payout as a table, for the bookkeeper."""
    with transaction() as session:
        sheet = payout_queries.get_sheet(session, payout_id)
    kept_as = {"Content-Disposition": f'attachment; filename="{payout_id}.csv"'}
    return Response(payout_queries.as_csv(sheet), content_type="text/csv; charset=utf-8", headers=kept_as)
