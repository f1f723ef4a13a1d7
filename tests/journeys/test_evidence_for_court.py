"""A customer denies everything: the office takes one file of evidence, and the log it stands on holds."""

from __future__ import annotations

import io
import json
import zipfile

import requests

from server.cli.story.players import Players, line, until


def test_everything_about_an_invoice_is_in_one_file_that_proves_itself(street: Players) -> None:
    invoice = street.do_job("Nadia Roy", "Chauffe-eau", [line("Chauffe-eau", "1", 90000, "none")])
    street.collect(invoice, "cash", 30000)
    until(lambda: street.mails(street.addresses[-1]), lambda mails: len(mails) == 2, "the invoice and the receipt")
    about = f"/contacts?invoice_id={invoice['invoice_id']}"
    rows = until(
        lambda: street.office("GET", about)["items"],
        lambda rows: [row["kind"] for row in rows].count("message_sent") == 2,
        "both to be in the log",
    )
    assert {row["kind"] for row in rows} == {"invoice_issued", "payment_received", "message_written", "message_sent"}
    address = f"{street.world['web']}/api/v1/invoices/{invoice['invoice_id']}/evidence.zip"
    taken = requests.get(address, headers={"Authorization": f"Bearer {street.world['api_key']}"}, timeout=30)
    again = requests.get(address, headers={"Authorization": f"Bearer {street.world['api_key']}"}, timeout=30)
    assert taken.content == again.content
    with zipfile.ZipFile(io.BytesIO(taken.content)) as pack:
        names = set(pack.namelist())
        log = [json.loads(row) for row in pack.read("log.jsonl").splitlines()]
        books = json.loads(pack.read("books.json"))
    assert {"README.txt", "SHA256SUMS", "contract.pdf", "contract.txt", f"invoice-{invoice['number']}.pdf"} <= names
    assert {row["kind"] for row in log} >= {"contract_signed", "invoice_issued", "payment_received", "message_sent"}
    assert all(len(row["hash"]) == 64 for row in log)
    assert books["balance_minor"] == 60000
    assert (
        requests.get(address, headers={"Authorization": f"Bearer {street.phone_token}"}, timeout=30).status_code == 403
    )
