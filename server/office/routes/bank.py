"""The bank at the desk: statements, the lines that wait for a decision, and the accounts invoices ask transfers to."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug.wrappers import Response as Redirect

from schemas.business import BankAccountFields
from schemas.statements import IgnoreLine
from server.access.routes import caller
from server.access.rules import Role, allow
from server.business import operations as business
from server.core import clock
from server.core.database import transaction
from server.core.errors import Problem
from server.core.words import msgid as _
from server.office import queries
from server.office.routes.desk import blueprint, page_number
from server.statements import flows, operations
from server.statements.rules import LineStatus, StatementUnreadable

ACCOUNT_FIELDS = ("holder", "iban", "bic", "bank_name", "routing", "account_number")


@blueprint.get("/bank")
@allow(Role.OFFICE)
def bank() -> str:
    """Show what the bank said and what waits for a decision."""
    return _bank_page()


def _bank_page(refusal: str | None = None) -> str:
    with transaction() as session:
        shown = queries.bank_page(session, profile=g.business, page=page_number())
        people = queries.list_customer_names(session)
    said = {"currency": request.form.get("currency", "")} | {name: request.form.get(name) for name in ACCOUNT_FIELDS}
    return render_template(
        "office/bank.html", **shown, customers=people, said=said, refusal=refusal, page=page_number()
    )


def _do(act: Callable[[], str | None], done: str = "") -> Redirect | Response:
    """Do it and say so, or say why not."""
    try:
        done = act() or done
    except ValidationError:
        return make_response(_bank_page(_("This cannot be accepted as it is.")), 422)
    except Problem as refused:
        return make_response(_bank_page(refused.sentence()), refused.status)
    flash(done)
    return redirect(url_for("office.bank"), 303)


@blueprint.post("/bank/statements")
@allow(Role.OFFICE)
def take_in_statement() -> Redirect | Response:
    """Take in a file of the bank; the same file again adds nothing."""
    file = request.files.get("file")
    currency = request.form.get("currency", "") or g.business.currency
    try:
        if file is None or not file.filename:
            raise StatementUnreadable
        _statements, fresh = flows.take_in(
            content=file.read(), currency=currency, imported_by=caller().principal, now=clock.now()
        )
    except Problem as refused:
        return make_response(_bank_page(refused.sentence()), refused.status)
    settled = sum(line.status in (LineStatus.MATCHED, LineStatus.REVERSED) for line in fresh)
    waiting = sum(line.status is LineStatus.WAITING for line in fresh)
    return redirect(url_for("office.bank", new=len(fresh), settled=settled, waiting=waiting), 303)


@blueprint.post("/bank/lines/<line_id>/assignment")
@allow(Role.OFFICE)
def assign_line(line_id: str) -> Redirect | Response:
    """Count a line for the invoices that were proposed, or whose numbers were typed."""

    def act() -> None:
        ids = request.form.getlist("invoice_ids")
        if not ids:
            with transaction() as session:
                ids = queries.find_invoice_ids(session, request.form.get("numbers", "").replace(",", " ").split())
        flows.assign(line_id=line_id, invoice_ids=ids, decided_by=caller().principal, now=clock.now())

    return _do(act, _("The payment is recorded, and the customer gets a receipt."))


@blueprint.post("/bank/lines/<line_id>/credit")
@allow(Role.OFFICE)
def credit_line(line_id: str) -> Redirect | Response:
    """Hold a line's money for a customer, or hold it no longer where it came back."""

    def act() -> str:
        customer_id = request.form.get("customer_id", "")
        with transaction() as session:
            line = operations.credit(
                session, line_id=line_id, customer_id=customer_id, decided_by=caller().principal, now=clock.now()
            )
        return _("We hold it for the customer.") if line.is_credit else _("We hold it no longer.")

    return _do(act)


@blueprint.post("/bank/lines/<line_id>/recognition")
@allow(Role.OFFICE)
def recognize_line(line_id: str) -> Redirect | Response:
    """Say that a line shows a transfer that was recorded before."""

    def act() -> None:
        said = {"payment_id": request.form.get("payment_id", ""), "decided_by": caller().principal}
        with transaction() as session:
            operations.recognize(session, line_id=line_id, **said, now=clock.now())

    return _do(act, _("It is counted already."))


@blueprint.post("/bank/lines/<line_id>/dismissal")
@allow(Role.OFFICE)
def ignore_line(line_id: str) -> Redirect | Response:
    """Leave a line alone."""

    def act() -> None:
        said = IgnoreLine().load({"reason": request.form.get("reason", "").strip()})
        with transaction() as session:
            operations.ignore(session, line_id=line_id, **said, decided_by=caller().principal, now=clock.now())

    return _do(act, _("The line is left alone."))


@blueprint.post("/bank/accounts")
@allow(Role.ADMIN)
def set_bank_account() -> Redirect | Response:
    """Say where transfers in a currency go, or that no account is to be printed any more."""
    currency = request.form.get("currency", "").strip().upper()

    def act() -> None:
        said = {name: request.form.get(name, "").strip() or None for name in ACCOUNT_FIELDS}
        with transaction() as session:
            if "remove" in request.form:
                business.remove_bank_account(session, currency=currency)
            else:
                business.set_bank_account(session, currency=currency, **BankAccountFields().load(said))

    return _do(act, _("The account is changed: invoices say so from now on."))
