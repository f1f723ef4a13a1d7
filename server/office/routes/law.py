"""What each place allows, at the desk: the rules with their sources, read and switched on by an admin."""

from __future__ import annotations

from datetime import datetime

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug.wrappers import Response as Redirect

from schemas.law import EnterRate
from server.access import queries as access
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock, ids, numbers, words
from server.core.database import transaction
from server.core.errors import Problem
from server.core.words import msgid as _
from server.law import operations, queries, rules
from server.office.routes.desk import blueprint
from server.office.routes.forms import attempt


@blueprint.get("/law")
@allow(Role.ADMIN)
def law() -> str:
    """List the places and whether their rules hold."""
    return _law_page(clock.now())


def _law_page(now: datetime, *, key: str | None = None, refusal: str | None = None) -> str:
    today = clock.local_date(now, g.business.time_zone)
    with transaction() as session:
        rows = queries.list_sheets(session, today=today)
        shown = queries.get_sheet(session, key, today=today) if key else None
        reviews = queries.list_reviews(session, key) if key else []
        rates = queries.list_rates(session) if key is None else []
        me = caller()
        name = access.get_staff(session, me.staff_id).name if me.staff_id else ""
    review_id = request.form.get("review_id") or ids.new("lrv", now=now)
    said = {
        "rows": rows,
        "shown": shown,
        "reviews": reviews,
        "name": name,
        "review_id": review_id,
        "spoken": words.spoken()[:2],
        "references": rules.REFERENCES,
        "counts_days": rules.COUNTS_DAYS,
        "today": today,
        "rates": rates,
        "rate_id": request.form.get("rate_id") or ids.new("rat", now=now),
    }
    return render_template("office/law.html", **said, refusal=refusal)


@blueprint.post("/law/rates")
@allow(Role.ADMIN)
def enter_rate() -> Redirect | Response:
    """Write down a reference rate from a day on; the same form sent twice is one."""

    def act() -> str:
        now, typed = clock.now(), request.form
        said = {
            "rate_id": typed.get("rate_id") or ids.new("rat", now=now),
            "name": typed.get("name", ""),
            "valid_from": typed.get("valid_from", ""),
            "percent": typed.get("percent", "").strip().removesuffix("%").strip().replace(",", "."),
            "source": typed.get("source", "").strip(),
        }
        wanted = EnterRate().load(said)
        with transaction() as session:
            operations.enter_rate(session, **wanted, entered_by=caller().principal, now=now)
        return _("The rate is entered.")

    def wrong(_invalid: ValidationError) -> str:
        return _("Write a rate like 2.15 or 2,15, the day from which it holds, and where you read it.")

    return attempt(
        act, again=lambda refusal: _law_page(clock.now(), refusal=refusal), then=url_for("office.law"), wrong=wrong
    )


@blueprint.get("/law/<key>")
@allow(Role.ADMIN)
def law_row(key: str) -> str:
    """Show the rules of a place."""
    return _law_page(clock.now(), key=key)


@blueprint.post("/law/<key>/reviews")
@allow(Role.ADMIN)
def review_law(key: str) -> Redirect | Response:
    """Say that the rules of a place were read, and switch them on or off."""
    now = clock.now()
    name = request.form.get("name", "").strip()[:120]
    if not name:
        return make_response(_law_page(now, key=key, refusal=_("Write who answers for it.")), 422)
    switched_on = request.form.get("switch") == "on"
    try:
        with transaction() as session:
            operations.review(
                session,
                review_id=request.form.get("review_id") or ids.new("lrv", now=now),
                key=key,
                version=numbers.whole(request.form.get("version", "")) or 0,  # none of them is read as another
                switched_on=switched_on,
                name=name,
                reviewed_by=caller().principal,
                now=now,
            )
    except Problem as refused:
        return make_response(_law_page(now, key=key, refusal=refused.sentence()), refused.status)
    flash(_("These rules hold from now on.") if switched_on else _("These rules are off: the house's ceiling remains."))
    return redirect(url_for("office.law_row", key=key), 303)
