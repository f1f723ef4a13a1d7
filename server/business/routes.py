"""The seller, its taxes, and who I am to it."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas.access import Me
from schemas.business import BankAccount, BankAccountFields, BankAccountList, Business, Settings, TaxCodeList
from server.access.routes import caller
from server.access.rules import Role, allow
from server.business import operations, queries
from server.core import clock
from server.core.database import transaction

blueprint = Blueprint("business", "business", url_prefix="/api/v1", description="The seller and its taxes")


@blueprint.get("/business")
@allow(Role.OFFICE, Role.TECHNICIAN)
@blueprint.response(200, Business)
def get_business() -> Any:
    """Say who the seller is."""
    with transaction() as session:
        return queries.get_profile(session)


@blueprint.patch("/business")
@allow(Role.ADMIN)
@blueprint.arguments(Settings)
@blueprint.response(200, Business)
def change_settings(wanted: dict[str, Any]) -> Any:
    """Change how the business works."""
    with transaction() as session:
        return operations.change_settings(session, wanted)


@blueprint.get("/business/bank_accounts")
@allow(Role.OFFICE)
@blueprint.response(200, BankAccountList)
def list_bank_accounts() -> dict[str, Any]:
    """List the accounts that transfers go to, one a currency."""
    with transaction() as session:
        return {"items": queries.list_bank_accounts(session), "next_cursor": None}


@blueprint.put("/business/bank_accounts/<currency>")
@allow(Role.ADMIN)
@blueprint.arguments(BankAccountFields)
@blueprint.response(200, BankAccount)
def set_bank_account(wanted: dict[str, Any], currency: str) -> Any:
    """Say where transfers in a currency go: on every invoice that is rendered from now on."""
    with transaction() as session:
        return operations.set_bank_account(session, currency=currency, **wanted)


@blueprint.delete("/business/bank_accounts/<currency>")
@allow(Role.ADMIN)
@blueprint.response(204)
def remove_bank_account(currency: str) -> None:
    """Print no account for transfers in a currency any more."""
    with transaction() as session:
        operations.remove_bank_account(session, currency=currency)


@blueprint.get("/tax_codes")
@allow(Role.OFFICE, Role.TECHNICIAN)
@blueprint.response(200, TaxCodeList)
def list_tax_codes() -> dict[str, Any]:
    """List tax codes with today's rates."""
    with transaction() as session:
        return queries.list_tax_codes(session, now=clock.now())


@blueprint.get("/me")
@allow(Role.OFFICE, Role.TECHNICIAN)
@blueprint.response(200, Me)
def get_me() -> dict[str, Any]:
    """Say who is calling, and for which business."""
    with transaction() as session:
        return queries.get_me(session, caller())
