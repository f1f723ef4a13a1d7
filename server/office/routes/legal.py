"""Legal steps at the desk: confirmed by somebody who decides, and withdrawn."""

from __future__ import annotations

from datetime import datetime

from flask import Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from server.access.routes import caller
from server.access.rules import allow
from server.core import ids
from server.core.words import msgid as _
from server.dunning import operations
from server.office.routes.chase import case_page
from server.office.routes.desk import blueprint
from server.office.routes.forms import at_once, attempt, said
from server.office.routes.standing import DECIDERS

_LONGEST = 500


@blueprint.post("/chase/cases/<case_id>/legal-intent/<any(confirm,withdraw):verb>")
@allow(*DECIDERS)
def legal_intent(case_id: str, verb: str) -> Redirect | Response:
    """Say that legal steps are meant in a case, or no more; the same form sent twice is one."""

    def act(session: Session, now: datetime) -> str:
        why, by = said("reason")[:_LONGEST], caller().principal
        if verb == "withdraw":
            operations.withdraw_intent(session, case_id=case_id, reason=why, withdrawn_by=by, now=now)
            return _("Legal steps are meant no more. The final demand does not speak of them.")
        intent_id = request.form.get("intent_id") or ids.new("lgi", now=now)
        operations.confirm_intent(session, intent_id=intent_id, case_id=case_id, reason=why, confirmed_by=by, now=now)
        return _("Legal steps are confirmed. The final demand says so.")

    return attempt(
        at_once(act),
        again=lambda refusal: case_page(case_id, refusal),
        then=url_for("office.case", case_id=case_id),
        wrong=lambda _invalid: _("Say why."),
    )
