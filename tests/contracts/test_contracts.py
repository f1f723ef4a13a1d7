"""Terms shown, signed, kept."""

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.access.rules import Caller, Role
from server.contracts import operations, queries, rules
from server.contracts.models import Contract, TermsTemplate
from server.contracts.operations import (
    AlreadySigned,
    ContractExists,
    ContractSuperseded,
    DocumentChanged,
    PlaceholderUnknown,
    SignatureExists,
)
from server.documents import pdf
from server.jobs import operations as jobs
from server.jobs.operations import JobClosed
from tests.quebec import NOW, add_customer, add_technician, line, open_business, plan_job

DESK = Caller(kind="api_key", role=Role.OFFICE, key_id="key_1")


@pytest.fixture
def trade(session: Session) -> Session:
    """A business with a customer and a job."""
    open_business(session)
    add_customer(session)
    plan_job(session)
    return session


def issue(session: Session, contract_id: str = "ctr_1", job_id: str = "job_1") -> Contract:
    return operations.issue(session, job_id=job_id, contract_id=contract_id, now=NOW)


def sign(session: Session, contract: Contract, signature_id: str = "sig_1", **said: Any) -> Contract:
    fields = {
        "signer_name": "Marie Tremblay",
        "signed_at": NOW,
        "document_sha256": contract.document_sha256,
        "typed_name": "Marie Tremblay",
        **said,
    }
    return operations.sign(session, contract_id=contract.id, signature_id=signature_id, caller=DESK, now=NOW, **fields)


def test_the_text_says_who_what_how_much_and_on_which_terms(trade: Session) -> None:
    contract = issue(trade)

    for said in (
        "Contrat de service",
        "Plomberie Roy inc.",
        "TVQ 1234567890 TQ0001",
        "Marie Tremblay",
        "12, rue Saint-Jean",
        "Main-d’œuvre\xa0: 2 × 95,00\xa0$ = 190,00\xa0$",
        "TVQ 9,975\xa0% 18,95\xa0$",
        "218,45\xa0$",
        "30 jours",
        "12\xa0% par an",
    ):
        assert said in contract.text
    assert "{" not in contract.text
    assert (contract.status, contract.language, contract.payment_days) == ("presented", "fr", 30)
    assert (contract.total_minor, contract.currency) == (21845, "CAD")
    assert contract.document_sha256 == hashlib.sha256(contract.text.encode()).hexdigest()


def test_an_english_customer_reads_english(trade: Session) -> None:
    add_customer(trade, "cus_2", language="en")
    plan_job(trade, "job_2", customer_id="cus_2")

    text = issue(trade, "ctr_2", "job_2").text

    for said in ("Service agreement", "30 days", "12% per year", "QST 9.975% $18.95", "Place of work"):
        assert (said in text) is (said != "Place of work")  # the job names no site of its own


def test_the_contract_stays_as_it_was_shown_whatever_changes_after(trade: Session) -> None:
    contract = issue(trade)
    before = contract.text
    jobs.replace_lines(trade, job_id="job_1", lines=[line(quantity="9")], expected_version=1)

    assert issue(trade) is contract
    assert contract.text == before
    assert queries.get_facts(trade, contract).lines[0].quantity == 2


def test_presenting_another_contract_supersedes_the_one_not_signed(trade: Session) -> None:
    first = issue(trade)
    second = issue(trade, "ctr_2")

    assert (first.status, second.status) == ("superseded", "presented")
    with pytest.raises(ContractSuperseded):
        sign(trade, first)
    assert queries.list_current(trade, ["job_1"]) == {"job_1": second}


def test_a_signed_contract_holds_until_the_next_one_is_signed(trade: Session) -> None:
    first = sign(trade, issue(trade))
    second = issue(trade, "ctr_2")

    assert queries.find_signed(trade, "job_1") is first
    assert queries.list_current(trade, ["job_1"]) == {"job_1": second}
    sign(trade, second, "sig_2")
    assert (first.status, second.status) == ("superseded", "signed")
    assert queries.find_signed(trade, "job_1") is second


def test_a_signature_is_kept_once_with_the_hash_of_what_was_shown(trade: Session) -> None:
    contract = issue(trade)
    strokes = [[[0.0, 0.0], [3.5, 4.0]], [[9.0, 1.0]]]

    signed = sign(trade, contract, typed_name=None, strokes=strokes, witness={"name": "Luc Roy"})
    again = sign(trade, contract, typed_name=None, strokes=strokes)

    assert signed is again
    assert signed.status == "signed"
    assert signed.signature is not None
    assert (signed.signature.method, signed.signature.strokes) == ("strokes", strokes)
    assert (signed.signature.witness_name, signed.signature.received_at) == ("Luc Roy", NOW)
    with pytest.raises(AlreadySigned):
        sign(trade, contract, "sig_2")


def test_another_text_cannot_be_signed(trade: Session) -> None:
    contract = issue(trade)

    with pytest.raises(DocumentChanged):
        sign(trade, contract, document_sha256="0" * 64)

    assert contract.status == "presented"
    assert contract.signature is None


def test_one_signature_signs_one_contract(trade: Session) -> None:
    sign(trade, issue(trade))
    plan_job(trade, "job_2")
    other = issue(trade, "ctr_2", "job_2")

    with pytest.raises(SignatureExists):
        sign(trade, other, "sig_1")
    with pytest.raises(ContractExists):
        issue(trade, "ctr_1", "job_2")


def test_a_completed_job_gets_no_new_contract_but_an_offline_signature_still_arrives(trade: Session) -> None:
    contract = issue(trade)
    jobs.complete(trade, job_id="job_1", completion_id="cmp_1", completed_at=NOW, now=NOW)

    with pytest.raises(JobClosed):
        issue(trade, "ctr_2")
    assert sign(trade, contract).status == "signed"


def test_a_technician_reaches_the_contracts_of_their_own_jobs(trade: Session) -> None:
    luc, zoe = add_technician(trade), add_technician(trade, "Zoé")
    plan_job(trade, "job_2", technician_id=luc.id)
    issue(trade, "ctr_2", "job_2")

    own = Caller(kind="device", role=Role.TECHNICIAN, staff_id=luc.id, device_id="dev_1")
    other = Caller(kind="device", role=Role.TECHNICIAN, staff_id=zoe.id, device_id="dev_2")

    assert queries.get_for_caller(trade, "ctr_2", own).id == "ctr_2"
    with pytest.raises(queries.ContractNotFound):
        queries.get_for_caller(trade, "ctr_2", other)


def test_new_terms_are_a_new_version_from_their_day_on(trade: Session) -> None:
    clauses = [{"heading": "Paiement", "text": "Dans {payment_days}."}]
    texts = {language: {"title": "Contrat", "clauses": clauses} for language in ("fr", "en")}
    tomorrow = date(2026, 3, 3)

    version = operations.add_terms(
        trade,
        name=rules.STANDARD,
        texts=texts,
        payment_days=1,
        late_charge_percent_per_year=None,
        valid_from=tomorrow,
        now=NOW,
    )

    assert version == 2
    assert queries.get_terms(trade, language="fr", on=tomorrow).version == 2
    assert queries.get_terms(trade, language="fr", on=tomorrow - timedelta(days=1)).version == 1
    later = operations.issue(trade, job_id="job_1", contract_id="ctr_1", now=NOW + timedelta(days=1))
    assert (later.terms_version, later.late_charge_percent_per_year) == (2, None)
    assert later.clauses == [{"heading": "Paiement", "text": "Dans 1 jour."}]


@pytest.mark.parametrize(
    ("text", "late_rate"), [("{late_rate}", None), ("{bank_account}", Decimal(12)), ("{}", Decimal(12))]
)
def test_terms_name_only_what_a_contract_can_fill_in(trade: Session, text: str, late_rate: Decimal | None) -> None:
    with pytest.raises(PlaceholderUnknown):
        operations.add_terms(
            trade,
            name=rules.STANDARD,
            texts={"fr": {"title": "Contrat", "clauses": [{"heading": "Un", "text": text}]}},
            payment_days=30,
            late_charge_percent_per_year=late_rate,
            valid_from=NOW.date(),
            now=NOW,
        )


def test_standard_terms_are_installed_once_in_both_languages_clause_by_clause(trade: Session) -> None:
    operations.install_standard_terms(trade, now=NOW)

    terms = {found.language: found for found in trade.scalars(select(TermsTemplate))}
    assert set(terms) == {"fr", "en"}
    assert {found.version for found in terms.values()} == {1}
    assert [rules.placeholders([clause]) for clause in terms["fr"].clauses] == [
        rules.placeholders([clause]) for clause in terms["en"].clauses
    ]


def test_the_pdf_of_a_signed_contract_is_the_same_every_time(trade: Session) -> None:
    contract = sign(trade, issue(trade), typed_name=None, strokes=[[[0.0, 0.0], [30.0, 40.0]]])

    first = pdf.contract(queries.get_facts(trade, contract))

    assert first.startswith(b"%PDF-")
    assert first == pdf.contract(queries.get_facts(trade, contract))
