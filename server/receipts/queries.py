"""Questions about receipts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from server.core import config, ids
from server.core.errors import NotFound
from server.invoices.rules import token_hash
from server.messages import queries as messages
from server.messages.models import Message
from server.receipts import rules
from server.receipts.models import Receipt, ReceiptSending
from server.receipts.rules import Kind


class NoSuchReceipt(NotFound):
    """There is no receipt of this."""

    code = "receipt_not_found"


def get_receipt(session: Session, receipt_id: str) -> Receipt:
    """Return a receipt. Raises NoSuchReceipt."""
    return _one(session, select(Receipt).where(Receipt.id == receipt_id))


def receipt_id(kind: Kind, about: str) -> str:
    """Return the id of the receipt of a payment, a refund or a payout of credit: one for each outcome."""
    return ids.derived("rcp", kind, about)


def get_of_payment(session: Session, payment_id: str) -> Receipt:
    """Return the receipt of a payment, or the slip of its decline. Raises NoSuchReceipt."""
    return _one(session, select(Receipt).where(Receipt.payment_id == payment_id, Receipt.refund_id.is_(None)))


def get_of_refund(session: Session, refund_id: str) -> Receipt:
    """Return the receipt of a refund, or the slip of its failure. Raises NoSuchReceipt."""
    return _one(session, select(Receipt).where(Receipt.refund_id == refund_id))


def get_of_credit_payout(session: Session, payout_id: str) -> Receipt:
    """Return the receipt of held credit that was transferred back. Raises NoSuchReceipt."""
    return _one(session, select(Receipt).where(Receipt.id == receipt_id(Kind.CREDIT_PAYOUT, payout_id)))


def get_by_token(session: Session, token: str) -> Receipt:
    """Return the receipt whose page this token opens. Raises NoSuchReceipt."""
    return _one(session, select(Receipt).where(Receipt.token_hash == token_hash(token)))


def _one(session: Session, wanted: Select[Receipt]) -> Receipt:
    """Return the newest: money that came after all is believed, and so is money that a bank sent back."""
    found = session.scalars(wanted.order_by(Receipt.created_at.desc(), Receipt.number.desc()).limit(1)).one_or_none()
    if found is None:
        raise NoSuchReceipt
    return found


def find_receipt(session: Session, receipt_id: str) -> Receipt | None:
    """Return a receipt, or None."""
    return session.get(Receipt, receipt_id)


def which_exist(session: Session, receipt_ids: Collection[str]) -> set[str]:
    """Return which of these are ids of receipts."""
    return set(session.scalars(select(Receipt.id).where(Receipt.id.in_(receipt_ids)))) if receipt_ids else set()


def list_for_payments(session: Session, payment_ids: Sequence[str]) -> list[Receipt]:
    """Return every receipt of these payments and of their refunds, the oldest first."""
    if not payment_ids:
        return []
    wanted = select(Receipt).where(Receipt.payment_id.in_(payment_ids)).order_by(Receipt.created_at, Receipt.number)
    return list(session.scalars(wanted))


def list_sendings(session: Session, receipt_ids: Sequence[str]) -> list[tuple[ReceiptSending, Message]]:
    """Return who sent these receipts, each with the message, the oldest first."""
    if not receipt_ids:
        return []
    wanted = select(ReceiptSending).where(ReceiptSending.receipt_id.in_(receipt_ids))
    found = list(session.scalars(wanted.order_by(ReceiptSending.created_at, ReceiptSending.message_id)))
    sent = messages.list_by_id(session, {sending.message_id for sending in found})
    return [(sending, sent[sending.message_id]) for sending in found]


def page_url(receipt: Receipt) -> str:
    """Return the address of a receipt's own page."""
    settings = config.current()
    return f"{settings.public_url}/r/{rules.link_token(settings.link_key, receipt.id)}"


def sheets(session: Session, found: Sequence[Receipt]) -> list[dict[str, Any]]:
    """Return receipts as the wire has them, with their sendings; two queries however many there are."""
    sent: dict[str, list[dict[str, Any]]] = {}
    for sending, message in list_sendings(session, [receipt.id for receipt in found]):
        sent.setdefault(sending.receipt_id, []).append(sending_sheet(sending, message))
    return [_sheet(receipt, sent.get(receipt.id, [])) for receipt in found]


def sending_sheet(sending: ReceiptSending, message: Message) -> dict[str, Any]:
    """Return one sending as the wire has it."""
    return {
        "channel": message.channel,
        "to": message.recipient,
        "status": message.status,
        "sent_by": sending.sent_by,
        "created_at": sending.created_at,
    }


def _sheet(receipt: Receipt, sent: list[dict[str, Any]]) -> dict[str, Any]:
    facts = rules.read(receipt.facts)
    columns = {column.key: getattr(receipt, column.key) for column in Receipt.__table__.columns}
    said = {name: getattr(facts, name) for name in facts.__dataclass_fields__}
    return {
        **columns,
        **said,
        "total_minor": facts.total_minor,
        "time_zone": facts.seller["time_zone"],
        "url": page_url(receipt),
        "sendings": sent,
    }
