"""Agencies at the desk: who collects for us, and what came of what was handed to them."""

from __future__ import annotations

from flask import Response, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug.wrappers import Response as Redirect

from schemas.referrals import AddAgency
from server.access.rules import Role, allow
from server.core import clock, ids
from server.core.database import transaction
from server.core.words import msgid as _
from server.office import queries, rules
from server.office.routes.desk import blueprint
from server.office.routes.forms import attempt
from server.referrals import operations

_WRONG = {
    "name": _("Say who it is."),
    "email": _("This is not an e-mail address."),
    "commission_bp": _("What they keep is a number from 0 to 100."),
}


@blueprint.get("/chase/agencies")
@allow(Role.OFFICE)
def agencies() -> str:
    """Show who collects for us, and what came of it."""
    return _page()


def _page(refusal: str | None = None) -> str:
    with transaction() as session:
        shown = queries.agencies_page(session)
    return render_template("office/agencies.html", **shown, agency_id=ids.new("agc", now=clock.now()), refusal=refusal)


@blueprint.post("/chase/agencies")
@allow(Role.ADMIN)
def add_agency() -> Redirect | Response:
    """Note an agency, a lawyer or a factor; the same form sent twice is one."""

    def act() -> str:
        now, typed = clock.now(), request.form
        wanted = AddAgency().load(
            {
                "agency_id": typed.get("agency_id") or ids.new("agc", now=now),
                "kind": typed.get("kind", ""),
                "name": typed.get("name", "").strip(),
                "email": typed.get("email", "").strip() or None,
                "commission_bp": rules.basis_points(typed.get("commission", "")),
            }
        )
        with transaction() as session:
            operations.add_agency(session, **wanted, now=now)
        return _("The agency is added.")

    def wrong(invalid: ValidationError) -> str:
        found = (sentence for field, sentence in _WRONG.items() if field in invalid.messages_dict)
        return next(found, _("This cannot be accepted as it is."))

    return attempt(act, again=_page, then=url_for("office.agencies"), wrong=wrong)


@blueprint.post("/chase/agencies/<agency_id>/leave")
@allow(Role.ADMIN)
def leave_agency(agency_id: str) -> Redirect | Response:
    """Hand nothing to an agency any more."""

    def act() -> str:
        with transaction() as session:
            operations.leave_agency(session, agency_id=agency_id, now=clock.now())
        return _("Nothing is handed to them any more. What is there stays there.")

    return attempt(act, again=_page, then=url_for("office.agencies"))
