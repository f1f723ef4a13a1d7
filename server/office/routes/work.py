"""Customers, jobs and their contracts at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug.wrappers import Response as Redirect

from schemas.customers import CustomerFields, NewCustomer
from schemas.jobs import NewJob
from server.access.routes import caller
from server.access.rules import Role, allow
from server.business import queries as business
from server.contracts import operations as contract_operations
from server.contracts import queries as contracts
from server.core import clock, ids, numbers, words
from server.core.database import transaction
from server.core.errors import Problem, VersionChanged
from server.core.words import msgid as _
from server.customers import operations as customer_operations
from server.customers import queries as customer_queries
from server.customers.operations import REACHED_BY
from server.documents import pdf
from server.invoices import operations as invoice_operations
from server.jobs import operations as job_operations
from server.office import queries, rules
from server.office.routes.desk import blueprint, page_number, pdf_response
from server.photos import queries as photos
from server.photos.rules import shows

EMPTY_LINES = 4
EMPTY_STAGES = 3
ADDRESS_FIELDS = ("line1", "city", "region", "postal_code")


@blueprint.get("/customers")
@allow(Role.OFFICE)
def customers() -> str:
    """List customers, or those whose name or address contains `q`."""
    q = request.args.get("q", "").strip()
    with transaction() as session:
        found = queries.list_customers(session, q=q, page=page_number())
    return render_template("office/customers.html", **found, q=q, page=page_number())


@blueprint.get("/customers/new")
@allow(Role.OFFICE)
def new_customer() -> str:
    """Ask who the customer is."""
    said = {"customer_id": ids.new("cus", now=clock.now()), "language": words.spoken()[:2], "kind": "consumer"}
    return _customer_form({**said, "region": g.business.region})


def _customer_form(said: dict[str, Any], wrong: dict[str, list[str]] | None = None, refusal: str | None = None) -> str:
    wrong = {field.removeprefix("addresses.0."): found for field, found in (wrong or {}).items()}
    return render_template("office/new_customer.html", said=said, wrong=_in_words(wrong), refusal=refusal)


@blueprint.post("/customers/new")
@allow(Role.OFFICE)
def add_customer() -> Redirect | Response:
    """Add a customer."""
    said = {field: text.strip() for field, text in request.form.items()}
    address = {field: said.get(field) or None for field in ADDRESS_FIELDS}
    is_somewhere = address["line1"] or address["city"] or address["postal_code"]
    wanted: dict[str, Any] = {field: said.get(field) or None for field in ("customer_id", "email", "phone")}
    wanted |= {field: said[field] for field in ("name", "kind", "language") if said.get(field)}
    wanted["country"] = g.business.country
    wanted["addresses"] = [_filled({**address, "country": g.business.country})] if is_somewhere else []
    try:
        with transaction() as session:
            customer = customer_operations.add_customer(session, **NewCustomer().load(wanted), now=clock.now())
    except ValidationError as invalid:
        return make_response(_customer_form(said, rules.flat(invalid.messages_dict)), 422)
    except Problem as refused:
        return make_response(_customer_form(said, refusal=refused.sentence()), refused.status)
    return redirect(url_for("office.customer", customer_id=customer.id), 303)


@blueprint.get("/customers/<customer_id>/contact")
@allow(Role.OFFICE)
def contact(customer_id: str) -> str:
    """Ask where a customer is reached."""
    return _contact_form(customer_id)


def _contact_form(
    customer_id: str, said: dict[str, Any] | None = None, wrong: dict[str, list[str]] | None = None, **told: str
) -> str:
    with transaction() as session:
        customer = customer_queries.get_customer(session, customer_id)
    return render_template(
        "office/contact.html", customer=customer, said=said or customer, wrong=_in_words(wrong or {}), **told
    )


@blueprint.post("/customers/<customer_id>/contact")
@allow(Role.OFFICE)
def change_contact(customer_id: str) -> Redirect | Response:
    """Change where a customer is reached; who changed it before this form was sent is not overwritten."""
    said = {field: request.form.get(field, "").strip() for field in REACHED_BY}
    try:
        changes = CustomerFields(partial=True).load({field: text or None for field, text in said.items()})
        with transaction() as session:
            customer_operations.change_customer(
                session,
                customer_id=customer_id,
                expected_version=numbers.whole(request.form.get("version", "")) or 0,
                changes=changes,
                by=caller().principal,
                now=clock.now(),
            )
    except ValidationError as invalid:
        return make_response(_contact_form(customer_id, said, rules.flat(invalid.messages_dict)), 422)
    except VersionChanged as stale:
        return make_response(_contact_form(customer_id, refusal=stale.sentence()), stale.status)
    except Problem as refused:
        return make_response(_contact_form(customer_id, said, refusal=refused.sentence()), refused.status)
    flash(_("Saved."))
    return redirect(url_for("office.customer", customer_id=customer_id), 303)


@blueprint.get("/jobs")
@allow(Role.OFFICE)
def jobs() -> str:
    """List visits, the latest planned first."""
    with transaction() as session:
        found = queries.job_list(session, page=page_number())
    return render_template("office/jobs.html", **found, page=page_number())


@blueprint.get("/jobs/new")
@allow(Role.OFFICE)
def new_job() -> str:
    """Ask what is to be done, for whom, when."""
    now = clock.now()
    said = {
        "job_id": ids.new("job", now=now),
        "customer_id": request.args.get("customer_id", ""),
        "day": clock.local_date(now, g.business.time_zone).isoformat(),
        "time": "",
        "currency": g.business.currency,
    }
    return _job_form(said, [], [])


def _job_form(
    said: dict[str, Any],
    lines: list[dict[str, str]],
    stages: list[dict[str, str]],
    wrong: dict[str, list[str]] | None = None,
    refusal: str | None = None,
) -> str:
    with transaction() as session:
        codes = business.list_tax_codes(session, now=clock.now())["items"]
        people = queries.list_customer_names(session)
        technicians = queries.list_technicians(session)
    usual = next((code["code"] for code in codes if code["rates"]), codes[0]["code"])
    empty = {"description": "", "quantity": "1", "unit_price": "", "tax_code": usual}
    return render_template(
        "office/new_job.html",
        said=said,
        lines=[*lines, *[empty] * EMPTY_LINES],
        stages=[*stages, *[dict.fromkeys(rules.STAGE_FIELDS, "")] * EMPTY_STAGES],
        is_staged=bool(stages),
        wrong=_in_words(wrong or {}),
        refusal=refusal,
        tax_codes=codes,
        customers=people,
        technicians=technicians,
    )


@blueprint.post("/jobs/new")
@allow(Role.OFFICE)
def plan_job() -> Redirect | Response | str:
    """Plan a visit."""
    said = {field: text.strip() for field, text in request.form.items()}
    typed = _typed_rows(rules.LINE_FIELDS, said_by=("description", "unit_price"))
    typed_stages = _typed_rows(rules.STAGE_FIELDS, said_by=("stage_label", "stage_part"))
    if "more" in request.form:
        return _job_form(said, typed, typed_stages)
    currency = said["currency"] = said.get("currency", "").upper()
    lines, wrong = rules.job_lines(typed, currency)
    stages, wrong_stages = rules.job_stages(typed_stages, currency)
    wrong |= wrong_stages
    wanted: dict[str, Any] = {field: said.get(field) or None for field in ("technician_id", "po_number", "currency")}
    wanted |= {field: said[field] for field in ("job_id", "customer_id", "title") if said.get(field)}
    wanted["scheduled_at"] = rules.moment(said.get("day", ""), said.get("time", ""), g.business.time_zone)
    wanted["site_address"] = _site(said)
    try:
        loaded = NewJob().load({**wanted, "lines": lines, "schedule": stages})
        if wrong:
            raise ValidationError({})
        with transaction() as session:
            job = job_operations.plan_job(session, **loaded, now=clock.now())
    except ValidationError as invalid:
        found = wrong | rules.flat(invalid.messages_dict)
        return make_response(_job_form(said, typed, typed_stages, found), 422)
    except Problem as refused:
        return make_response(_job_form(said, typed, typed_stages, refusal=refused.sentence()), refused.status)
    return redirect(url_for("office.job", job_id=job.id), 303)


def _typed_rows(fields: Sequence[str], *, said_by: Sequence[str]) -> list[dict[str, str]]:
    return rules.rows({field: request.form.getlist(field) for field in fields}, said_by=said_by)


def _site(said: dict[str, str]) -> dict[str, Any] | None:
    """Return where the visit is; None is at the customer's own address."""
    address = {field: said.get(field) or None for field in ADDRESS_FIELDS}
    if not (address["line1"] or address["city"] or address["postal_code"]):
        return None
    return _filled({**address, "country": g.business.country})


def _filled(address: dict[str, str | None]) -> dict[str, str | None]:
    """Leave out a required part that was not typed, so that it is said to be missing."""
    return {field: text for field, text in address.items() if text or field not in ("line1", "city")}


def _in_words(wrong: dict[str, list[str]]) -> dict[str, str]:
    return {field: words.say(words.spoken(), rules.sentence(found)) for field, found in wrong.items()}


@blueprint.get("/jobs/<job_id>")
@allow(Role.OFFICE)
def job(job_id: str) -> str:
    """Show a visit."""
    return _job_page(job_id)


def _job_page(job_id: str, *, refusal: str | None = None) -> str:
    with transaction() as session:
        shown = queries.job_page(session, job_id)
    return render_template(
        "office/job.html",
        **shown,
        refusal=refusal,
        contract_id=ids.new("con", now=clock.now()),
        invoice_id=ids.new("inv", now=clock.now()),
        here=url_for("office.job", job_id=job_id),
        shows=shows,
    )


@blueprint.get("/jobs/<job_id>/photos/<photo_id>")
@allow(Role.OFFICE)
def photo(job_id: str, photo_id: str) -> Response:
    """Send a photo of a visit, byte for byte as it came."""
    with transaction() as session:
        found, content = photos.get_content(session, job_id=job_id, photo_id=photo_id)
    headers = {
        "Content-Disposition": f'inline; filename="{found.filename}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(content, content_type=found.type, headers=headers)


@blueprint.post("/jobs/<job_id>/contract")
@allow(Role.OFFICE)
def issue_contract(job_id: str) -> Redirect | Response:
    """Render the terms for a job and freeze them; the same form sent twice makes one contract."""
    try:
        with transaction() as session:
            contract_id = request.form.get("contract_id") or ids.new("con", now=clock.now())
            contract_operations.issue(session, job_id=job_id, contract_id=contract_id, now=clock.now())
    except Problem as refused:
        return make_response(_job_page(job_id, refusal=refused.sentence()), refused.status)
    return redirect(url_for("office.job", job_id=job_id), 303)


@blueprint.post("/jobs/<job_id>/stages/<position>")
@allow(Role.OFFICE)
def request_stage(job_id: str, position: str) -> Redirect | Response:
    """Ask for the money of a stage before the work is done; the same form sent twice is one request."""
    invoice_id = request.form.get("invoice_id") or ids.new("inv", now=clock.now())
    try:
        with transaction() as session:
            invoice_operations.request_stage(
                session,
                job_id=job_id,
                position=numbers.whole(position) or 0,
                invoice_id=invoice_id,
                now=clock.now(),
            )
    except Problem as refused:
        return make_response(_job_page(job_id, refusal=refused.sentence()), refused.status)
    flash(_("It is asked for, and the customer is told."))
    return redirect(url_for("office.job", job_id=job_id), 303)


@blueprint.get("/contracts/<contract_id>.pdf")
@allow(Role.OFFICE)
def contract_pdf(contract_id: str) -> Response:
    """Send a contract as the customer gets it."""
    with transaction() as session:
        facts = contracts.get_facts(session, contracts.get_contract(session, contract_id))
    return pdf_response(pdf.contract(facts), contract_id)
