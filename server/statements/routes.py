"""HTTP for bank statements and their lines."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas import statements as wire
from server.access.routes import caller
from server.access.rules import Role, allow
from server.business import queries as business
from server.core import clock
from server.core.database import transaction
from server.core.paging import page
from server.statements import flows, operations, queries
from server.statements.models import BankLine, BankStatement

blueprint = Blueprint("statements", "statements", url_prefix="/api/v1", description="What the bank says")


@blueprint.post("/bank_statements")
@allow(Role.OFFICE)
@blueprint.arguments(wire.TakeIn)
@blueprint.response(201, wire.TakenIn)
def take_in(wanted: dict[str, Any]) -> dict[str, Any]:
    """Take in a file of the bank, all of it or nothing.

    Each line is kept once, however often and in whichever file it comes. A transfer whose reference names an open
    invoice is counted at once, dated by the bank; the rest waits with proposals.
    """
    with transaction() as session:
        profile = business.get_profile(session)
    statements, fresh = flows.take_in(
        content=wanted["content"],
        currency=wanted["currency"] or profile.currency,
        imported_by=caller().principal,
        now=clock.now(),
    )
    with transaction() as session:
        return {
            "statements": queries.statement_sheets(session, statements, time_zone=profile.time_zone),
            "new_lines": queries.line_sheets(session, fresh),
        }


@blueprint.get("/bank_statements")
@allow(Role.OFFICE)
@blueprint.arguments(wire.StatementFilter, location="query")
@blueprint.response(200, wire.StatementList)
def list_statements(wanted: dict[str, Any]) -> dict[str, Any]:
    """List statements, newest first."""
    with transaction() as session:
        time_zone = business.get_profile(session).time_zone
        found = page(session, queries.statements_statement(), by=BankStatement, **wanted)
        return {**found, "items": queries.statement_sheets(session, found["items"], time_zone=time_zone)}


@blueprint.get("/bank_lines")
@allow(Role.OFFICE)
@blueprint.arguments(wire.LineFilter, location="query")
@blueprint.response(200, wire.BankLineList)
def list_lines(wanted: dict[str, Any]) -> dict[str, Any]:
    """List lines, newest first; those that wait say what they may pay."""
    statement = queries.lines_statement(status=wanted.pop("status"), statement_id=wanted.pop("statement_id"))
    with transaction() as session:
        found = page(session, statement, by=BankLine, **wanted)
        return {**found, "items": queries.line_sheets(session, found["items"])}


@blueprint.post("/bank_lines/<line_id>/assignment")
@allow(Role.OFFICE)
@blueprint.arguments(wire.Assign)
@blueprint.response(200, wire.BankLine)
def assign(wanted: dict[str, Any], line_id: str) -> dict[str, Any]:
    """Count a line for these invoices of one customer; what is beyond them becomes the customer's credit."""
    line = flows.assign(line_id=line_id, **wanted, decided_by=caller().principal, now=clock.now())
    return _sheet(line)


@blueprint.post("/bank_lines/<line_id>/credit")
@allow(Role.OFFICE)
@blueprint.arguments(wire.CreditLine)
@blueprint.response(200, wire.BankLine)
def credit(wanted: dict[str, Any], line_id: str) -> dict[str, Any]:
    """Hold a line's money for a customer."""
    with transaction() as session:
        line = operations.credit(session, line_id=line_id, **wanted, decided_by=caller().principal, now=clock.now())
    return _sheet(line)


@blueprint.post("/bank_lines/<line_id>/recognition")
@allow(Role.OFFICE)
@blueprint.arguments(wire.Recognize)
@blueprint.response(200, wire.BankLine)
def recognize(wanted: dict[str, Any], line_id: str) -> dict[str, Any]:
    """Say which transfer that was recorded by hand a line shows: it is not counted again."""
    with transaction() as session:
        line = operations.recognize(session, line_id=line_id, **wanted, decided_by=caller().principal, now=clock.now())
    return _sheet(line)


@blueprint.post("/bank_lines/<line_id>/dismissal")
@allow(Role.OFFICE)
@blueprint.arguments(wire.IgnoreLine)
@blueprint.response(200, wire.BankLine)
def ignore(wanted: dict[str, Any], line_id: str) -> dict[str, Any]:
    """Leave a line alone: it is in the books already, or has nothing to do with invoices."""
    with transaction() as session:
        line = operations.ignore(session, line_id=line_id, **wanted, decided_by=caller().principal, now=clock.now())
    return _sheet(line)


def _sheet(line: BankLine) -> dict[str, Any]:
    with transaction() as session:
        return queries.line_sheets(session, [line])[0]
