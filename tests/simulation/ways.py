"""Other ways to pay: several invoices at once, kept cards, amounts that a card holds first, deposits, tips."""

from __future__ import annotations

from functools import partial

from sqlalchemy import select

from server.core import clock
from server.core.database import transaction
from server.payments.models import SavedCard
from server.payments.rules import Status
from tests.simulation.accounts import CUSTOMER, SITE
from tests.simulation.history import Ask, History, Json, done
from tests.simulation.verbs import press_button, press_card, verb

TOGETHER = ("card_reader", "card_reader", "pay_link", "cash", "cheque")


@verb(4)
def pay_several(history: History) -> str:
    """One payment for all that the first customer owes in a currency, or a part of it; some try with all of them."""
    first = history.invoices[0]
    theirs = [invoice for invoice in history.invoices if invoice["customer_id"] == first["customer_id"]]
    if history.random.random() < 0.9:
        theirs = [invoice for invoice in theirs if invoice["currency"] == first["currency"]]
    owed = {invoice["id"]: history.owed_minor(invoice) for invoice in theirs}
    unpaid = [invoice for invoice in theirs if owed[invoice["id"]] > 0]
    if len(unpaid) < 2:
        return "nothing to pay together"
    all_minor = sum(owed.values())
    amount_minor = history.random.choice((all_minor, all_minor, history.random.randint(1, all_minor)))
    method = history.random.choice(TOGETHER)
    invoice_ids = [invoice["id"] for invoice in unpaid]
    asked = history.attempt(method, {"invoice_ids": invoice_ids, "amount_minor": amount_minor}, history.office)
    told = history.do(asked)
    return f"{told}; {press_card(history)}" if method == "card_reader" else told


@verb(2)
def keep_a_card(history: History) -> str:
    """A card pays at the reader, and its holder lets it be kept."""
    invoice = history.any_invoice()
    consent = done(history.office.get(f"/invoices/{invoice['id']}/card_consent"))
    agreed = {"text_sha256": consent["text_sha256"], "language": consent["language"], "said_by": "Marie Roy"}
    told = history.do(history.new_attempt("card_reader", invoice, save_card=agreed))
    number = history.random.choice(("4242424242424242", "4242424242424242", "4000002760003184", "4000000000000341"))
    did = history.world.customer(f"readers/{history.lit}/tap", {"number": number, **history.tip()})
    return f"{told}, may be kept; tap of {number}: {'done' if did else 'not possible'}"


@verb(3)
def charge_a_kept_card(history: History) -> str:
    """The office charges a card whose holder is not there."""
    customers = {invoice["customer_id"] for invoice in history.invoices}
    with transaction() as session:
        kept = select(SavedCard).where(SavedCard.customer_id.in_(customers), SavedCard.saved_at.is_not(None))
        cards = list(session.scalars(kept.order_by(SavedCard.id)))
    if not cards:
        return "no card is kept"
    card = history.random.choice(cards)
    invoice = history.random.choice([each for each in history.invoices if each["customer_id"] == card.customer_id])
    asked = history.new_attempt("card_on_file", invoice, who=history.office, saved_card_id=card.id)
    if history.random.random() < 0.3:
        return history.together(asked, asked)
    return history.do(asked)


@verb(2)
def take_what_is_held(history: History) -> str:
    """What a card holds is captured, all of it or a part; where nothing is held it is refused."""
    held = [payment for payment in history.payments() if payment.status is Status.PROCESSING]
    if not held:
        return "nothing is held"
    payment = history.random.choice(held)
    wanted = {} if history.random.random() < 0.6 else {"amount_minor": history.random.randint(1, payment.amount_minor)}
    post = partial(history.office.post, f"/payments/{payment.id}/capture", wanted)
    return history.do(Ask(f"capture {wanted or 'all'} of {payment.id}", payment.id, post))


@verb(1)
def agree_on_a_deposit(history: History) -> str:
    """A contract is signed that asks for a third before the work; from now on that is one of the invoices. Some have
    its page open while the work is done, and pay then."""
    number = len(history.invoices) + 1
    job_id, customer_id = f"job_{history.seed}_{number}", history.invoices[0]["customer_id"]
    currency = history.random.choice(history.invoices)["currency"]
    line = {"description": "Travaux", "quantity": "1", "unit_price_minor": 30000, "tax_code": "qc"}
    schedule = [{"label": "Commande", "percent": "30", "when": "on_signature"}]
    whose = {"customer_id": customer_id, "technician_id": history.world.technicians[number % 2]}
    job = {"job_id": job_id, **whose, "currency": currency}
    plan = {"title": "Salle de bain", "scheduled_at": clock.now().isoformat(), "schedule": schedule, "lines": [line]}
    booked = history.office.post("/jobs", {**job, **plan, "site_address": {**SITE, "country": "CA"}})
    if booked.said.get("code") == "do_not_book":
        return "no job is booked for who pays so badly"
    done(booked)
    contract = done(history.office.post(f"/jobs/{job_id}/contract", {"contract_id": f"con_{history.seed}_{number}"}))
    signed = {"signature_id": f"sig_{history.seed}_{number}", "signer_name": CUSTOMER}
    proof = {"document_sha256": contract["document_sha256"], "typed_name": CUSTOMER}
    at = {"signed_at": clock.now().isoformat()}
    done(history.office.post(f"/contracts/{contract['contract_id']}/signature", {**signed, **proof, **at}))
    wanted = {"invoice_id": f"inv_{history.seed}_{number}"}
    _add(history, done(history.office.post(f"/jobs/{job_id}/stages/1/invoice", wanted)))
    history.unfinished.append(job_id)
    words = f"a deposit of {history.invoices[-1]['total_minor']} is asked for on {job_id}"
    if history.random.random() < 0.5:
        return words
    opened = press_button(history, history.invoices[-1])
    words += f"; its page {opened}; {finish_the_work(history)}"
    if opened.startswith("leads"):
        paid = history.world.customer(f"checkout/{history.pages[-1]}", {"outcome": "pay"})
        words += f"; {'paid' if paid else 'cannot be paid'}"
    return words


@verb(1)
def finish_the_work(history: History) -> str:
    """The work that a deposit was for is done: its invoice takes what was paid."""
    if not history.unfinished:
        return "no work to finish"
    job_id = history.unfinished.pop(0)
    wanted = {"completion_id": f"cmp_{job_id}", "completed_at": clock.now().isoformat()}
    answer = history.office.post(f"/jobs/{job_id}/completion", wanted)
    if not answer.ok:
        history.unfinished.append(job_id)
        return f"{job_id} cannot be finished: {answer.said.get('code')}"
    _add(history, answer.said)
    return f"{job_id} is done: {history.invoices[-1]['total_minor']}"


def _add(history: History, invoice: Json) -> None:
    history.invoices.append({**invoice, "id": invoice["invoice_id"]})
