"""Write terms, present a contract, have it signed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from sqlalchemy.orm import Session

from server.access.rules import Caller
from server.business import queries as business
from server.contacts import operations as contacts
from server.contacts.rules import Kind
from server.contracts import queries, rules
from server.contracts.models import Contract, Signature, TermsTemplate
from server.contracts.rules import Method, Status
from server.core import clock, ids, words
from server.core.errors import Conflict, Unacceptable
from server.customers import queries as customers
from server.jobs import queries as jobs
from server.jobs import rules as job_rules
from server.jobs.operations import JobClosed

STANDARD_TERMS = Path(__file__).parent / "terms"
STANDARD_LATE_CHARGE_PERCENT_PER_YEAR = Decimal(12)


class PlaceholderUnknown(Unacceptable):
    """A clause names something in braces that a contract cannot fill in."""

    code = "placeholder_unknown"


class LateChargeUnsaid(Unacceptable):
    """The clauses of every language must state what is charged for paying late."""

    code = "late_charge_unsaid"


class ContractExists(Conflict):
    """There already is a contract with this id, for another job."""

    code = "contract_exists"


class DocumentChanged(Conflict):
    """This is not the text that was presented. Show the contract again, then have it signed."""

    code = "document_changed"


class AlreadySigned(Conflict):
    """This contract is already signed."""

    code = "already_signed"


class ScheduleTooHigh(Unacceptable):
    """What is to be paid before the work is done comes to more than the work."""

    code = "schedule_too_high"


class ContractSuperseded(Conflict):
    """This contract was replaced by another or is void: it can no longer be signed."""

    code = "contract_superseded"


class SignatureExists(Conflict):
    """There already is a signature with this id, on another contract."""

    code = "signature_exists"


def add_terms(
    session: Session,
    *,
    name: str,
    texts: Mapping[str, Mapping[str, Any]],
    payment_days: int,
    late_charge_percent_per_year: Decimal | None,
    late_charge_stated_per: Literal["year", "month"] = "year",
    late_fees: Mapping[str, int] | None = None,
    valid_from: date,
    now: datetime,
) -> int:
    """Write the next version of some terms in every language, and return its number; older ones stay as they are.

    `texts` is {"fr": {"title", "clauses": [{"heading", "text"}]}, "en": ...}, `late_fees` a fixed fee by currency, in
    minor units. Raises PlaceholderUnknown, LateChargeUnsaid: what is charged for paying late is named in braces, as
    `{late_rate}` and `{late_fee}`, and nothing else is.
    """
    charged = {
        *({"late_rate"} if late_charge_percent_per_year is not None else ()),
        *({"late_fee"} if late_fees else ()),
    }
    known = rules.PLACEHOLDERS - {"late_rate", "late_fee"} | charged
    version = queries.count_versions(session, name) + 1
    for language, said in texts.items():
        if unknown := sorted(rules.placeholders(said["clauses"]) - known):
            raise PlaceholderUnknown(unknown=unknown)
        if unsaid := sorted(charged - rules.placeholders(said["clauses"])):
            raise LateChargeUnsaid(unsaid=unsaid)
        session.add(
            TermsTemplate(
                id=ids.new("trm", now=now),
                name=name,
                version=version,
                language=language,
                title=said["title"],
                clauses=list(said["clauses"]),
                payment_days=payment_days,
                late_charge_percent_per_year=late_charge_percent_per_year,
                late_charge_stated_per=late_charge_stated_per,
                late_fees=dict(late_fees or {}),
                valid_from=valid_from,
                created_at=now,
            )
        )
    session.flush()
    return version


def install_standard_terms(session: Session, *, now: datetime) -> None:
    """Write the terms that come with the product, in French and English, unless the business has terms already."""
    if queries.count_versions(session, rules.STANDARD):
        return
    profile = business.get_profile(session)
    add_terms(
        session,
        name=rules.STANDARD,
        texts={
            language: json.loads((STANDARD_TERMS / f"standard.{language}.json").read_text("utf-8"))
            for language in words.LANGUAGES
        },
        payment_days=profile.payment_days,
        late_charge_percent_per_year=STANDARD_LATE_CHARGE_PERCENT_PER_YEAR,
        valid_from=clock.local_date(now, profile.time_zone),
        now=now,
    )


def issue(session: Session, *, job_id: str, contract_id: str, now: datetime) -> Contract:
    """Render the terms for a job and freeze them, in the customer's language; the same id again is the same contract.

    Another contract of the job that waits for its signature is superseded; a signed one holds until this is signed.
    Raises JobNotFound, JobClosed, ContractExists, TermsMissing, ScheduleTooHigh.
    """
    job = jobs.get_for_update(session, job_id)
    kept = session.get(Contract, contract_id)
    if kept is not None:
        if kept.job_id != job_id:
            raise ContractExists
        return kept
    if job.status not in job_rules.OPEN:
        raise JobClosed
    profile = business.get_profile(session)
    customer = customers.get_customer(session, job.customer_id)
    totals = jobs.list_totals(session, [job], languages={customer.id: customer.language})[job.id]
    terms = queries.get_terms(session, language=customer.language, on=clock.local_date(now, profile.time_zone))
    locale = words.locale_for(customer.language, profile.country)
    filled = rules.fill(
        terms.clauses,
        rules.values(
            seller=profile.seller,
            totals=totals,
            payment_days=terms.payment_days,
            late_rate=rules.stated(terms.late_charge_percent_per_year, per=terms.late_charge_stated_per),
            late_fee_minor=terms.late_fees.get(job.currency),
            locale=locale,
        ),
    )
    content = rules.content(seller=profile.seller, customer=customer, job=job, totals=totals, locale=locale)
    if sum(stage["amount_minor"] for stage in content["schedule"]) > totals.total_minor:
        raise ScheduleTooHigh(total_minor=totals.total_minor)
    text = rules.text(title=terms.title, clauses=filled, content=content, version=terms.version, presented_at=now)
    contract = Contract(
        id=contract_id,
        job_id=job.id,
        customer_id=customer.id,
        status=Status.PRESENTED,
        terms_id=terms.id,
        terms_version=terms.version,
        language=customer.language,
        title=terms.title,
        clauses=filled,
        content=content,
        text=text,
        document_sha256=rules.sha256(text),
        total_minor=totals.total_minor,
        currency=job.currency,
        payment_days=terms.payment_days,
        late_charge_percent_per_year=terms.late_charge_percent_per_year,
        late_charge_stated_per=terms.late_charge_stated_per,
        late_fee_minor=terms.late_fees.get(job.currency),
        presented_at=now,
        signature=None,
    )
    _supersede(session, queries.find_presented(session, job.id))
    session.add(contract)
    session.flush()
    return contract


def sign(
    session: Session,
    *,
    contract_id: str,
    signature_id: str,
    signer_name: str,
    signed_at: datetime,
    document_sha256: str,
    strokes: Sequence[Any] | None = None,
    typed_name: str | None = None,
    witness: Mapping[str, str] | None = None,
    caller: Caller,
    now: datetime,
) -> Contract:
    """Keep a signature of exactly the text that was presented; the same signature again changes nothing.

    `strokes` are lists of points [x, y], or there is a `typed_name`; `signed_at` is the phone's clock. A contract of
    the job that was signed before is superseded.
    Raises ContractNotFound, AlreadySigned, ContractSuperseded, DocumentChanged, SignatureExists.
    """
    job_id = queries.get_contract(session, contract_id).job_id
    jobs.get_for_update(session, job_id)  # as issuing does, so that the two take turns
    contract = queries.get_contract(session, contract_id, lock=True)
    if contract.signature is not None:
        if contract.signature.id != signature_id:
            raise AlreadySigned
        return contract
    if contract.status != Status.PRESENTED:
        raise ContractSuperseded
    if contract.document_sha256 != document_sha256:
        raise DocumentChanged
    if queries.find_signature(session, signature_id):
        raise SignatureExists
    _supersede(session, queries.find_signed(session, job_id))
    contract.status = Status.SIGNED
    contract.signature = Signature(
        id=signature_id,
        signer_name=signer_name,
        method=Method.STROKES if strokes else Method.TYPED_NAME,
        strokes=list(strokes) if strokes else None,
        typed_name=typed_name or None,
        witness_name=witness["name"] if witness else None,
        signed_at=signed_at,
        received_at=now,
        device_id=caller.device_id,
        staff_id=caller.staff_id,
    )
    session.flush()
    contacts.note(
        session,
        kind=Kind.CONTRACT_SIGNED,
        subject_id=contract.id,
        customer_id=contract.customer_id,
        by=caller.principal,
        happened_at=signed_at,
        facts={"signer": signer_name, "document_sha256": contract.document_sha256, "job_id": contract.job_id},
        now=now,
    )
    return contract


def _supersede(session: Session, contract: Contract | None) -> None:
    if contract is not None:
        contract.status = Status.SUPERSEDED
        session.flush()
