"""Technicians' phones and card readers at the desk."""

from __future__ import annotations

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug.wrappers import Response as Redirect

from schemas.payments import RegisterReader
from server.access import operations as access
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock, config
from server.core.database import transaction
from server.core.errors import Problem
from server.core.words import msgid as _
from server.documents import qr
from server.office import queries
from server.office.routes.desk import blueprint
from server.payments import flows
from server.payments.flows import readers as reader_flows
from server.payments.operations import readers as reader_operations
from server.payments.rules import readers as reader_rules


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
    """List card readers; `?check=` asks the card service what one of them is doing."""
    return _readers_page()


def _readers_page(refusal: str | None = None) -> str:
    seen = reader_flows.last_seen()
    checked = request.args.get("check", "")
    doing = reader_flows.check_reader(reader_id=checked)[0] if checked else None
    with transaction() as session:
        known = queries.list_readers(session, seen=seen, asked_by=caller().principal, now=clock.now())
        technicians = queries.list_technicians(session)
    return render_template(
        "office/readers.html",
        readers=known,
        technicians=technicians,
        checked=checked,
        doing=reader_rules.IN_WORDS[doing] if doing else None,
        refusal=refusal,
        said=request.form,
        business=g.business,
    )


@blueprint.post("/readers/<reader_id>/assignment")
@allow(Role.OFFICE)
def assign_reader(reader_id: str) -> Redirect:
    """Say whose a reader is."""
    with transaction() as session:
        reader_operations.assign_reader(
            session,
            reader_id=reader_id,
            technician_id=request.form.get("technician_id") or None,
            van=request.form.get("van", "").strip()[:60] or None,
        )
    flash(_("Saved."))
    return redirect(url_for("office.readers"), 303)


@blueprint.post("/readers/<reader_id>/lease")
@allow(Role.OFFICE)
def take_reader(reader_id: str) -> Redirect:
    """Take a reader over from whoever holds it."""
    with transaction() as session:
        reader_operations.take_reader(
            session, reader_id=reader_id, by=caller().principal, is_office=True, now=clock.now()
        )
    flash(_("You hold this reader now."))
    return redirect(url_for("office.readers"), 303)


@blueprint.post("/readers/<reader_id>/release")
@allow(Role.OFFICE)
def free_reader(reader_id: str) -> Redirect:
    """Free a reader from whoever holds it."""
    reader_flows.let_go(reader_id=reader_id, by=caller().principal, is_office=True, now=clock.now())
    flash(_("This reader is free now."))
    return redirect(url_for("office.readers"), 303)


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
