"""Cash and cheques at the desk: who holds them, counting what is handed over, paying in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from schemas.cash import Countersign, HandOver, PayIn, Reject
from server.access.routes import caller
from server.access.rules import Role, allow
from server.cash import operations
from server.core import clock, ids
from server.core.database import transaction
from server.core.words import msgid as _
from server.office import queries
from server.office.routes.desk import blueprint
from server.office.routes.forms import attempt, typed_minor


@blueprint.get("/cash")
@allow(Role.OFFICE)
def cash() -> str:
    """Show who holds which cash and cheques."""
    return _cash_page()


def _cash_page(refusal: str | None = None) -> str:
    now = clock.now()
    with transaction() as session:
        shown = queries.cash_page(session, by=caller().principal)
    return render_template(
        "office/cash.html",
        **shown,
        refusal=refusal,
        handover_id=ids.new("hnd", now=now),
        banking_id=ids.new("bnk", now=now),
    )


def _do(act: Callable[[Session], Any], done: str) -> Redirect | Response:
    """Do it and say so, or say why not; `act` reads the form."""

    def once() -> str:
        with transaction() as session:
            act(session)
        return done

    said = _("Write amounts like 85.50 or 85,50, and say why where it is asked.")
    return attempt(once, again=_cash_page, then=url_for("office.cash"), wrong=lambda _wrong: said)


def _typed(name: str) -> int | str:
    return typed_minor(request.form.get("currency", ""), name, empty="0")


@blueprint.post("/cash/handovers")
@allow(Role.OFFICE)
def hand_over() -> Redirect | Response:
    """Write down that a technician hands cash and cheques over; somebody else counts."""
    said = {name: request.form.get(name, "") for name in ("handover_id", "technician_id", "currency")}

    def act(session: Session) -> None:
        loaded = HandOver().load({**said, "amount_minor": _typed("amount"), "cheques": request.form.getlist("cheques")})
        operations.hand_over(session, **loaded, handed_by=caller().principal, now=clock.now())

    return _do(act, _("Written down. Somebody else counts it and countersigns."))


@blueprint.post("/cash/handovers/<handover_id>/countersignature")
@allow(Role.OFFICE)
def countersign(handover_id: str) -> Redirect | Response:
    """Take a handover into the drawer, as counted."""
    reason = request.form.get("reason", "").strip() or None

    def act(session: Session) -> None:
        loaded = Countersign().load({"counted_minor": _typed("counted"), "reason": reason})
        operations.countersign(
            session, **loaded, handover_id=handover_id, countersigned_by=caller().principal, now=clock.now()
        )

    return _do(act, _("Countersigned: it is in the office's drawer."))


@blueprint.post("/cash/handovers/<handover_id>/rejection")
@allow(Role.OFFICE)
def reject_handover(handover_id: str) -> Redirect | Response:
    """Turn a handover down."""

    def act(session: Session) -> None:
        loaded = Reject().load({"reason": request.form.get("reason", "").strip()})
        operations.reject(session, **loaded, handover_id=handover_id, rejected_by=caller().principal, now=clock.now())

    return _do(act, _("Turned down: everything stays with the technician."))


@blueprint.post("/cash/bankings")
@allow(Role.OFFICE)
def pay_in() -> Redirect | Response:
    """Write down that cash and cheques of the office were paid in at the bank."""
    said = {name: request.form.get(name, "") for name in ("banking_id", "currency")}
    reference = request.form.get("reference", "").strip() or None

    def act(session: Session) -> None:
        typed = {"amount_minor": _typed("amount"), "cheques": request.form.getlist("cheques"), "reference": reference}
        operations.pay_in(session, **PayIn().load({**said, **typed}), paid_in_by=caller().principal, now=clock.now())

    return _do(act, _("Paid in: it is booked to the bank account."))
