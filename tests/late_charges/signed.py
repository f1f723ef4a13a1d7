"""An invoice whose contract was signed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.access.rules import Caller, Role
from server.contracts import operations as contracts
from server.invoices import operations as invoices
from server.invoices.models import Invoice
from server.jobs import operations as jobs
from tests import quebec

SIGNER = Caller(kind="api_key", role=Role.OFFICE, key_id="key_1")


def invoice(session: Session, name: str, *, signed: bool = True, now: datetime = quebec.NOW, **job: Any) -> Invoice:
    """Plan a job, have its contract signed, do it and issue its invoice of 218.45, due after 30 days."""
    planned = quebec.plan_job(session, f"job_{name}", **job)
    if signed:
        contract = contracts.issue(session, job_id=planned.id, contract_id=f"con_{name}", now=now)
        contracts.sign(
            session,
            contract_id=contract.id,
            signature_id=f"sig_{name}",
            signer_name="Marie Tremblay",
            signed_at=now,
            document_sha256=contract.document_sha256,
            typed_name="Marie Tremblay",
            caller=SIGNER,
            now=now,
        )
    done, _ = jobs.complete(session, job_id=planned.id, completion_id=f"cmp_{name}", completed_at=now, now=now)
    return invoices.issue(session, job=done, invoice_id=f"inv_{name}", now=now)
