"""What goes out in a case: mails with the statement, text messages, letters to print, surveys."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from server.business import queries as business
from server.business.models import Business
from server.business.rules import address_lines
from server.core import ids, words
from server.customers import queries as customers
from server.customers.models import Customer
from server.documents import pdf
from server.documents.facts import Demand
from server.dunning import rules
from server.dunning.models import Action, Case, Letter, Survey
from server.dunning.queries import Open, lawful
from server.dunning.rules import Channel
from server.dunning.rules.texts import QUESTIONS, SURVEY, TEXTS
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices import rules as invoice_rules
from server.invoices.rules import Subject
from server.messages import operations as messages
from server.messages.models import Message
from server.messages.rules import Attachment, Kind, OpenInvoice, Reminder

_PAY_HERE = words.msgid("Pay here, all of it or a part:")


def write_message(
    session: Session,
    case: Case,
    *,
    channel: Channel,
    action_id: str,
    template: str,
    unpaid: Sequence[Open],
    today: date,
    now: datetime,
) -> Message:
    """Write the message of a step: everything open in the case's currency, the customer's one link, the statement.

    The action is told its message; another try, after one that never arrived, is another message.
    """
    profile, customer = business.get_profile(session), customers.get_customer(session, case.customer_id)
    action = session.get_one(Action, action_id)
    invoice_operations.open_link(session, subject=Subject.CUSTOMER, subject_id=customer.id)
    reminder = compose(session, customer, currency=case.currency, template=template, unpaid=unpaid, today=today)
    locale = words.locale_for(customer.language, profile.country)
    about: dict[str, Any] = {"locale": locale, "customer_id": customer.id, "now": now}
    about["windows"] = lawful.sending_windows(session, case, now=now)
    about["key"] = f"{action_id}:{customer.id}" + (f":{action.attempts}" if action.attempts > 1 else "")
    if channel is Channel.TEXT:
        told = in_short(reminder, profile.name, locale)
        number = customer.phone or ""
        message = messages.write_text(
            session, kind=Kind.REMINDER, words=told, sender_name=profile.name, to=number, **about
        )
    else:
        said = demand(profile, customer, reminder, today=today)
        statement = pdf.demands([said], country=profile.country, at=now, has_codes=False)
        message = messages.write(
            session,
            content=reminder,
            sender=invoice_rules.sender(profile.seller),
            to=customer.email,
            attachments=[Attachment(filename=_filename(locale), content_type="application/pdf", content=statement)],
            **about,
        )
    if channel is Channel.SURVEY:
        asked = {"case_id": case.id, "customer_id": customer.id, "asked_at": now}
        session.merge(Survey(action_id=action_id, **asked))
    action.message_id, action.demanded_minor = message.id, reminder.total_minor
    session.flush()
    return message


def _filename(locale: str) -> str:
    return "releve.pdf" if locale.startswith("fr") else "statement.pdf"


def write_letter(
    session: Session,
    case: Case,
    *,
    action_id: str,
    template: str,
    unpaid: Sequence[Open],
    today: date,
    now: datetime,
) -> Letter:
    """Write the letter of a step, to be printed with the next batch."""
    profile, customer = business.get_profile(session), customers.get_customer(session, case.customer_id)
    invoice_operations.open_link(session, subject=Subject.CUSTOMER, subject_id=customer.id)
    reminder = compose(session, customer, currency=case.currency, template=template, unpaid=unpaid, today=today)
    said = json.dumps(asdict(demand(profile, customer, reminder, today=today)))
    letter = Letter(id=ids.new("let", now=now), case_id=case.id, action_id=action_id, words=said, written_at=now)
    session.add(letter)
    session.get_one(Action, action_id).demanded_minor = reminder.total_minor
    session.flush()
    return letter


def compose(
    session: Session, customer: Customer, *, currency: str, template: str, unpaid: Sequence[Open], today: date
) -> Reminder:
    """Return what a step says to a customer today; nothing is written."""
    links = invoices.pay_urls(session, Subject.CUSTOMER, [customer.id])
    return Reminder(
        tone=TEXTS[template],
        questions=tuple(QUESTIONS.values()) if template == SURVEY else (),
        pay_by=today + rules.PAY_WITHIN,
        customer_name=customer.name,
        invoices=tuple(
            OpenInvoice(
                number=invoice.number,
                due_on=invoice.due_on,
                days_late=max((today - invoice.due_on).days, 0),
                balance_minor=invoice.demanded_minor,
            )
            for invoice in unpaid
            if invoice.demanded_minor
        ),
        total_minor=sum(invoice.demanded_minor for invoice in unpaid),
        currency=currency,
        pay_url=links.get(customer.id),
    )


def _abroad(address: Mapping[str, str | None], home: str) -> tuple[str, ...]:
    """Return the line of a country, where the letter leaves its own."""
    country = address.get("country")
    return (words.country(country, "en").upper(),) if country and country != home else ()


def in_short(reminder: Reminder, sender: str, locale: str) -> str:
    """Return a reminder as a text message."""
    amount = words.money(reminder.total_minor, reminder.currency, locale)
    subject = words.say(locale, reminder.tone.subject, amount=amount, business=sender)
    return f"{subject}. {reminder.pay_url or ''}".strip()


def demand(profile: Business, customer: Customer, reminder: Reminder, *, today: date) -> Demand:
    """Return a reminder as it stands on paper: the letter, and the statement that goes with a mail."""
    locale = words.locale_for(customer.language, profile.country)
    sender = invoice_rules.sender(profile.seller)

    def say(sentence: str, **values: object) -> str:
        return words.say(locale, sentence, **values)

    def amount(minor: int) -> str:
        return words.money(minor, reminder.currency, locale)

    seller, person = profile.seller, (customer.addresses or [{}])[0]
    return Demand(
        locale=locale,
        sender=(sender.name, *sender.address),
        reach=tuple(filter(None, (sender.phone, sender.email))),
        recipient=(customer.name, *address_lines(person), *_abroad(person, seller["country"])),
        day=words.date(today, locale),
        subject=say(reminder.tone.subject, amount=amount(reminder.total_minor), business=sender.name),
        greeting=say("Hello %(name)s,", name=customer.name),
        opening=say(reminder.tone.opening, day=words.date(reminder.pay_by, locale)),
        head=(say("Invoice"), say("Due on"), say("Balance")),
        rows=tuple(
            (each.number, words.date(each.due_on, locale), amount(each.balance_minor)) for each in reminder.invoices
        ),
        total=(say("Total to pay"), amount(reminder.total_minor)),
        closing=say(reminder.tone.closing),
        pay_line=say(_PAY_HERE),
        pay_url=reminder.pay_url,
    )
