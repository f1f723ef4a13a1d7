"""A pack of evidence holds everything, its hashes can be checked, and it is the same bytes each time."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

import pytest
from flask.testing import FlaskClient

from server.access.rules import Caller, Role
from server.contacts.rules import digest
from server.contracts import operations as contracts
from server.core.database import transaction
from server.evidence import flows
from server.evidence.rules import pack
from server.invoices import operations as invoices
from server.invoices.models import Invoice
from server.invoices.queries import NoSuchInvoice
from server.jobs import operations as jobs
from tests import quebec
from tests.shop import Shop


def signed_and_paid(shop: Shop) -> Invoice:
    """A job whose contract is signed, invoiced, paid by card, a part of it given back."""
    now = shop.now()
    with transaction() as session:
        job = quebec.plan_job(session, "job_9", technician_id=shop.technician.id)
        contract = contracts.issue(session, job_id=job.id, contract_id="con_9", now=now)
        caller = Caller(kind="api_key", role=Role.OFFICE, key_id="key_1")
        contracts.sign(
            session,
            contract_id=contract.id,
            signature_id="sig_9",
            signer_name="Zoé Roy",
            signed_at=now,
            document_sha256=contract.document_sha256,
            typed_name="Zoé Roy",
            caller=caller,
            now=now,
        )
        done, _ = jobs.complete(session, job_id=job.id, completion_id="cmp_9", completed_at=now, now=now)
        invoice = invoices.issue(session, job=done, invoice_id="inv_9", now=now)
    shop.collect(invoice, "pay_9")
    shop.press("tap")
    shop.ask("pay_9")
    shop.refund("pay_9")
    return invoice


def test_a_pack_holds_everything_and_is_the_same_bytes_later_too(shop: Shop) -> None:
    invoice = signed_and_paid(shop)
    number, content = flows.pack(invoice_id=invoice.id)
    shop.pass_time(days=40)
    assert flows.pack(invoice_id=invoice.id) == (number, content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    listed = (line.partition("  ") for line in files.pop("SHA256SUMS").decode().splitlines())
    sums = {name: hashed for hashed, _, name in listed}
    assert sums == {name: hashlib.sha256(held).hexdigest() for name, held in files.items()}
    assert {name.split("/")[0] for name in files} == {
        "README.txt", "books.json", "contract.pdf", "contract.txt", f"invoice-{number}.pdf", "log.jsonl", "messages",
        "receipts",
    }  # fmt: skip
    log = [json.loads(line) for line in files["log.jsonl"].splitlines()]
    kinds = [row["kind"] for row in log]
    assert kinds[:2] == ["contract_signed", "invoice_issued"]
    assert {"payment_received", "payment_refunded", "message_written"} <= set(kinds)
    assert [digest(row) for row in log] == [row["hash"] for row in log]
    assert log[0]["facts"]["document_sha256"] == hashlib.sha256(files["contract.txt"]).hexdigest()
    books = json.loads(files["books.json"])
    assert books["balance_minor"] == 1000
    assert [entry["reason"] for entry in books["entries"]] == ["invoice_issued", "payment_received", "payment_refunded"]


def test_what_happens_next_changes_the_pack(shop: Shop) -> None:
    invoice = shop.invoice()
    before = flows.pack(invoice_id=invoice.id)
    shop.collect(invoice, "pay_1")
    shop.press("tap")
    shop.ask("pay_1")
    assert flows.pack(invoice_id=invoice.id) != before


def test_there_is_no_pack_of_no_invoice(shop: Shop) -> None:
    with pytest.raises(NoSuchInvoice):
        flows.pack(invoice_id="inv_none")


def test_the_order_of_files_does_not_matter() -> None:
    assert pack({"b": b"2", "a": b"1"}) == pack({"a": b"1", "b": b"2"})


def test_evidence_and_the_log_are_for_the_office_alone(client: FlaskClient) -> None:
    trade = quebec.open_shop()
    office, phone = trade.desk, trade.phone
    done = {"completion_id": "cmp_1", "completed_at": quebec.NOW.isoformat()}
    said = client.post("/api/v1/jobs/job_1/completion", json=done, headers=phone).get_json()
    invoice_id = said["invoice_id"]
    path = f"/api/v1/invoices/{invoice_id}/evidence.zip"
    assert client.get(path, headers=office).data[:2] == b"PK"
    assert client.get(path, headers=phone).status_code == 403
    rows = client.get(f"/api/v1/contacts?invoice_id={invoice_id}&limit=1", headers=office).get_json()
    assert [row["kind"] for row in rows["items"]] == ["message_written"]
    older = client.get(f"/api/v1/contacts?invoice_id={invoice_id}&cursor={rows['next_cursor']}", headers=office)
    assert [row["kind"] for row in older.get_json()["items"]] == ["invoice_issued"]
    assert client.get("/api/v1/contacts?cursor=x", headers=office).status_code == 400
