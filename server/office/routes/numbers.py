"""Numbers at the desk: what was open on a day, and how well money comes in."""

from __future__ import annotations

from datetime import date

from flask import Response, g, make_response, render_template, request

from server.access.rules import Role, allow
from server.core import clock, words
from server.core.database import transaction
from server.core.words import msgid as _
from server.dunning.rules import recovery
from server.office.routes.desk import blueprint
from server.reports import queries, rules


@blueprint.get("/numbers")
@allow(Role.OFFICE)
def numbers() -> Response:
    """Show the numbers of a day."""
    today = clock.local_date(clock.now(), g.business.time_zone)
    on, refusal = _day(today)
    with transaction() as session:
        found = queries.numbers(session, on=on, time_zone=g.business.time_zone, today=today)
        conduct = queries.conduct(session, on=on, time_zone=g.business.time_zone, today=today)
    shown = render_template(
        "office/numbers.html",
        on=on,
        today=today,
        numbers=found,
        enough=recovery.enough(),
        rules=rules,
        refusal=refusal,
        conduct=conduct,
    )
    return make_response(shown, 422 if refusal else 200)


def _day(today: date) -> tuple[date, str | None]:
    """Return the day that is asked for, or today and why not."""
    wanted = request.args.get("on")
    try:
        on = date.fromisoformat(wanted) if wanted else today
    except ValueError:
        return today, _("This is not a day. Write it like 2026-03-31.")
    return (on, None) if on <= today else (today, _("That day is still to come."))


@blueprint.get("/numbers/aging.csv")
@allow(Role.OFFICE)
def aging_csv() -> Response:
    """Send every invoice that was open on a day."""
    today = clock.local_date(clock.now(), g.business.time_zone)
    on, _refusal = _day(today)
    with transaction() as session:
        rows = queries.aging_csv(session, on=on, time_zone=g.business.time_zone, today=today)
    headers = {"Content-Disposition": f'attachment; filename="aging-{on}.csv"'}
    return Response(rows, content_type="text/csv; charset=utf-8", headers=headers)


@blueprint.get("/numbers/weekly")
@allow(Role.OFFICE)
def weekly() -> Response:
    """Show the report of a week."""
    found, refusal = _week()
    shown = render_template(
        "office/weekly.html",
        weekly=found,
        title=rules.headline(found, words.spoken()),
        sections=rules.sections(found, words.spoken()),
        step=rules.WEEK,
        refusal=refusal,
    )
    return make_response(shown, 422 if refusal else 200)


def _week() -> tuple[rules.Weekly, str | None]:
    """Return the report of the week that is asked for, or of the last one and why not."""
    today = clock.local_date(clock.now(), g.business.time_zone)
    over = rules.last_day(today) - rules.WEEK
    on, refusal = _day(today) if request.args.get("on") else (over, None)
    if rules.last_day(on) > over:
        on, refusal = over, refusal or _("That week is not over yet.")
    with transaction() as session:
        return queries.weekly(session, on=on, time_zone=g.business.time_zone, today=today), refusal


@blueprint.get("/numbers/weekly.csv")
@allow(Role.OFFICE)
def weekly_csv() -> Response:
    """Send the report of a week as CSV."""
    found, _refusal = _week()
    headers = {"Content-Disposition": f'attachment; filename="week-{found.last}.csv"'}
    return Response(rules.as_csv(found), content_type="text/csv; charset=utf-8", headers=headers)
