"""What we signed, issued and wrote lies ready at Stripe; one click hands it in, once."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta

import pytest
from pdfminer.high_level import extract_text
from sqlalchemy import text

from server.access.rules import Caller, Role
from server.chargebacks import flows, operations, queries, rules, tasks
from server.chargebacks.rules import Slot, Status
from server.contracts import operations as contracts
from server.core import clock
from server.core.database import transaction
from server.invoices import operations as invoices
from server.invoices.models import Invoice
from server.jobs import operations as jobs
from server.photos import operations as photos
from server.photos.rules import Kind
from tests import quebec
from tests.chargebacks.bank import ask, at_stripe, dispute, get, pay, written
from tests.photos.pictures import JPEG
from tests.shop import Shop


def pay_what_was_signed(shop: Shop) -> Invoice:
    """Have a contract signed, do the job, be paid by card; the mail is out."""
    now = clock.now()
    with transaction() as session:
        quebec.plan_job(session, "job_signed", technician_id=shop.technician.id)
        contract = contracts.issue(session, job_id="job_signed", contract_id="con_1", now=now)
        contracts.sign(
            session,
            contract_id=contract.id,
            signature_id="sig_1",
            signer_name="Marie Tremblay",
            signed_at=now,
            document_sha256=contract.document_sha256,
            typed_name="Marie Tremblay",
            caller=Caller(kind="staff", role=Role.OFFICE, staff_id=shop.technician.id),
            now=now,
        )
        job, _ = jobs.complete(session, job_id="job_signed", completion_id="cmp_signed", completed_at=now, now=now)
        invoice = invoices.issue(session, job=job, invoice_id="inv_signed", now=now)
        session.execute(text("UPDATE messages SET status = 'sent', sent_at = now()"))
    shop.collect(invoice, "pay_1")
    shop.press("tap")
    shop.ask("pay_1")
    return invoice


def test_the_evidence_lies_at_stripe_unsubmitted_as_soon_as_we_hear(shop: Shop) -> None:
    pay_what_was_signed(shop)
    chargeback_id = dispute(shop)
    ask(chargeback_id)
    shop.work()
    found = at_stripe(shop, chargeback_id)
    assert (found["status"], found["evidence_details"]["submission_count"]) == ("needs_response", 0)
    with transaction() as session:
        files = queries.list_evidence(session, chargeback_id)
        contents = {file.slot: queries.get_evidence(session, chargeback_id, file.id)[1] for file in files}
    assert [file.slot for file in files] == list(Slot)[:4]
    for file in files:
        assert found["evidence"][file.slot] == file.stripe_file_id
        assert (file.sha256, file.size_bytes) == (
            hashlib.sha256(contents[file.slot]).hexdigest(),
            len(contents[file.slot]),
        )
        assert contents[file.slot].startswith(b"%PDF")
    assert found["evidence"]["product_description"] == "Main-d’œuvre"
    assert found["evidence"]["customer_name"] == "Marie Tremblay"
    assert "SHA-256" in found["evidence"]["uncategorized_text"]
    assert get(chargeback_id).staged_at is not None


def test_photos_of_the_work_go_to_the_bank_and_those_of_a_cheque_do_not(shop: Shop) -> None:
    invoice = pay(shop)
    with transaction() as session:
        for number, kind in enumerate(Kind):
            photos.keep(
                session,
                photo_id=f"pho_{number}",
                job_id=invoice.job_id,
                kind=kind,
                content=JPEG,
                caption="Sous l’évier",
                taken_by=shop.technician.id,
                taken_at=clock.now(),
                now=clock.now(),
            )
    chargeback_id = dispute(shop)
    ask(chargeback_id)
    shop.work()
    with transaction() as session:
        (sheet,) = [file for file in queries.list_evidence(session, chargeback_id) if file.slot == "uncategorized_file"]
        content = queries.get_evidence(session, chargeback_id, sheet.id)[1]
    assert at_stripe(shop, chargeback_id)["evidence"]["uncategorized_file"] == sheet.stripe_file_id
    said = extract_text(io.BytesIO(content))
    assert ("Avant les travaux" in said, "Sous l’évier" in said, "Chèque" in said) == (True, True, False)


@pytest.mark.parametrize(
    ("sizes", "beside_bytes", "kept"),
    [
        ([300_000] * 20, 500_000, 12),
        ([1_000_000] * 12, 500_000, 3),
        ([5_000_000, 1000], 0, 1),
        ([1000], rules.FILES_BYTES, 0),
        ([], 0, 0),
    ],
)
def test_as_many_photos_go_as_the_bank_takes(sizes: list[int], beside_bytes: int, kept: int) -> None:
    named = {f"pho_{number}": size for number, size in enumerate(sizes)}
    assert len(rules.photos_that_fit(named, beside_bytes=beside_bytes)) == kept


def test_a_charge_called_a_duplicate_is_answered_with_the_other_job(shop: Shop) -> None:
    pay(shop)
    other = pay(shop, "pay_2")
    chargeback_id = dispute(shop, reason="duplicate")
    ask(chargeback_id)
    flows.go_on(chargeback_id=chargeback_id, now=clock.now())
    evidence = at_stripe(shop, chargeback_id)["evidence"]
    assert evidence["duplicate_charge_id"] == shop.payment("pay_2").stripe_charge_id
    assert other.number in evidence["duplicate_charge_explanation"]
    assert evidence["duplicate_charge_documentation"]


def test_one_click_hands_it_in_once(shop: Shop) -> None:
    pay(shop)
    chargeback_id = dispute(shop)
    ask(chargeback_id)
    for _ in range(2):
        flows.submit(chargeback_id=chargeback_id, statement="winning_evidence", asked_by="staff:sam", now=clock.now())
    chargeback = get(chargeback_id)
    assert (chargeback.status, chargeback.submission_count) == (Status.UNDER_REVIEW, 1)
    assert at_stripe(shop, chargeback_id)["evidence"]["uncategorized_text"].startswith("winning_evidence\n\n")
    with pytest.raises(operations.ChargebackDecided):
        flows.accept(chargeback_id=chargeback_id, asked_by="staff:sam", now=clock.now())


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error_500"])
@pytest.mark.parametrize("verb", ["submit", "accept"])
def test_an_answer_that_was_lost_is_given_once(shop: Shop, fault: str, verb: str) -> None:
    pay(shop)
    chargeback_id = dispute(shop)
    ask(chargeback_id)
    flows.go_on(chargeback_id=chargeback_id, now=clock.now())
    shop.fault(fault, f"/v1/disputes/{chargeback_id}*", method="POST", times=3)
    said = {"statement": None} if verb == "submit" else {}
    getattr(flows, verb)(chargeback_id=chargeback_id, asked_by="staff:sam", now=clock.now(), **said)
    assert get(chargeback_id).status is Status.NEEDS_RESPONSE
    shop.pass_time(hours=21)
    tasks.look()
    tasks.look()
    wanted = Status.UNDER_REVIEW if verb == "submit" else Status.LOST
    assert get(chargeback_id).status is wanted
    assert at_stripe(shop, chargeback_id)["evidence_details"]["submission_count"] == (1 if verb == "submit" else 0)


def test_giving_in_lets_the_customer_owe_it_again(shop: Shop) -> None:
    invoice = pay(shop)
    chargeback_id = dispute(shop)
    ask(chargeback_id)
    for _ in range(2):
        flows.accept(chargeback_id=chargeback_id, asked_by="staff:sam", now=clock.now())
    assert (get(chargeback_id).status, shop.balance(invoice)) == (Status.LOST, Shop.TOTAL)


def test_after_the_deadline_nothing_is_handed_in(shop: Shop) -> None:
    pay(shop)
    chargeback_id = dispute(shop)
    ask(chargeback_id)
    clock.advance(seconds=int(timedelta(days=8).total_seconds()))
    with pytest.raises(operations.EvidenceTooLate):
        flows.submit(chargeback_id=chargeback_id, statement=None, asked_by="staff:sam", now=clock.now())


def test_the_office_hears_once_that_the_time_to_answer_ends(shop: Shop) -> None:
    invoice = pay(shop)
    chargeback_id = dispute(shop)
    ask(chargeback_id)
    tasks.look()
    assert "due" not in written(invoice, "chargeback")
    shop.pass_time(days=5)
    tasks.look()
    tasks.look()
    assert written(invoice, "chargeback").count("due") == 1


def test_nobody_is_alarmed_about_what_is_answered(shop: Shop) -> None:
    invoice = pay(shop)
    chargeback_id = dispute(shop)
    ask(chargeback_id)
    flows.submit(chargeback_id=chargeback_id, statement=None, asked_by="staff:sam", now=clock.now())
    shop.pass_time(days=5)
    tasks.look()
    assert "due" not in written(invoice, "chargeback")


def test_the_office_hears_that_an_answer_never_reached_the_bank(shop: Shop) -> None:
    invoice = pay(shop)
    chargeback_id = dispute(shop)
    ask(chargeback_id)
    shop.fault("drop_before", "/v1/disputes/*", method="POST", times=1000)
    shop.pass_time(days=5)
    flows.submit(chargeback_id=chargeback_id, statement=None, asked_by="staff:sam", now=clock.now())
    tasks.look()
    assert "due" not in written(invoice, "chargeback"), "it may be on its way"
    shop.pass_time(hours=1)
    tasks.look()
    assert "due" in written(invoice, "chargeback")
