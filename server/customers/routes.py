"""Customers over HTTP. A technician sees a customer inside the job sheet, nowhere else."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas.customers import Customer, CustomerFields, CustomerFilter, CustomerList, NewCustomer
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock, precondition
from server.core.database import transaction
from server.customers import operations, queries

blueprint = Blueprint("customers", "customers", url_prefix="/api/v1/customers", description="Who owes")


@blueprint.get("")
@allow(Role.OFFICE)
@blueprint.arguments(CustomerFilter, location="query")
@blueprint.response(200, CustomerList)
def list_customers(wanted: dict[str, Any]) -> dict[str, Any]:
    """List customers."""
    with transaction() as session:
        return queries.list_customers(session, **wanted)


@blueprint.post("")
@allow(Role.OFFICE)
@blueprint.arguments(NewCustomer)
@blueprint.response(201, Customer)
def add_customer(wanted: dict[str, Any]) -> dict[str, Any]:
    """Add a customer."""
    with transaction() as session:
        return _tagged(queries.get_with_credit(session, operations.add_customer(session, **wanted, now=clock.now()).id))


@blueprint.get("/<customer_id>")
@allow(Role.OFFICE)
@blueprint.response(200, Customer)
def get_customer(customer_id: str) -> dict[str, Any]:
    """Show a customer."""
    with transaction() as session:
        return _tagged(queries.get_with_credit(session, customer_id))


@blueprint.patch("/<customer_id>")
@allow(Role.OFFICE)
@blueprint.arguments(CustomerFields(partial=True))
@blueprint.response(200, Customer)
def change_customer(changes: dict[str, Any], customer_id: str) -> dict[str, Any]:
    """Change a customer."""
    version = precondition.expected_version()
    with transaction() as session:
        operations.change_customer(
            session,
            customer_id=customer_id,
            expected_version=version,
            changes=changes,
            by=caller().principal,
            now=clock.now(),
        )
        return _tagged(queries.get_with_credit(session, customer_id))


def _tagged(customer: dict[str, Any]) -> dict[str, Any]:
    precondition.set_tag(customer["version"])
    return customer
