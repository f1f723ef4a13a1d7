"""The law of a case at the desk: which rules hold, whom they let us contact now, and until when a debt can be sued
for."""

from __future__ import annotations

from datetime import date

from flask import Response, g, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug.wrappers import Response as Redirect

from schemas.law import NoteAct
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock, ids
from server.core.database import transaction
from server.core.words import msgid as _
from server.dunning.operations.limitation import note_act
from server.dunning.queries import limitation
from server.law.rules import Interruption
from server.office import queries
from server.office.routes.desk import blueprint
from server.office.routes.forms import attempt


@blueprint.get("/chase/cases/<case_id>/law")
@allow(Role.OFFICE)
def case_law(case_id: str) -> str:
    """Show which rules hold for the customer of a case, and until when their debts can be sued for."""
    return _page(case_id)


def _page(case_id: str, refusal: str | None = None) -> str:
    now = clock.now()
    with transaction() as session:
        shown = queries.case_law_page(session, case_id, profile=g.business, now=now)
    return render_template("office/case_law.html", **shown, act_id=ids.new("act", now=now), refusal=refusal)


@blueprint.post("/chase/cases/<case_id>/law/acts")
@allow(Role.OFFICE)
def note_limitation_act(case_id: str) -> Redirect | Response:
    """Note what may begin the limitation of a debt again; the same form sent twice is one act."""

    def act() -> str:
        said, now = request.form, clock.now()
        wanted = NoteAct().load(
            {
                "act_id": said.get("act_id") or ids.new("act", now=now),
                "kind": said.get("kind", ""),
                "happened_on": said.get("happened_on", ""),
                "note": said.get("note", "").strip()[:500] or None,
            }
        )
        kind, invoice_id = Interruption(wanted.pop("kind")), said.get("invoice_id", "")
        by = caller().principal
        with transaction() as session:
            note_act(session, invoice_id=invoice_id, kind=kind, **wanted, noted_by=by, now=now)
        return _("It is noted.")

    def wrong(_invalid: ValidationError) -> str:
        return _("Say what happened, and on which day.")

    return attempt(
        act,
        again=lambda refusal: _page(case_id, refusal),
        then=url_for("office.case_law", case_id=case_id),
        wrong=wrong,
    )


@blueprint.get("/chase/limitations")
@allow(Role.OFFICE)
def limitations() -> str:
    """List the debts that soon can be sued for no more, the first to end first."""
    now = clock.now()
    today: date = clock.local_date(now, g.business.time_zone)
    with transaction() as session:
        alarms = limitation.list_alarms(session, now=now)
    return render_template("office/limitations.html", alarms=alarms, today=today, places=queries.place_names())
