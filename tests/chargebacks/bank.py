"""A customer's bank at work, and what tests of chargebacks look at."""

from __future__ import annotations

from typing import Any

from server.chargebacks import flows, queries
from server.chargebacks.models import Chargeback
from server.core import clock
from server.core.database import transaction
from server.dunning import queries as dunning
from server.invoices.models import Invoice
from server.ledger.rules import Kind
from server.messages import queries as messages
from server.payments import flows as payment_flows
from tests.shop import Shop

FEE, DISPUTE_FEE = 595, 1500


def pay(shop: Shop, payment_id: str = "pay_1") -> Invoice:
    """Pay by card, fee known."""
    invoice = shop.invoice()
    shop.collect(invoice, payment_id)
    shop.press("tap")
    shop.ask(payment_id)
    shop.pass_time(seconds=5)
    payment_flows.learn_fees(payment_id=payment_id, now=clock.now())
    return invoice


def dispute(shop: Shop, payment_id: str = "pay_1", **more: Any) -> str:
    """Let the customer's bank take a payment back."""
    charge = shop.payment(payment_id).stripe_charge_id
    return str(shop.control("POST", "disputes", {"charge": charge, **more})["id"])


def ask(chargeback_id: str) -> Chargeback:
    flows.ask(chargeback_id=chargeback_id, now=clock.now())
    return get(chargeback_id)


def get(chargeback_id: str) -> Chargeback:
    with transaction() as session:
        return queries.get_chargeback(session, chargeback_id)


def at_stripe(shop: Shop, chargeback_id: str) -> dict[str, Any]:
    state = shop.sandbox.state
    with state.lock:
        return dict(state.get("dispute", chargeback_id))


def written(invoice: Invoice, kind: str) -> list[str]:
    with transaction() as session:
        found = messages.list_for_invoice(session, invoice.id)
        return sorted(message.key.split(":")[2] for message in found if message.kind == kind)


def owed(invoice: Invoice) -> int:
    """What dunning sees as owed on an invoice."""
    debtor = (invoice.customer_id, invoice.currency)
    with transaction() as session:
        seen = dunning.list_open(session, dunning.of_debtors([debtor])).get(debtor, [])
    return sum(each.balance_minor for each in seen if each.invoice_id == invoice.id)


def books(shop: Shop) -> dict[str, int]:
    return {kind.value: shop.books(kind) for kind in (Kind.STRIPE, Kind.CHARGEBACKS, Kind.FEES, Kind.RECEIVABLE)}
