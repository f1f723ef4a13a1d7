"""A third on signature, a part on the way, the rest at the end: each paid its own way, and the invoice takes them."""

from __future__ import annotations

import requests

from server.cli.story.players import VISA, Json, Players, line, new
from tests.journeys.desk import Desk


def start_job(street: Players) -> str:
    """Plan a job with a schedule, and have its contract signed."""
    customer = street.do_job("Ginette Roy", "Visite", [line("Visite", "1", 100, "none")])
    job_id = new("job")
    schedule = [
        {"label": "Commande", "percent": "30", "when": "on_signature"},
        {"label": "Tuyauterie posée", "amount_minor": 20000, "when": "on_milestone"},
    ]
    job = {"job_id": job_id, "customer_id": customer["customer_id"], "technician_id": street.world["technician"]["id"]}
    plan = {"title": "Salle de bain", "scheduled_at": street.now(), "schedule": schedule}
    street.office("POST", "/jobs", {**job, **plan, "lines": [line("Travaux", "1", 100000, "none")]}, status=201)
    sign(street, job_id)
    return job_id


def sign(street: Players, job_id: str) -> None:
    """Show the contract and have it signed."""
    contract = street.phone("POST", f"/jobs/{job_id}/contract", {"contract_id": new("con")}, status=201)
    assert "Commande" in contract["text"]
    signature = {"signature_id": new("sig"), "signer_name": "Ginette", "signed_at": street.now()}
    proof = {"document_sha256": contract["document_sha256"], "typed_name": "Ginette"}
    street.phone("POST", f"/contracts/{contract['contract_id']}/signature", {**signature, **proof})


def ask(street: Players, job_id: str, position: int) -> Json:
    return street.phone("POST", f"/jobs/{job_id}/stages/{position}/invoice", {"invoice_id": new("inv")}, status=201)


def test_deposit_progress_and_final_are_paid_each_its_own_way(street: Players) -> None:
    job_id = start_job(street)
    assert street.phone("GET", f"/jobs/{job_id}")["deposit_due_minor"] == 30000
    deposit = ask(street, job_id, 1)
    assert (deposit["kind"], deposit["total_minor"], deposit["taxes"]) == ("deposit", 30000, [])
    street.collect(deposit, "card_reader", 30000)
    street.present(VISA)
    street.must_be_paid(deposit)
    sheet = street.phone("GET", f"/jobs/{job_id}")
    assert (sheet["deposit_due_minor"], sheet["invoice"]) == (0, None)
    assert [(paid["invoice_id"], paid["status"]) for paid in sheet["payments"]] == [
        (deposit["invoice_id"], "succeeded")
    ]
    progress = ask(street, job_id, 2)
    _, session_id = street.open_checkout(progress["pay_url"])
    street.press_checkout(session_id, "pay")
    street.must_be_paid(progress)
    final = street.complete(job_id)
    assert [each["amount_minor"] for each in final["deposits"]] == [30000, 20000]
    assert (final["total_minor"], final["balance_minor"], final["status"]) == (100000, 50000, "partly_paid")
    pdf = street.send("GET", f"/invoices/{final['invoice_id']}.pdf", None, street.world["api_key"])
    assert pdf.content.startswith(b"%PDF")
    assert requests.get(final["pay_url"], timeout=30).ok
    street.collect(final, "cash", 50000)
    street.must_be_paid(final)


def test_nothing_is_asked_for_twice_or_by_no_contract(street: Players) -> None:
    job_id = start_job(street)
    ask(street, job_id, 1)
    again = street.send("POST", f"/jobs/{job_id}/stages/1/invoice", {"invoice_id": new("inv")}, street.phone_token)
    assert (again.status_code, again.json()["code"]) == (409, "stage_requested")
    none = street.send("POST", f"/jobs/{job_id}/stages/9/invoice", {"invoice_id": new("inv")}, street.phone_token)
    assert (none.status_code, none.json()["code"]) == (404, "stage_not_found")


def test_the_desk_plans_stages_and_asks_for_the_first(street: Players) -> None:
    desk, customer = Desk(street), street.do_job("Ginette Roy", "Visite", [line("Visite", "1", 100, "none")])
    form = {"customer_id": customer["customer_id"], "technician_id": street.world["technician"]["id"], "title": "Bain"}
    form |= {"job_id": new("job"), "currency": "CAD", "day": street.now()[:10], "time": "08:00", "tax_code": ["none"]}
    lines = {"description": ["Travaux"], "quantity": ["1"], "unit_price": ["1000.00"]}
    stages = {"stage_label": ["Commande"], "stage_part": ["30 %"], "stage_when": ["on_signature"], "stage_on": [""]}
    page = desk.send("/jobs/new", on="/jobs/new", **form, **lines, **stages)
    assert ("$300.00" in page, "once the contract is signed" in page) == (True, True)
    sign(street, str(form["job_id"]))
    here = f"/jobs/{form['job_id']}"
    asked = desk.send(f"{here}/stages/1", on=here, invoice_id=desk.hidden(desk.read(here), "invoice_id"))
    assert "the customer is told" in asked
    stage = street.phone("GET", here)["stages"][0]
    assert (stage["amount_minor"], stage["invoice"]["kind"]) == (30000, "deposit")
    street.collect(stage["invoice"], "cash", 30000)
    street.must_be_paid(stage["invoice"])


def held(street: Players) -> int:
    """Return what the books hold as deposits, as the office sees it, in cents."""
    found = street.office("GET", "/reports/aging")["items"]
    return sum(each["deposits_minor"] for each in found if each["currency"] == "CAD")


def test_a_deposit_is_a_liability_until_its_work_is_invoiced_and_pays_that_invoice_when_it_comes_late(
    street: Players,
) -> None:
    desk, before, job_id = Desk(street), held(street), start_job(street)
    deposit, progress = ask(street, job_id, 1), ask(street, job_id, 2)
    street.collect(deposit, "cash", 30000)
    assert held(street) == before + 50000
    assert "are a liability in the books until" in desk.read("/numbers")
    _, session_id = street.open_checkout(progress["pay_url"])
    final = street.complete(job_id)
    assert (final["balance_minor"], held(street)) == (70000, before)
    street.press_checkout(session_id, "pay")
    back = requests.get(progress["pay_url"], {"from": "checkout", "lang": "en"}, timeout=30).text
    assert "We received" in back
    assert "counts on that invoice" in back
    paid = street.invoice(final)
    withdrawn = street.invoice(progress)
    assert (withdrawn["status"], withdrawn["paid_minor"]) == ("void", 0)
    assert (paid["balance_minor"], held(street)) == (50000, before)
    late = street.phone("GET", f"/jobs/{job_id}")["payments"][-1]
    assert (late["amount_minor"], late["shares"][0]["invoice_id"]) == (20000, final["invoice_id"])
    assert late["payment_id"] in desk.read(f"/invoices/{final['invoice_id']}")
    assert "It counts on the invoice of the work." in desk.read(f"/invoices/{progress['invoice_id']}")
    for invoice in (progress, final):
        assert street.office("GET", f"/invoices/{invoice['invoice_id']}/proof")["agrees"]
    street.collect(final, "card_reader", 50000)
    street.present(VISA)
    street.must_be_paid(final)
