"""Tell the office what a bank did, and the customer what came of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.business import queries as business
from server.chargebacks import rules
from server.chargebacks.models import Chargeback
from server.chargebacks.rules import CLOSED, Status
from server.core import config
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices import rules as invoice_rules
from server.invoices.models import Invoice
from server.messages import operations as messages
from server.messages.rules import ChargebackNotice, ChargebackOutcome

_OUTCOMES = (Status.WON, Status.LOST)


def tell_news(session: Session, chargeback: Chargeback, invoice: Invoice, *, now: datetime) -> None:
    """Tell the office that a chargeback began, became one, or was decided; the customer of what the bank decided."""
    if chargeback.status in rules.ANSWERABLE or chargeback.status in CLOSED:
        tell_office(session, chargeback, invoice, what=chargeback.status, now=now)
    if chargeback.status in _OUTCOMES:
        invoice_operations.tell(
            session,
            invoice,
            key=f"chargeback:{chargeback.id}:{chargeback.status}:customer",
            content=ChargebackOutcome(
                number=invoice.number,
                customer_name=invoice.buyer["name"],
                amount_minor=chargeback.amount_minor,
                balance_minor=invoices.balance_of(session, invoice),
                currency=chargeback.currency,
                won=chargeback.status is Status.WON,
                pay_url=invoices.find_pay_url(session, invoice),
            ),
            now=now,
        )


def tell_office(session: Session, chargeback: Chargeback, invoice: Invoice, *, what: str, now: datetime) -> None:
    """Write to the office, once for each thing that happens to a chargeback."""
    profile = business.get_profile(session)
    messages.write(
        session,
        key=f"chargeback:{chargeback.id}:{what}",
        content=ChargebackNotice(
            what=what,
            number=invoice.number,
            customer_name=invoice.buyer["name"],
            amount_minor=chargeback.amount_minor,
            currency=chargeback.currency,
            reason=rules.reason_words(chargeback.reason),
            due_at=chargeback.evidence_due_at if chargeback.status in rules.ANSWERABLE else None,
            time_zone=profile.time_zone,
            url=f"{config.current().public_url}/office/chargebacks/{chargeback.id}",
        ),
        sender=invoice_rules.sender(invoice.seller),
        to=profile.email,
        locale=invoice_rules.locale(profile.languages[0], invoice.seller),
        customer_id=invoice.customer_id,
        invoice_id=invoice.id,
        now=now,
    )
