"""Which terms, which contract, and what its PDF says."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from server.access import queries as access
from server.access.rules import Caller
from server.business.rules import address_lines
from server.contracts import rules
from server.contracts.models import Contract, TermsTemplate
from server.contracts.models import Signature as SignatureRow
from server.contracts.rules import Status
from server.core import clock, config, words
from server.core.errors import Conflict, NotFound
from server.documents.facts import Clause, ContractFacts, Line, Party, Signature, Stage, Tax
from server.jobs.models import Job


class TermsMissing(Conflict):
    """The business has no terms in this language yet."""

    code = "terms_missing"


class ContractNotFound(NotFound):
    """There is no such contract, or it is not of your jobs."""

    code = "contract_not_found"


def get_terms(session: Session, *, language: str, on: date) -> TermsTemplate:
    """Return the newest terms in force on a day. Raises TermsMissing."""
    found = session.scalars(
        select(TermsTemplate)
        .where(
            TermsTemplate.name == rules.STANDARD,
            TermsTemplate.language == language,
            TermsTemplate.active,
            TermsTemplate.valid_from <= on,
        )
        .order_by(TermsTemplate.version.desc())
        .limit(1)
    ).first()
    if found is None:
        raise TermsMissing(language=language)
    return found


def count_versions(session: Session, name: str) -> int:
    """Return how many versions of these terms there are; they are numbered from 1."""
    versions = select(func.count(distinct(TermsTemplate.version))).where(TermsTemplate.name == name)
    return session.execute(versions).scalar_one()


def get_contract(session: Session, contract_id: str, *, lock: bool = False) -> Contract:
    """Return a contract, locked until the transaction ends where asked. Raises ContractNotFound."""
    found = session.get(Contract, contract_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise ContractNotFound
    return found


def get_for_caller(session: Session, contract_id: str, caller: Caller) -> Contract:
    """Return a contract that this caller may see: a technician those of their own jobs. Raises ContractNotFound."""
    wanted = select(Contract).where(Contract.id == contract_id)
    if caller.technician_id is not None:
        wanted = wanted.join(Job, Job.id == Contract.job_id).where(Job.technician_id == caller.technician_id)
    found = session.scalars(wanted).first()
    if found is None:
        raise ContractNotFound
    return found


def find_presented(session: Session, job_id: str) -> Contract | None:
    """Return the contract of a job that waits for its signature, or None."""
    return session.scalars(
        select(Contract).where(Contract.job_id == job_id, Contract.status == Status.PRESENTED)
    ).first()


def find_signed(session: Session, job_id: str) -> Contract | None:
    """Return the contract that holds for a job, or None while none is signed."""
    return session.scalars(select(Contract).where(Contract.job_id == job_id, Contract.status == Status.SIGNED)).first()


def find_signature(session: Session, signature_id: str) -> SignatureRow | None:
    """Return a signature, or None."""
    return session.get(SignatureRow, signature_id)


def list_current(session: Session, job_ids: Collection[str]) -> dict[str, Contract]:
    """Return the contract to show for each job: the one that waits for a signature, else the signed one."""
    if not job_ids:
        return {}
    live = session.scalars(
        select(Contract)
        .where(Contract.job_id.in_(job_ids), Contract.status.in_((Status.PRESENTED, Status.SIGNED)))
        .order_by(Contract.presented_at)
    )
    return {contract.job_id: contract for contract in live}


def get_facts(session: Session, contract: Contract) -> ContractFacts:
    """Return what the contract's PDF says, from what the contract froze and its signature."""
    kept = contract.content
    seller = kept["seller"]
    return ContractFacts(
        locale=kept["locale"],
        country=seller["country"],
        time_zone=seller["time_zone"],
        currency=contract.currency,
        seller=_party(seller, tax_ids=tuple((tax_id["label"], tax_id["number"]) for tax_id in seller["tax_ids"])),
        contract_id=contract.id,
        title=contract.title,
        terms_version=contract.terms_version,
        customer=_party(kept["customer"]),
        presented_at=contract.presented_at,
        clauses=tuple(Clause(heading=clause["heading"], text=clause["text"]) for clause in contract.clauses),
        lines=tuple(Line(**{**line, "quantity": Decimal(line["quantity"])}) for line in kept["lines"]),
        taxes=tuple(
            Tax(name=tax["name"], rate=Decimal(tax["rate"]), amount_minor=tax["amount_minor"]) for tax in kept["taxes"]
        ),
        subtotal_minor=kept["subtotal_minor"],
        total_minor=contract.total_minor,
        stages=tuple(
            Stage(
                label=rules.stage_label(stage, kept["locale"]),
                due=rules.due(stage, kept["locale"]),
                amount_minor=stage["amount_minor"],
            )
            for stage in kept.get("schedule", ())
        ),
        document_sha256=contract.document_sha256,
        site_address=address_lines(kept["job"]["site_address"]),
        signature=_signature(session, contract),
        policy_url=f"{config.current().public_url}/policy.pdf?on={_day(contract)}&language={contract.language}",
    )


def _day(contract: Contract) -> date:
    """Return the day on which a contract was shown, by the seller's clocks."""
    return clock.local_date(contract.presented_at, contract.content["seller"]["time_zone"])


def _party(party: Mapping[str, Any], *, tax_ids: tuple[tuple[str, str], ...] = ()) -> Party:
    return Party(
        name=party["name"],
        address=address_lines(party["address"]),
        email=party["email"],
        phone=party["phone"],
        tax_ids=tax_ids,
    )


def _signature(session: Session, contract: Contract) -> Signature | None:
    signed = contract.signature
    if signed is None:
        return None
    at_the_desk = words.say(contract.content["locale"], "At the office")
    return Signature(
        signer_name=signed.signer_name,
        signed_at=signed.signed_at,
        device=access.get_device(session, signed.device_id).name if signed.device_id else at_the_desk,
        strokes=tuple(signed.strokes or ()),
        typed_name=signed.typed_name,
        witness_name=signed.witness_name,
    )
