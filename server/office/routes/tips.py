"""Tips at the desk: what each technician got, what they were paid of it, and what is still held for them."""

from __future__ import annotations

from datetime import date

from flask import Response, g, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from schemas.tips import NewTipPayout
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock, ids
from server.core.database import transaction
from server.core.words import msgid as _
from server.office.routes.desk import blueprint
from server.office.routes.forms import attempt, typed_minor
from server.payments import operations, queries
from server.payments.rules import Method


@blueprint.get("/tips")
@allow(Role.OFFICE)
def tips() -> str:
    """Show the tips of a span of days; of this month where none is told."""
    return _tips_page()


def _tips_page(refusal: str | None = None) -> str:
    now = clock.now()
    today = clock.local_date(now, g.business.time_zone)
    first, last = _day("from", today.replace(day=1)), _day("to", today)
    with transaction() as session:
        shown = {
            "rows": queries.tips_of(session, first=min(first, last), last=last),
            "payouts": queries.list_tip_payouts(session),
        }
    return render_template(
        "office/tips.html",
        **shown,
        first=min(first, last),
        last=last,
        refusal=refusal,
        tip_payout_id=ids.new("tip", now=now),
    )


def _day(name: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return otherwise


@blueprint.post("/tips/payouts")
@allow(Role.OFFICE)
def pay_out_tips() -> Redirect | Response:
    """Write down that a technician got their tips; the same form sent twice is one payout."""

    def act() -> str:
        said = {name: request.form.get(name, "") for name in ("tip_payout_id", "technician_id", "currency", "method")}
        reference = request.form.get("reference", "").strip() or None
        amount_minor = typed_minor(said["currency"])
        wanted = NewTipPayout().load({**said, "amount_minor": amount_minor, "reference": reference})
        with transaction() as session:
            operations.pay_out_tips(
                session,
                **{**wanted, "method": Method(wanted["method"])},
                paid_by=caller().principal,
                now=clock.now(),
            )
        return _("The payout is written down, and booked.")

    said = _("This is not an amount. Write it like 85.50 or 85,50.")
    return attempt(act, again=_tips_page, then=url_for("office.tips"), wrong=lambda _wrong: said)
