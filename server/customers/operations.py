"""Add and change customers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.business import queries as business
from server.business import rules as business_rules
from server.contacts import operations as contacts
from server.contacts.rules import Kind as LogKind
from server.core import ids
from server.core.errors import Conflict, VersionChanged
from server.customers import queries, rules
from server.customers.models import Customer
from server.ledger import operations as ledger
from server.ledger import queries as ledger_queries
from server.ledger.operations import Move
from server.ledger.rules import Kind

REACHED_BY = ("email", "phone")


class CustomerExists(Conflict):
    """There already is another customer with this id."""

    code = "customer_exists"


class EmailKnown(Conflict):
    """We have an e-mail address of this customer already."""

    code = "email_known"


def add_customer(
    session: Session,
    *,
    customer_id: str | None = None,
    name: str,
    kind: str = "consumer",
    email: str | None = None,
    phone: str | None = None,
    language: str | None = None,
    time_zone: str | None = None,
    country: str | None = None,
    region: str | None = None,
    addresses: list[dict[str, Any]] | None = None,
    written_only: bool = False,
    represented_by: str | None = None,
    now: datetime,
) -> Customer:
    """Add a customer, who speaks the business's first language where none is said; the same one again is the one there
    is. Raises CustomerExists, PhoneInvalid, TimeZoneUnknown.
    """
    customer_id = customer_id or ids.new("cus", now=now)
    said = {
        "name": name,
        "kind": kind,
        "email": email,
        "phone": phone,
        "language": language or business.get_profile(session).languages[0],
        "language_known": language is not None,
        "time_zone": time_zone,
        "country": country,
        "region": region,
        "addresses": addresses or [],
        "written_only": written_only,
        "represented_by": represented_by,
    }
    said = _checked(session, said, country=country)
    session.execute(insert(Customer).values(id=customer_id, created_at=now, **said).on_conflict_do_nothing())
    customer = queries.get_customer(session, customer_id)
    if any(getattr(customer, field) != value for field, value in said.items()):
        raise CustomerExists
    return customer


def change_customer(
    session: Session, *, customer_id: str, expected_version: int, changes: dict[str, Any], by: str, now: datetime
) -> Customer:
    """Change the named fields. The log tells of it: where the customer was reached before, and is from now on.

    Raises CustomerNotFound, VersionChanged, PhoneInvalid, TimeZoneUnknown.
    """
    customer = queries.get_for_update(session, customer_id)
    if customer.version != expected_version:
        raise VersionChanged
    if "language" in changes:
        changes = {**changes, "language_known": True}
    wanted = _checked(session, changes, country=changes.get("country", customer.country))
    new = {field: value for field, value in wanted.items() if getattr(customer, field) != value}
    reached = {field: new[field] for field in REACHED_BY if field in new}
    reached |= {f"{field}_was": getattr(customer, field) for field in reached}
    for field, value in new.items():
        setattr(customer, field, value)
    customer.version += 1
    session.flush()
    if new:
        contacts.note(
            session,
            kind=LogKind.CUSTOMER_CHANGED,
            subject_id=customer_id,
            customer_id=customer_id,
            by=by,
            facts={"changed": ", ".join(sorted(new)), **reached},
            now=now,
        )
    return customer


def accept_ebilling(session: Session, *, customer_id: str, email: str, now: datetime) -> int:
    """Write down where a customer, of whom we had no address, wants their invoices; what the business gives for that is
    their credit, once. Returns it in minor units of the business's currency; 0 where nothing came of it.

    Raises EmailKnown.
    """
    customer = queries.get_for_update(session, customer_id)
    if customer.email == email:
        return 0
    if customer.email is not None:
        raise EmailKnown
    customer.email = email
    customer.version += 1
    profile = business.get_profile(session)
    given_before = ledger_queries.balance_of(session, Kind.INCENTIVES, customer_id, profile.currency)
    if given_before or not profile.ebilling_credit_minor:
        return 0
    ledger.post(
        session,
        entry_id=ids.derived("ent", "ebilling", customer_id),
        reason="ebilling_accepted",
        about=customer_id,
        currency=profile.currency,
        moves=[
            Move(
                profile.ebilling_credit_minor,
                debit=(Kind.INCENTIVES, customer_id),
                credit=(Kind.CUSTOMER_CREDIT, customer_id),
            )
        ],
        happened_at=now,
        now=now,
    )
    return profile.ebilling_credit_minor


def _checked(session: Session, said: dict[str, Any], *, country: str | None) -> dict[str, Any]:
    """Return the fields with the telephone number as E.164, read as one of the customer's or our own country."""
    if said.get("time_zone"):
        business_rules.require_time_zone(said["time_zone"])
    if not said.get("phone"):
        return said
    return {**said, "phone": rules.e164(said["phone"], country=country or business.get_profile(session).country)}
