"""Who there is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.core import paging
from server.core.database import among
from server.core.errors import NotFound
from server.customers.models import Customer
from server.ledger import queries as ledger


class CustomerNotFound(NotFound):
    """There is no such customer."""

    code = "customer_not_found"


def get_customer(session: Session, customer_id: str) -> Customer:
    """Return a customer. Raises CustomerNotFound."""
    found = session.get(Customer, customer_id)
    if found is None:
        raise CustomerNotFound
    return found


def get_for_update(session: Session, customer_id: str) -> Customer:
    """Return a customer, locked until the transaction ends. Raises CustomerNotFound."""
    found = session.get(Customer, customer_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise CustomerNotFound
    return found


def lock_credit(session: Session, customer_id: str) -> None:
    """Let nobody else spend this customer's credit until the transaction ends. Invoices and payments are locked
    before."""
    session.execute(select(Customer.id).where(Customer.id == customer_id).with_for_update(key_share=True))


def list_by_id(session: Session, customer_ids: Collection[str]) -> dict[str, Customer]:
    """Return these customers by id; those that do not exist are left out."""
    if not customer_ids:
        return {}
    return {found.id: found for found in session.scalars(select(Customer).where(among(Customer.id, customer_ids)))}


def list_with_credit(session: Session, customers: Iterable[Customer]) -> list[dict[str, Any]]:
    """Return customers as the wire shows them: their columns, and `credit` by currency in minor units."""
    wanted = list(customers)
    credit = ledger.credit_of(session, [customer.id for customer in wanted])
    columns = Customer.__table__.columns.keys()
    return [
        {**{name: getattr(customer, name) for name in columns}, "credit": credit.get(customer.id, {})}
        for customer in wanted
    ]


def get_with_credit(session: Session, customer_id: str) -> dict[str, Any]:
    """Return a customer as the wire shows it. Raises CustomerNotFound."""
    return list_with_credit(session, [get_customer(session, customer_id)])[0]


def list_customers(session: Session, *, q: str | None = None, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return a page of customers as the wire shows them; `q` is part of a name or of an e-mail address."""
    wanted = select(Customer)
    if q:
        wanted = wanted.where(
            or_(Customer.name.icontains(q, autoescape=True), Customer.email.icontains(q, autoescape=True))
        )
    page = paging.page(session, wanted, by=Customer, cursor=cursor, limit=limit)
    return {**page, "items": list_with_credit(session, page["items"])}
