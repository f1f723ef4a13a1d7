"""Put the evidence of a chargeback together, once, and write down what of it Stripe has."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.business.rules import address_lines
from server.chargebacks import queries, rules
from server.chargebacks.models import EvidenceFile
from server.chargebacks.rules import Slot
from server.contracts import queries as contracts
from server.contracts.models import Contract
from server.core import ids, words
from server.documents import pdf
from server.documents.facts import Document, Letter, LettersFacts, PhotosFacts, Picture, Shot
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices import rules as invoice_rules
from server.invoices.models import Invoice
from server.jobs import queries as jobs
from server.messages import queries as messages
from server.messages.rules import Kind
from server.messages.rules import Status as MessageStatus
from server.payments import queries as payments
from server.payments.models import Payment
from server.payments.rules import Status as PaymentStatus
from server.photos import queries as photos
from server.photos import rules as photo_rules
from server.receipts import operations as receipts
from server.receipts import queries as receipt_queries

# A charge this near is what a cardholder may take for the same one.
_NEAR = timedelta(days=45)
_BETWEEN_US = {Kind.CHARGEBACK}


def assemble(session: Session, *, chargeback_id: str, now: datetime) -> None:
    """Put together what we hold: the signed contract, the invoice, the receipt, what we wrote to the customer, photos
    of the work, and in words what was done, when, for whom. Done once, so that what was sent can be shown for ever."""
    chargeback = queries.get_chargeback(session, chargeback_id, lock=True)
    if chargeback.assembled_at is not None:
        return
    payment = payments.get_payment(session, chargeback.payment_id)
    invoice = invoices.get_invoice(session, payment.lead_id)
    contract = contracts.find_signed(session, invoice.job_id)
    other = _find_other(session, payment, invoice) if chargeback.reason == "duplicate" else None
    documents = _documents(session, payment, invoice, contract, other, now=now)
    fitting = rules.files_that_fit({slot: len(content) for slot, (_, content) in documents.items()})
    for slot, (filename, content) in documents.items():
        session.add(
            EvidenceFile(
                id=ids.derived("evf", chargeback.id, slot),
                chargeback_id=chargeback.id,
                slot=slot,
                filename=filename,
                content=content,
                size_bytes=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                fits=slot in fitting,
                created_at=now,
            )
        )
    chargeback.texts = rules.texts_that_fit(_texts(payment, invoice, contract, other))
    chargeback.assembled_at = now
    session.flush()


def attach_file(session: Session, *, file_id: str, stripe_file_id: str | None) -> None:
    """Write down under which id Stripe has a file; None for one it does not want, which is then left out."""
    file = session.get_one(EvidenceFile, file_id, with_for_update=True)
    file.stripe_file_id = stripe_file_id
    file.fits = stripe_file_id is not None


def note_staged(session: Session, *, chargeback_id: str, now: datetime) -> None:
    """Write down that the evidence lies at Stripe."""
    chargeback = queries.get_chargeback(session, chargeback_id, lock=True)
    chargeback.staged_at = chargeback.staged_at or now


def _documents(
    session: Session,
    payment: Payment,
    invoice: Invoice,
    contract: Contract | None,
    other: tuple[Payment, Invoice] | None,
    *,
    now: datetime,
) -> dict[Slot, tuple[str, bytes]]:
    """Return files by what they prove, each with its name."""
    sheet = invoices.sheets(session, [invoice])[0]
    facts = invoice_rules.facts(sheet)
    receipt = receipt_queries.get_of_payment(session, payment.id)
    found = {
        Slot.SERVICE_DOCUMENTATION: (f"{invoice.number}.pdf", invoice_operations.render(sheet)),
        Slot.RECEIPT: (f"{receipt.number}.pdf", receipts.render(receipt)),
    }
    if contract is not None:
        signed = pdf.contract(contracts.get_facts(session, contract))
        found[Slot.CUSTOMER_SIGNATURE] = (f"{contract.id}.pdf", signed)
    letters = _letters(session, invoice)
    if letters:
        written = LettersFacts(
            locale=facts.locale,
            country=facts.country,
            time_zone=facts.time_zone,
            currency=facts.currency,
            seller=facts.seller,
            invoice_number=invoice.number,
            customer_name=invoice.buyer["name"],
            letters=letters,
        )
        found[Slot.CUSTOMER_COMMUNICATION] = (f"{invoice.number}-messages.pdf", pdf.letters(written))
    if other is not None:
        content = invoice_operations.render(invoices.sheets(session, [other[1]])[0])
        found[Slot.DUPLICATE_CHARGE_DOCUMENTATION] = (f"{other[1].number}.pdf", content)
    beside_bytes = sum(len(content) for _, content in found.values())
    sheet_of_photos = _photos(session, invoice, facts, now=now, beside_bytes=beside_bytes)
    if sheet_of_photos is not None:
        found[Slot.UNCATEGORIZED_FILE] = (f"{invoice.number}-photos.pdf", sheet_of_photos)
    return found


def _photos(session: Session, invoice: Invoice, facts: Document, *, now: datetime, beside_bytes: int) -> bytes | None:
    """Return a sheet of the photos of the work, as many as fit beside the other files; None where there are none."""
    taken = {
        photo.id: photo
        for photo in photos.list_of_jobs(session, [invoice.job_id])
        if photo.kind in photo_rules.PROVES_WORK
    }
    sizes = {photo_id: photo.size_bytes for photo_id, photo in taken.items()}
    shots = []
    for photo_id in rules.photos_that_fit(sizes, beside_bytes=beside_bytes):
        photo, content = photos.get_content(session, job_id=invoice.job_id, photo_id=photo_id)
        shots.append(
            Shot(
                picture=Picture(content=content, type=photo.type, width=photo.width, height=photo.height),
                shows=words.say(facts.locale, photo_rules.shows(photo.kind)),
                taken_at=photo.taken_at,
                caption=photo.caption,
            )
        )
    if not shots:
        return None
    sheet = PhotosFacts(
        locale=facts.locale,
        country=facts.country,
        time_zone=facts.time_zone,
        currency=facts.currency,
        seller=facts.seller,
        invoice_number=invoice.number,
        customer_name=invoice.buyer["name"],
        job_title=jobs.get_job(session, invoice.job_id).title,
        made_at=now,
        shots=tuple(shots),
    )
    return pdf.photos(sheet)


def _letters(session: Session, invoice: Invoice) -> tuple[Letter, ...]:
    """Return what the customer was sent about the invoice, the oldest first."""
    return tuple(
        Letter(sent_at=message.sent_at, recipient=message.recipient or "", subject=message.subject, text=message.text)
        for message in reversed(messages.list_for_invoice(session, invoice.id))
        if message.status == MessageStatus.SENT and message.sent_at and message.kind not in _BETWEEN_US
    )


def _find_other(session: Session, payment: Payment, invoice: Invoice) -> tuple[Payment, Invoice] | None:
    """Return the other card payment that a cardholder may take for this one: theirs, for another job, nearest."""
    paid_at = payment.settled_at or payment.created_at
    statement = (
        select(Payment, Invoice)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(Invoice.customer_id == invoice.customer_id, Payment.id != payment.id, Invoice.id != invoice.id)
        .where(Payment.status == PaymentStatus.SUCCEEDED, Payment.stripe_charge_id.is_not(None))
        .where(Payment.settled_at.between(paid_at - _NEAR, paid_at + _NEAR))
        .order_by(Payment.settled_at, Payment.id)
    )
    found = session.execute(statement).all()
    nearest = min(found, key=lambda row: abs((row[0].settled_at or paid_at) - paid_at), default=None)
    return (nearest[0], nearest[1]) if nearest else None


def _texts(
    payment: Payment, invoice: Invoice, contract: Contract | None, other: tuple[Payment, Invoice] | None
) -> dict[str, str | None]:
    """Return the words of the evidence, in the customer's language, under Stripe's names."""
    locale = invoice_rules.locale(invoice.language, invoice.seller)
    said: dict[str, str | None] = {
        "product_description": "\n".join(line["description"] for line in invoice.lines),
        "service_date": words.date(invoice.service_on, locale),
        "customer_name": invoice.buyer["name"],
        "customer_email_address": invoice.buyer["email"],
        "billing_address": "\n".join(address_lines(invoice.buyer["address"])),
        "uncategorized_text": _summary(payment, invoice, contract, locale=locale),
    }
    if other is not None:
        said["duplicate_charge_id"] = other[0].stripe_charge_id
        said["duplicate_charge_explanation"] = words.say(
            locale,
            "The other payment is for invoice %(number)s of %(day)s: another job.",
            number=other[1].number,
            day=words.date(other[1].issued_on, locale),
        )
    return said


def _summary(payment: Payment, invoice: Invoice, contract: Contract | None, *, locale: str) -> str:
    zone = invoice.seller["time_zone"]
    paid = words.say(
        locale,
        "Invoice %(number)s: %(amount)s was paid on %(when)s.",
        number=invoice.number,
        amount=words.money(payment.amount_minor, payment.currency, locale),
        when=words.moment(payment.settled_at or payment.created_at, locale, zone),
    )
    if contract is None or contract.signature is None:
        return paid
    signed = words.say(
        locale,
        "%(name)s signed the contract on %(when)s. SHA-256 of its text: %(digest)s",
        name=contract.signature.signer_name,
        when=words.moment(contract.signature.signed_at, locale, zone),
        digest=contract.document_sha256,
    )
    return f"{paid}\n{signed}"
