"""A business to try things with: an electrician and plumber of Québec, made by the operations people use."""

import json
import secrets
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from server.access import operations as access
from server.access.rules import Caller, Role
from server.business import operations as business
from server.business import queries as businesses
from server.business.operations import NewRate
from server.cli import private_file
from server.cli.past import YEAR, add_year
from server.contracts import operations as contracts
from server.core.database import transaction
from server.customers import operations as customers
from server.customers import queries as people
from server.dunning import operations as dunning
from server.invoices import operations as invoices
from server.jobs import operations as jobs
from server.payments import flows as payments
from server.payments import queries as readers

TAX_CODE = "QC"
TIME_ZONE = "America/Toronto"
HISTORY = YEAR + timedelta(days=1)  # the terms must be older than the oldest job
PAIRING_LIFE = timedelta(days=5 * 365)  # the demo's clock may be moved far
QUEBEC = {"city": "Québec", "region": "QC", "country": "CA"}


class UnknownLogins(click.ClickException):
    """This database already holds a business, and the logins to it are not in this data folder."""

    def __init__(self) -> None:
        super().__init__(str(self.__doc__))


def seed(*, accounts_file: Path, empty: bool, now: datetime) -> dict[str, Any]:
    """Make the business in a new database, or find it in one that has it; return its logins.

    They are {"office": {"email", "password"}, "clerk": the same or None, "api_key", "technician": {"id",
    "pairing_code"}, "reader_id", "location_id"}. `accounts_file` keeps those that are told only once; the pairing code
    is new each time. Raises UnknownLogins.
    """
    with transaction() as session:
        if not _exists(session):
            # written before the commit: a file without its business is overwritten, never the other way round
            private_file.write(accounts_file, _add_business(session, now=now))
    if not accounts_file.exists():
        raise UnknownLogins
    accounts = json.loads(accounts_file.read_text())
    with transaction() as session:
        reader = session.scalars(readers.readers_statement()).first()
    if reader is None:
        reader = payments.register_reader(
            registration_code="simulated-s700", label="Camionnette 1", location_id=None, now=now
        )
    with transaction() as session:
        if not empty and not people.list_customers(session, cursor=None, limit=1)["items"]:
            technician_id = accounts["technician_id"]
            add_year(session, technician_id=technician_id, tax_code=TAX_CODE, place=QUEBEC, now=now)
            _add_work(session, technician_id=technician_id, now=now)
        pairing = access.create_pairing(
            session, technician_id=accounts["technician_id"], valid_for=PAIRING_LIFE, now=now
        )
    return {
        "office": accounts["office"],
        "clerk": accounts.get("clerk"),  # a folder of an older demo has none
        "api_key": accounts["api_key"],
        "technician": {"id": accounts["technician_id"], "pairing_code": pairing.code},
        "reader_id": reader.id,
        "location_id": reader.location_id,
    }


def _exists(session: Session) -> bool:
    try:
        businesses.get_profile(session)
    except businesses.BusinessMissing:
        return False
    return True


def _add_business(session: Session, *, now: datetime) -> dict[str, Any]:
    """Add the seller, its taxes, its terms and its people; return their logins."""
    business.set_profile(
        session,
        name="Électricité & Plomberie Tremblay",
        legal_name="Électricité & Plomberie Tremblay inc.",
        line1="1150, rue Saint-Vallier Est",
        postal_code="G1K 3R4",
        email="factures@tremblay.example",
        phone="+1 418-555-0142",
        tax_ids=[{"label": "TPS", "number": "123456789 RT0001"}, {"label": "TVQ", "number": "1234567890 TQ0001"}],
        time_zone=TIME_ZONE,
        currency="CAD",
        languages=["fr", "en"],
        payment_days=30,
        **QUEBEC,
    )
    rates = [
        NewRate(name_fr="TPS", name_en="GST", percent=Decimal(5)),
        NewRate(name_fr="TVQ", name_en="QST", percent=Decimal("9.975")),
    ]
    business.set_bank_account(
        session,
        currency="CAD",
        holder="Électricité & Plomberie Tremblay inc.",
        bank_name="Caisse de Limoilou",
        routing="815-20345",
        account_number="4471290",
    )
    business.add_tax_code(
        session, code=TAX_CODE, name_fr="TPS et TVQ", name_en="GST and QST", rates=rates, country="CA", region="QC"
    )
    contracts.install_standard_terms(session, now=now - HISTORY)
    dunning.begin_chasing(session, above_minor={"CAD": 500_000}, begun_by="seed", now=now)
    office = {"email": "bureau@tremblay.example", "password": secrets.token_urlsafe(12)}
    desk = access.add_staff(session, name="Lucie Tremblay", role=Role.ADMIN, language="fr", now=now, **office)
    # Some things take two people, and some the owner refuses to the others.
    clerk = {"email": "comptoir@tremblay.example", "password": secrets.token_urlsafe(12)}
    access.add_staff(session, name="Simon Roy", role=Role.OFFICE, language="fr", now=now, **clerk)
    technician = access.add_staff(session, name="Marc Tremblay", role=Role.TECHNICIAN, language="fr", now=now)
    access.add_staff(session, name="Anne Côté", role=Role.TECHNICIAN, language="fr", now=now)
    _, api_key = access.create_api_key(session, name="demo", role=Role.OFFICE, created_by=desk.id, now=now)
    return {"office": office, "clerk": clerk, "api_key": api_key, "technician_id": technician.id}


def _line(description: str, quantity: str, unit_price_minor: int) -> dict[str, Any]:
    return {
        "description": description,
        "quantity": Decimal(quantity),
        "unit_price_minor": unit_price_minor,
        "tax_code": TAX_CODE,
    }


_CUSTOMERS: dict[str, dict[str, Any]] = {
    "gagnon": {
        "name": "Marie-Ève Gagnon",
        "language": "fr",
        "line1": "48, rue Sainte-Ursule",
        "postal_code": "G1R 4E7",
    },
    "bouchard": {"name": "Luc Bouchard", "language": "fr", "line1": "905, avenue Cartier", "postal_code": "G1R 2S1"},
    "oneill": {"name": "Catherine O'Neill", "language": "en", "line1": "22, rue des Jardins", "postal_code": "G1R 4L5"},
    "condos": {
        "name": "Condos du Vieux-Port",
        "kind": "business",
        "language": "fr",
        "line1": "100, quai Saint-André",
        "postal_code": "G1K 9L1",
    },
    "cafe": {
        "name": "Harbour Street Coffee",
        "kind": "business",
        "language": "en",
        "line1": "17, rue du Petit-Champlain",
        "postal_code": "G1K 4H4",
    },
}
# customer, title, hour of today, lines
_TODAY = (
    ("gagnon", "Disjoncteur qui saute", 9, [_line("Main-d'œuvre", "1.5", 9500), _line("Disjoncteur 20 A", "1", 4875)]),
    ("oneill", "Kitchen tap", 11, [_line("Labour", "1", 9500), _line("Kitchen tap", "1", 18900)]),
    ("condos", "Chauffe-eau, logement 4", 14, [_line("Chauffe-eau 40 gallons", "1", 89900), _line("Pose", "3", 9500)]),
)
# customer, title, days ago, lines
_UNPAID = (
    ("bouchard", "Prises extérieures", 47, [_line("Prise extérieure", "2", 18250)]),
    ("cafe", "Espresso machine circuit", 38, [_line("Dedicated circuit, 30 A", "1", 64000)]),
    ("condos", "Détecteurs de fumée", 6, [_line("Détecteur de fumée", "12", 6900)]),
)


def _add_work(session: Session, *, technician_id: str, now: datetime) -> None:
    """Add customers, today's jobs, and invoices that were left unpaid."""
    for key, said in _CUSTOMERS.items():
        person = {name: value for name, value in said.items() if name not in ("line1", "postal_code")}
        address = {**QUEBEC, "line1": said["line1"], "line2": None, "postal_code": said["postal_code"]}
        customers.add_customer(
            session,
            customer_id=f"cus_{key}",
            email=f"{key}@example.com",
            country="CA",
            region="QC",
            addresses=[address],
            now=now - HISTORY,
            **person,
        )
    today = now.astimezone(ZoneInfo(TIME_ZONE)).replace(minute=0, second=0, microsecond=0)
    for number, (key, title, hour, lines) in enumerate(_TODAY, start=1):
        jobs.plan_job(
            session,
            job_id=f"job_today{number}",
            customer_id=f"cus_{key}",
            technician_id=technician_id,
            title=title,
            scheduled_at=today.replace(hour=hour),
            lines=lines,
            now=now,
        )
    for number, (key, title, days, lines) in enumerate(_UNPAID, start=1):
        then = now - timedelta(days=days)
        jobs.plan_job(
            session,
            job_id=f"job_unpaid{number}",
            customer_id=f"cus_{key}",
            technician_id=technician_id,
            title=title,
            scheduled_at=then,
            lines=lines,
            now=then,
        )
        _sign_and_complete(session, number=number, signer_name=_CUSTOMERS[key]["name"], then=then)


def _sign_and_complete(session: Session, *, number: int, signer_name: str, then: datetime) -> None:
    """Do as the technician and the customer did at the door."""
    job_id = f"job_unpaid{number}"
    contract = contracts.issue(session, job_id=job_id, contract_id=f"con_unpaid{number}", now=then)
    contracts.sign(
        session,
        contract_id=contract.id,
        signature_id=f"sig_unpaid{number}",
        signer_name=signer_name,
        typed_name=signer_name,
        signed_at=then,
        document_sha256=contract.document_sha256,
        caller=Caller(kind="staff", role=Role.TECHNICIAN),
        now=then,
    )
    job, _ = jobs.complete(session, job_id=job_id, completion_id=f"cmp_unpaid{number}", completed_at=then, now=then)
    invoices.issue(session, job=job, invoice_id=f"inv_unpaid{number}", now=then)
