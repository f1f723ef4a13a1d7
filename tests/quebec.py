"""A small trade in Quebec to try things on: its profile, taxes, terms, one technician, one customer, one job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from server.access import operations as access
from server.access.models import Staff
from server.access.rules import Role
from server.business import operations as business
from server.business.models import Business
from server.business.operations import NewRate
from server.contracts import operations as contracts
from server.core.database import transaction
from server.customers import operations as customers
from server.customers.models import Customer
from server.dunning import operations as dunning
from server.jobs import operations as jobs
from server.jobs.models import Job

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
PASSWORD = "correct horse battery"
TPS = NewRate(name_fr="TPS", name_en="GST", percent=Decimal(5))
TVQ = NewRate(name_fr="TVQ", name_en="QST", percent=Decimal("9.975"))
ADDRESS = {"line1": "12, rue Saint-Jean", "line2": None, "city": "Québec", "region": "QC", "postal_code": "G1R 1N8"}


def line(
    description: str = "Main-d’œuvre", quantity: str = "2", unit_price_minor: int = 9500, **more: Any
) -> dict[str, Any]:
    """Return a line as a route hands it on."""
    said = {"description": description, "quantity": Decimal(quantity), "unit_price_minor": unit_price_minor}
    return {**said, "tax_code": "qc", **more}


def open_business(session: Session) -> Business:
    """Write a complete profile, the taxes `qc` and `gst`, and the standard terms."""
    profile = business.set_profile(
        session,
        name="Plomberie Roy",
        legal_name="Plomberie Roy inc.",
        line1="100, chemin Sainte-Foy",
        city="Québec",
        region="QC",
        postal_code="G1S 2J1",
        country="CA",
        email="bureau@plomberie-roy.example",
        phone="+14185550100",
        tax_ids=[{"label": "TPS", "number": "123456789 RT0001"}, {"label": "TVQ", "number": "1234567890 TQ0001"}],
        time_zone="America/Toronto",
        currency="CAD",
    )
    taxed = {"country": "CA", "region": "QC"}
    business.add_tax_code(session, code="qc", name_fr="TPS et TVQ", name_en="GST and QST", rates=[TPS, TVQ], **taxed)
    business.add_tax_code(session, code="gst", name_fr="TPS", name_en="GST", rates=[TPS], country="CA")
    contracts.install_standard_terms(session, now=NOW)
    return profile


def add_technician(session: Session, name: str = "Luc Roy") -> Staff:
    """Add a technician."""
    return access.add_staff(session, name=name, role=Role.TECHNICIAN, language="fr", now=NOW)


def add_customer(session: Session, customer_id: str = "cus_1", *, now: datetime = NOW, **said: Any) -> Customer:
    """Add a consumer who speaks French."""
    fields = {"name": "Marie Tremblay", "email": "marie@example.com", "language": "fr", "addresses": [ADDRESS], **said}
    return customers.add_customer(session, customer_id=customer_id, now=now, **fields)


def plan_job(session: Session, job_id: str = "job_1", **said: Any) -> Job:
    """Plan a job of two hours of work for `cus_1`, on the day of NOW."""
    fields = {"customer_id": "cus_1", "title": "Chauffe-eau", "scheduled_at": NOW, "lines": [line()], **said}
    return jobs.plan_job(session, job_id=job_id, now=NOW, **fields)


def start_chasing(session: Session, *, above_minor: int = 1_000_000, now: datetime = NOW) -> None:
    """Switch the plan by due date on; accounts above 10,000.00 CAD are large."""
    dunning.begin_chasing(session, above_minor={"CAD": above_minor}, begun_by="staff:test", now=now)


def add_key(session: Session, role: Role, *, now: datetime = NOW) -> str:
    """Return an API key with the rights of a role, made by a person of its own."""
    email = f"{role}@keys.example"
    made_by = access.add_staff(session, name=role, role=Role.OFFICE, language="en", email=email, now=now)
    return access.create_api_key(session, name=role, role=role, created_by=made_by.id, now=now)[1]


@dataclass(frozen=True)
class Shop:
    """The trade at work: the headers of an integrator and of a technician's phone."""

    desk: dict[str, str]
    phone: dict[str, str]
    technician_id: str
    device_id: str


def open_shop() -> Shop:
    """Write the trade down for good, with an API key, a paired phone, and the phone's job `job_1`."""
    with transaction() as session:
        open_business(session)
        add_customer(session)
        luc = add_technician(session)
        plan_job(session, technician_id=luc.id)
        start_chasing(session)
        _, key = access.create_api_key(session, name="Desk", now=NOW)
        pairing = access.create_pairing(session, technician_id=luc.id, now=NOW)
        paired = access.pair_device(session, code=pairing.code, name="Pixel", now=NOW)
    return Shop(
        desk={"Authorization": f"Bearer {key}"},
        phone={"Authorization": f"Bearer {paired.token}"},
        technician_id=luc.id,
        device_id=paired.device_id,
    )
