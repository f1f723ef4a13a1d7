"""A business whose contracts are signed, and whose customers pay late."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from server.contracts import operations as contracts
from server.invoices.models import Invoice
from server.late_charges import operations, queries
from server.late_charges.models import LateCharge
from server.law import operations as law
from server.law import rules as law_rules
from server.payments import operations as payments
from server.payments.rules import Method
from tests import quebec
from tests.dunning.chase import Chase
from tests.late_charges import signed as signed_job


class Late:
    """Invoices of 218.45 CAD, due on 1 April 2026, of jobs whose contract was signed. Days count from the due date."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.chase = Chase(session)
        self._numbers = itertools.count(1)

    def switch_on(self, key: str = "ca-qc") -> None:
        """Let somebody review the rules of a place."""
        row = law_rules.rows()[key]
        said: dict[str, Any] = {"switched_on": True, "name": "Guy Roy", "reviewed_by": "staff:guy", "now": quebec.NOW}
        law.review(self.session, review_id=f"lrv_{key}", key=key, version=row.version, **said)

    def terms(self, percent: Decimal | None, **more: Any) -> None:
        """Have other terms from now on."""
        text = " ".join(
            [*(["{late_rate}"] if percent is not None else []), *(["{late_fee}"] if more.get("late_fees") else [])]
        )
        clauses = [{"heading": "Retard", "text": text or "Rien."}]
        texts = {language: {"title": "Contrat", "clauses": clauses} for language in ("fr", "en")}
        contracts.add_terms(
            self.session,
            name="standard",
            texts=texts,
            payment_days=30,
            late_charge_percent_per_year=percent,
            valid_from=quebec.NOW.date(),
            now=quebec.NOW,
            **more,
        )

    def invoice(self, *, signed: bool = True, **job: Any) -> Invoice:
        """Issue an invoice of a job whose contract was signed, or was not."""
        return signed_job.invoice(self.session, f"late_{next(self._numbers)}", signed=signed, **job)

    def sheet(self, invoice: Invoice, *, day: int) -> dict[str, Any]:
        """What may be charged on a day."""
        return queries.sheet(self.session, invoice.id, now=self.chase.at(day))

    def post(self, invoice: Invoice, charge_id: str = "chg_1", *, day: int) -> LateCharge:
        """Charge it."""
        return operations.post(
            self.session, charge_id=charge_id, invoice_id=invoice.id, by="staff:anne", now=self.chase.at(day)
        )

    def open_link_payment(self, invoice: Invoice, *, day: int) -> None:
        """Let the customer open the card service's page and stay there."""
        payments.open_payment(
            self.session,
            payment_id="pay_late",
            invoice=invoice,
            method=Method.PAY_LINK,
            amount_minor=invoice.total_minor,
            reader_id=None,
            reference=None,
            taken_by="test",
            now=self.chase.at(day),
        )


@pytest.fixture
def late(session: Session) -> Late:
    """A business with one customer, a consumer of Quebec, before any invoice."""
    return Late(session)
