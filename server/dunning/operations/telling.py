"""Write to a customer about what was arranged with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from server.business import queries as business
from server.core import words
from server.customers import queries as customers
from server.dunning.rules import Letter
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices import rules as invoice_rules
from server.invoices.rules import Subject
from server.messages import operations as messages
from server.messages.rules import ArrangementNotice, Attachment


def tell(
    session: Session,
    customer_id: str,
    *,
    key: str,
    letter: Callable[[str, str], Letter],
    attachments: Sequence[Attachment] = (),
    now: datetime,
) -> None:
    """Write a letter, made for a (locale, business's name), once for each `key`, with the customer's own link."""
    profile = business.get_profile(session)
    customer = customers.get_customer(session, customer_id)
    locale = words.locale_for(customer.language, profile.country)
    written = letter(locale, profile.seller["name"])
    invoice_operations.open_link(session, subject=Subject.CUSTOMER, subject_id=customer_id)
    messages.write(
        session,
        key=key,
        content=ArrangementNotice(
            subject=written.subject,
            customer_name=customer.name,
            said=written.said,
            rows=written.rows,
            pay_url=invoices.pay_urls(session, Subject.CUSTOMER, [customer_id]).get(customer_id),
        ),
        sender=invoice_rules.sender(profile.seller),
        to=customer.email,
        locale=locale,
        customer_id=customer_id,
        attachments=attachments,
        now=now,
    )
