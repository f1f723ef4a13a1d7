"""Technicians' phones and card readers at the desk."""

from __future__ import annotations

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug.wrappers import Response as Redirect

from schemas.payments import RegisterReader
from server.access import operations as access
from server.access.rules import Role, allow
from server.core import clock, config
from server.core.database import transaction
from server.core.errors import Problem
from server.core.words import msgid as _
from server.documents import qr
from server.office import queries
from server.office.routes.desk import blueprint
from server.payments import flows


@blueprint.get("/phones")
@allow(Role.OFFICE)
def phones() -> str:
    """List phones."""
    return _phones_page()


def _phones_page(pairing: access.Pairing | None = None, technician_id: str | None = None) -> str:
    with transaction() as session:
        paired = queries.list_phones(session)
        technicians = queries.list_technicians(session)
    address = f"{config.current().public_url}/kiosk/#pair={pairing.code}" if pairing else None
    return render_template(
        "office/phones.html",
        phones=paired,
        technicians=technicians,
        pairing=pairing,
        technician=next((person for person in technicians if person.id == technician_id), None),
        address=address,
        qr=qr.svg(address) if address else None,
        here=url_for("office.phones"),
    )


@blueprint.post("/phones")
@allow(Role.OFFICE)
def pair_phone() -> str:
    """Make a code that pairs one phone, and show it this once."""
    technician_id = request.form.get("technician_id", "")
    with transaction() as session:
        pairing = access.create_pairing(session, technician_id=technician_id, now=clock.now())
    return _phones_page(pairing, technician_id)


@blueprint.post("/phones/<device_id>/revocation")
@allow(Role.OFFICE)
def revoke_phone(device_id: str) -> Redirect:
    """Shut a phone out, from its next request on."""
    with transaction() as session:
        access.revoke_device(session, device_id=device_id, now=clock.now())
    flash(_("That phone is shut out, from its next request on."))
    return redirect(url_for("office.phones"), 303)


@blueprint.get("/readers")
@allow(Role.OFFICE)
def readers() -> str:
    """List card readers."""
    return _readers_page()


def _readers_page(refusal: str | None = None) -> str:
    with transaction() as session:
        known = queries.list_readers(session)
    return render_template(
        "office/readers.html", readers=known, refusal=refusal, said=request.form, business=g.business
    )


@blueprint.post("/readers")
@allow(Role.OFFICE)
def register_reader() -> Redirect | Response:
    """Register a card reader by the code it shows."""
    said = {field: request.form.get(field, "").strip() for field in ("registration_code", "label")}
    try:
        wanted = RegisterReader().load(said)
        flows.register_reader(**wanted, now=clock.now())
    except ValidationError:
        return make_response(_readers_page(_("Type the code the reader shows, and a name for it.")), 422)
    except Problem as refused:
        return make_response(_readers_page(refused.sentence()), refused.status)
    flash(_("The reader is registered."))
    return redirect(url_for("office.readers"), 303)
