"""The year behind a demo: customers who pay as people do, so that its numbers and its risk classes say something."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from server.customers import operations as customers
from server.invoices import operations as invoices
from server.invoices import queries as found
from server.jobs import operations as jobs
from server.payments import operations as payments
from server.payments.rules import Method

YEAR = timedelta(days=365)
_SEED = 2026  # the same year in every demo
_VISITS = 5
# first and last day on which somebody pays, counted from the invoice (due after 30), and how many pay like that
_HABITS = {"at the door": (0, 0, 9), "in time": (12, 29, 8), "late": (38, 75, 5), "hardly ever": (95, 700, 2)}
_GIVEN = ("Alice", "Benoît", "Chloé", "Denis", "Élise", "Félix", "Ginette", "Hugo", "Inès", "Jules", "Karine", "Léon")
_FAMILY = ("Bélanger", "Caron", "Dubé", "Fortin", "Girard", "Hébert", "Lavoie", "Morin", "Pelletier", "Simard")
_STREETS = ("rue Saint-Jean", "avenue Maguire", "chemin Sainte-Foy", "rue De La Couronne", "boulevard Charest")
_WORK = (
    ("Prise défectueuse", 14500),
    ("Robinet qui fuit", 19500),
    ("Panneau électrique", 164000),
    ("Chauffe-eau", 118500),
    ("Débouchage", 22500),
    ("Borne de recharge", 239000),
)


@dataclass(frozen=True, order=True)
class _Visit:
    """A job done at `at`; `paid_at` is None where nobody paid it until now."""

    at: datetime
    number: int
    customer_id: str
    title: str
    price_minor: int
    paid_at: datetime | None


def add_year(session: Session, *, technician_id: str, tax_code: str, place: dict[str, Any], now: datetime) -> None:
    """Add what was done, invoiced and paid in the year before `now`, by `operations` alone, in the order of time.

    Nothing of it is mailed: these customers get their address for messages only in the end.
    """
    visits = list(_visits(session, place=place, now=now))
    events = [(each.at, each) for each in visits] + [(each.paid_at, each) for each in visits if each.paid_at]
    for at, visit in sorted(events):
        if at == visit.at:
            _invoice(session, visit, technician_id=technician_id, tax_code=tax_code)
        else:
            _pay(session, visit, at=at)
    for customer_id in sorted({each.customer_id for each in visits}):
        changes = {"email": f"{customer_id.removeprefix('cus_')}@example.com"}
        customers.change_customer(
            session, customer_id=customer_id, expected_version=1, changes=changes, by="seed", now=now
        )


def _visits(session: Session, *, place: dict[str, Any], now: datetime) -> Iterator[_Visit]:
    chance = random.Random(_SEED)  # noqa: S311 -- no secret hangs on it
    noon = now.replace(hour=17, minute=0)  # in Québec
    people = [(given, family) for family in _FAMILY for given in _GIVEN]
    chance.shuffle(people)
    numbers = iter(range(1, 1000))
    for first, last, many in _HABITS.values():
        for _ in range(many):
            given, family = people.pop()
            customer_id = f"cus_past{len(people)}"
            address = {**place, "line1": f"{chance.randint(10, 999)}, {chance.choice(_STREETS)}", "line2": None}
            customers.add_customer(
                session,
                customer_id=customer_id,
                name=f"{given} {family}",
                language="fr",
                country="CA",
                region="QC",
                addresses=[{**address, "postal_code": f"G1R {chance.randint(1, 9)}A{chance.randint(1, 9)}"}],
                now=now - YEAR,
            )
            for _ in range(_VISITS):
                at = noon - timedelta(days=chance.randint(3, YEAR.days - 1), minutes=chance.randint(0, 240))
                paid_at = at + timedelta(days=chance.randint(first, last), hours=1)
                title, price_minor = chance.choice(_WORK)
                yield _Visit(at, next(numbers), customer_id, title, price_minor, paid_at if paid_at < now else None)


def _invoice(session: Session, visit: _Visit, *, technician_id: str, tax_code: str) -> None:
    line = {"description": visit.title, "quantity": Decimal(1), "unit_price_minor": visit.price_minor}
    planned = jobs.plan_job(
        session,
        job_id=f"job_past{visit.number}",
        customer_id=visit.customer_id,
        technician_id=technician_id,
        title=visit.title,
        scheduled_at=visit.at,
        lines=[{**line, "tax_code": tax_code}],
        now=visit.at,
    )
    job, _ = jobs.complete(
        session, job_id=planned.id, completion_id=f"cmp_past{visit.number}", completed_at=visit.at, now=visit.at
    )
    invoices.issue(session, job=job, invoice_id=f"inv_past{visit.number}", now=visit.at)


def _pay(session: Session, visit: _Visit, *, at: datetime) -> None:
    invoice = found.get_invoice(session, f"inv_past{visit.number}", lock=True)
    payments.open_payment(
        session,
        payment_id=f"pay_past{visit.number}",
        invoice=invoice,
        method=Method.BANK_TRANSFER,
        amount_minor=found.balance_of(session, invoice),
        reader_id=None,
        reference=f"Virement {visit.number}",
        taken_by="seed",
        now=at,
    )
