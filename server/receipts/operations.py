"""Write receipts, once and for good, and send them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.business import queries as business
from server.core import config, ids
from server.core.errors import Conflict, Unacceptable
from server.customers import queries as customers
from server.customers import rules as customer_rules
from server.customers.models import Customer
from server.documents import pdf
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.invoices.rules import sender, token_hash
from server.messages import operations as messages
from server.messages.models import Message
from server.messages.rules import Attachment, ReceiptNotice, RefundNotice, Status
from server.messages.rules import Kind as Why
from server.receipts import queries, rules
from server.receipts.models import Receipt, ReceiptSending
from server.receipts.rules import Channel, Facts, Kind, Outcome

OURSELVES = "fieldpay"


class TextingNotSetUp(Conflict):
    """Text messages are not set up here. Send the receipt by e-mail, or show its code."""

    code = "texting_not_set_up"


class AddressMissing(Unacceptable):
    """No address of the customer is known for this. Say where to send it."""

    code = "address_missing"


class SentTooOften(Conflict):
    """This receipt was sent so often that it is sent no more. Show its code, or print it."""

    code = "sent_too_often"


def write(session: Session, *, outcome: Outcome, invoice: Invoice, now: datetime) -> Receipt:
    """Write down all that the receipt of an outcome will ever say; the same outcome again is the same receipt.

    `invoice` is the first of those the outcome names. The caller holds the locks of all of them and of the payment. The
    number is taken here, and its row stays locked until the commit: write it as the `last` of a transaction.
    """
    receipt_id = queries.receipt_id(outcome.kind, outcome.refund_id or outcome.payment_id)
    written = queries.find_receipt(session, receipt_id)
    if written is not None:
        return written
    about = {"payment_id": outcome.payment_id, "refund_id": outcome.refund_id, "invoice_id": invoice.id}
    return _keep_facts(session, receipt_id, _facts(session, outcome, invoice), about, now=now)


def write_of_credit(
    session: Session,
    *,
    payout_id: str,
    customer_id: str,
    amount_minor: int,
    currency: str,
    reference: str,
    now: datetime,
) -> Receipt:
    """Write down the receipt of held credit that was transferred back to its customer, as `write` does; the same payout
    again is the same receipt."""
    receipt_id = queries.receipt_id(Kind.CREDIT_PAYOUT, payout_id)
    written = queries.find_receipt(session, receipt_id)
    if written is not None:
        return written
    customer, profile = customers.get_customer(session, customer_id), business.get_profile(session)
    seller = profile.seller
    facts = Facts(
        kind=Kind.CREDIT_PAYOUT,
        language=_language(session, customer),
        currency=currency,
        seller=seller,
        customer_name=customer.name,
        invoice_number="",
        place=rules.place(customer.addresses[0] if customer.addresses else seller["address"]),
        happened_at=now,
        method="bank_transfer",
        amount_minor=amount_minor,
        balance_minor=0,
        split=(),
        reference=reference,
        number=_next_number(session),
    )
    return _keep_facts(session, receipt_id, facts, {"customer_id": customer_id}, now=now)


def _keep_facts(
    session: Session, receipt_id: str, facts: Facts, about: Mapping[str, str | None], *, now: datetime
) -> Receipt:
    receipt = Receipt(
        id=receipt_id,
        number=facts.number,
        kind=facts.kind,
        **about,
        facts=rules.kept(facts),
        token_hash=token_hash(rules.link_token(config.current().link_key, receipt_id)),
        created_at=now,
    )
    session.add(receipt)
    session.flush()
    return receipt


def _language(session: Session, customer: Customer, preferred_locales: Sequence[str] = ()) -> str:
    return rules.language(
        customer=customer.language if customer.language_known else None,
        preferred_locales=preferred_locales,
        business=business.get_profile(session).languages,
    )


def _facts(session: Session, outcome: Outcome, invoice: Invoice) -> Facts:
    customer = customers.get_customer(session, invoice.customer_id)
    buyer, seller = invoice.buyer, invoice.seller
    return Facts(
        kind=outcome.kind,
        language=_language(session, customer, outcome.preferred_locales),
        currency=invoice.currency,
        seller=seller,
        customer_name=buyer["name"],
        invoice_number=outcome.invoice_number,
        place=rules.place(buyer["site_address"] or buyer["address"] or seller["address"]),
        happened_at=outcome.happened_at,
        method=outcome.method,
        amount_minor=outcome.amount_minor,
        tip_minor=outcome.tip_minor,
        beyond_minor=outcome.beyond_minor,
        beyond_goes_back=outcome.beyond_goes_back,
        balance_minor=outcome.balance_minor,
        split=tuple(outcome.split),
        reference=outcome.reference,
        card=outcome.card,
        number=_next_number(session),
    )


def _next_number(session: Session) -> str:
    counted = text(
        "INSERT INTO receipt_series (id, last_number) VALUES (1, 1)"
        " ON CONFLICT (id) DO UPDATE SET last_number = receipt_series.last_number + 1 RETURNING last_number"
    )
    return rules.number(session.execute(counted).scalar_one())


def announce(session: Session, receipt: Receipt, *, key: str, now: datetime) -> None:
    """Send a receipt to the customer's e-mail address, unasked, once for each `key`."""
    customer_id, invoice = _whose(session, receipt)
    to = customers.get_customer(session, customer_id).email
    message = _mail(session, receipt, invoice, customer_id, to=to, key=key, now=now)
    _keep(session, receipt, message, sent_by=OURSELVES, now=now)


def send(
    session: Session, *, receipt: Receipt, channel: Channel, to: str | None, sent_by: str, now: datetime
) -> tuple[ReceiptSending, Message]:
    """Send a receipt to an address, or to the customer's own; a second tap within two minutes is the first.

    Raises AddressMissing, PhoneInvalid, TextingNotSetUp, SentTooOften.
    """
    customer_id, invoice = _whose(session, receipt, lock=True)
    customer = customers.get_customer(session, customer_id)
    if channel is Channel.TEXT and config.current().sms_account_sid is None:
        raise TextingNotSetUp
    to = to or (customer.email if channel is Channel.EMAIL else customer.phone)
    if to is None:
        raise AddressMissing
    if channel is Channel.TEXT:
        to = customer_rules.e164(to, country=customer.country or business.get_profile(session).country)
    sent = queries.list_sendings(session, [receipt.id])
    earlier = [(sending, message) for sending, message in sent if (message.channel, message.recipient) == (channel, to)]
    if earlier and not _opens_again(*earlier[-1], now=now):
        return earlier[-1]
    if len(sent) >= rules.MOST_SENDINGS:
        raise SentTooOften(most=rules.MOST_SENDINGS)
    key = ids.derived("receipt", receipt.id, channel, to, str(len(earlier)))
    message = (_mail if channel is Channel.EMAIL else _text)(
        session, receipt, invoice, customer_id, to=to, key=key, now=now
    )
    _keep(session, receipt, message, sent_by=sent_by, now=now)
    return session.get_one(ReceiptSending, message.id), message


def _whose(session: Session, receipt: Receipt, *, lock: bool = False) -> tuple[str, Invoice | None]:
    """Return the customer whose receipt it is, and its invoice where it has one. With `lock` nobody else sends it."""
    if receipt.invoice_id is not None:
        invoice = invoices.get_invoice(session, receipt.invoice_id, lock=lock)
        return invoice.customer_id, invoice
    customer_id = receipt.customer_id or ""
    if lock:
        customers.lock_credit(session, customer_id)
    return customer_id, None


def _opens_again(sending: ReceiptSending, message: Message, *, now: datetime) -> bool:
    """Say whether a new wish to send to an address that had it is another one."""
    under_way = message.status in (Status.WRITTEN, Status.SENDING)
    return not under_way and now - sending.created_at >= rules.OPENS_AGAIN_AFTER


def _keep(session: Session, receipt: Receipt, message: Message, *, sent_by: str, now: datetime) -> None:
    session.execute(
        insert(ReceiptSending)
        .values(message_id=message.id, receipt_id=receipt.id, sent_by=sent_by, created_at=now)
        .on_conflict_do_nothing()
    )


def _mail(
    session: Session,
    receipt: Receipt,
    invoice: Invoice | None,
    customer_id: str,
    *,
    to: str | None,
    key: str,
    now: datetime,
) -> Message:
    facts = rules.read(receipt.facts)
    printed = rules.printed(facts, queries.page_url(receipt))
    about = ReceiptNotice if receipt.kind in (Kind.PAYMENT, Kind.DECLINED) else RefundNotice
    return messages.write(
        session,
        key=key,
        content=about(
            subject=rules.subject(facts),
            customer_name=facts.customer_name,
            said=printed.said,
            sections=tuple((section.heading, section.rows) for section in printed.sections),
            page_url=printed.page_url,
            pay_url=invoices.find_pay_url(session, invoice) if invoice and facts.balance_minor else None,
        ),
        sender=sender(facts.seller),
        to=to,
        locale=printed.locale,
        customer_id=customer_id,
        invoice_id=invoice.id if invoice else None,
        attachments=[
            Attachment(
                filename=f"{receipt.number}.pdf",
                content_type="application/pdf",
                content=pdf.receipt_words(printed, pdf.usual_paper(printed.country)),
                is_drawn=False,
            )
        ]
        if to
        else [],
        now=now,
    )


def _text(
    session: Session, receipt: Receipt, invoice: Invoice | None, customer_id: str, *, to: str, key: str, now: datetime
) -> Message:
    facts = rules.read(receipt.facts)
    return messages.write_text(
        session,
        key=key,
        kind=Why.RECEIPT if receipt.kind in (Kind.PAYMENT, Kind.DECLINED) else Why.REFUND,
        words=rules.in_short(facts, queries.page_url(receipt)),
        sender_name=facts.seller["name"],
        to=to,
        locale=facts.language,
        customer_id=customer_id,
        invoice_id=invoice.id if invoice else None,
        now=now,
    )


def render(receipt: Receipt, paper: pdf.Paper | None = None, *, language: str | None = None) -> bytes:
    """Return a receipt as a PDF, the same bytes each time: on the paper of the seller's country and in the receipt's
    own language, unless others are asked for."""
    printed = rules.printed(rules.read(receipt.facts), queries.page_url(receipt), language=language)
    return pdf.receipt(printed, paper or pdf.usual_paper(printed.country))
