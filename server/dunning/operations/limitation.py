"""Note what begins the limitation of a debt again, and tell the office before one ends."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from server.access import queries as access
from server.access.models import Staff
from server.business import queries as business
from server.business.models import Business
from server.contacts import operations as contacts
from server.contacts.rules import Kind
from server.core import config, words
from server.core.errors import Conflict, Unacceptable
from server.core.words import msgid as _
from server.dunning import queries
from server.dunning.models import LimitationAct
from server.dunning.queries import limitation
from server.invoices import queries as invoices
from server.invoices import rules as invoice_rules
from server.law.rules import Interruption
from server.messages import operations as messages
from server.messages import queries as message_queries
from server.messages.rules import LimitationAlarm


class ActExists(Conflict):
    """There already is another act with this id."""

    code = "act_exists"


class ActInFuture(Unacceptable):
    """This day has not come yet."""

    code = "act_in_future"


def note_act(
    session: Session,
    *,
    act_id: str,
    invoice_id: str,
    kind: Interruption,
    happened_on: date,
    note: str | None = None,
    noted_by: str,
    now: datetime,
) -> LimitationAct:
    """Note an act that may begin the limitation of a debt again; the same act again is one.

    Raises NoSuchInvoice, ActExists, ActInFuture.
    """
    invoice = invoices.get_invoice(session, invoice_id)
    known = session.get(LimitationAct, act_id)
    if known is not None:
        if (known.invoice_id, known.kind, known.happened_on) != (invoice_id, kind, happened_on):
            raise ActExists
        return known
    if happened_on > queries.today_of(session, now=now):
        raise ActInFuture
    said = {"kind": kind, "happened_on": happened_on, "note": note, "noted_by": noted_by, "noted_at": now}
    act = LimitationAct(id=act_id, invoice_id=invoice_id, **said)
    session.add(act)
    session.flush()
    contacts.note(
        session,
        kind=Kind.LIMITATION_ACT,
        subject_id=act_id,
        customer_id=invoice.customer_id,
        invoice_id=invoice_id,
        by=noted_by,
        facts={"kind": kind.value, "happened_on": happened_on.isoformat(), "note": note},
        now=now,
    )
    return act


def tell_alarms(session: Session, *, now: datetime) -> None:
    """Write to each supervisor and owner of every alarm of a limitation that rings, once each: a debt that begins its
    period again rings again."""
    alarms = limitation.list_alarms(session, now=now)
    if not alarms:
        return
    people = access.list_told(session)
    keys = {
        f"limitation:{alarm['invoice_id']}:{alarm['ends_on']}:{alarm['alarm']}:{person.id}": (alarm, person)
        for alarm in alarms
        for person in people
    }
    written = message_queries.list_keys(session, keys)
    profile = business.get_profile(session)
    for key, (alarm, person) in keys.items():
        if key not in written:
            _tell(session, profile, alarm, person, key=key, now=now)


def _tell(
    session: Session, profile: Business, alarm: dict[str, Any], person: Staff, *, key: str, now: datetime
) -> None:
    locale = words.locale_for(person.language, profile.country)
    invoice = invoices.get_invoice(session, alarm["invoice_id"])
    ends_on = words.date(alarm["ends_on"], locale)
    amount = words.money(invoices.balance_of(session, invoice), invoice.currency, locale)
    subject = words.say(locale, _("%(number)s can be sued for until %(day)s"), number=invoice.number, day=ends_on)
    if alarm["alarm"] == 0:
        subject = words.say(locale, _("%(number)s can be sued for no more"), number=invoice.number)
    said = _("Until that day you can go to court for it. An acknowledgement or a payment begins the period again.")
    if alarm["alarm"] == 0:
        said = _("Its period is over. Letting it go takes two people, on the page of the case.")
    rows = (
        (words.say(locale, "Customer"), alarm["customer_name"]),
        (words.say(locale, "Invoice"), invoice.number),
        (words.say(locale, "Balance"), amount),
        (words.say(locale, "Can be sued for until"), ends_on),
        (words.say(locale, "By which rule"), alarm["source"]),
    )
    messages.write(
        session,
        key=key,
        content=LimitationAlarm(
            subject=subject,
            customer_name=person.name,
            sections=((words.say(locale, said), rows),),
            page_url=f"{config.current().public_url}/office/invoices/{invoice.id}",
        ),
        sender=invoice_rules.sender(profile.seller),
        to=person.email,
        locale=locale,
        customer_id=None,
        now=now,
    )
