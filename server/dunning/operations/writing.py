"""What goes out in a case: mails with the statement, text messages, letters to print, surveys."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from server.business import queries as business
from server.business.models import Business
from server.business.rules import address_lines
from server.core import ids, words
from server.core.errors import Unacceptable
from server.customers import queries as customers
from server.customers.models import Customer
from server.documents import pdf
from server.documents.facts import Demand
from server.dunning import rules
from server.dunning.models import Action, Case, Letter, Survey
from server.dunning.queries import Open, asked_for, intents_of, lawful
from server.dunning.rules import Channel, lint
from server.dunning.rules.texts import QUESTIONS, SURVEY, TEXTS
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices import rules as invoice_rules
from server.invoices.rules import Subject
from server.messages import operations as messages
from server.messages.operations import Draft
from server.messages.rules import Attachment, Kind, OpenInvoice, Reminder, Sender, Tone

_PAY_HERE = words.msgid("Pay here, all of it or a part:")
_LATER = words.msgid("Not due yet, and not in this total:")
# Of a text message, which is paid for by its length.
_PAY_BY = words.msgid("Please pay it by %(day)s.")
_ON_YOUR_PAGE = words.msgid("Pay, or say what is wrong: %(link)s")
_CALL_US = words.msgid("Questions: %(phone)s")
_NUMBERS_IN_SHORT = 3


class TextRefused(Unacceptable):
    """This text says what may not be said: a threat, or a legal step that nobody confirmed."""

    code = "text_refused"


@dataclass(frozen=True, kw_only=True)
class Writing:
    """What a step writes: by which channel, in which words, about what is unpaid."""

    case: Case
    action: Action
    channel: Channel
    template: str
    unpaid: Sequence[Open]


def write(session: Session, writings: Sequence[Writing], *, today: date, now: datetime) -> None:
    """Write what these steps say: what is past due in each case's currency, what falls due later beside it,
    the customer's one link, the statement.

    Ten thousand mails take as many questions as one. Each action is told its message; another try, after one that never
    arrived, is another message. A letter waits to be printed with the next batch.
    """
    profile = business.get_profile(session)
    people = customers.list_by_id(session, {each.case.customer_id for each in writings})
    invoice_operations.open_links(session, subject=Subject.CUSTOMER, subject_ids=people)
    links = invoices.pay_urls(session, Subject.CUSTOMER, list(people))
    meant = intents_of(session, [each.case.id for each in writings])
    windows = lawful.sending_windows(session, [each.case for each in writings], now=now)
    mails: list[tuple[Writing, Draft]] = []
    on_paper: list[Letter] = []
    for each in writings:
        customer = people[each.case.customer_id]
        locale = words.locale_for(customer.language, profile.country)
        # A text message names the amount and the day alone.
        speaks = each.template == rules.FINAL and each.channel is not Channel.TEXT
        intent = meant.get(each.case.id) if speaks else None
        each.action.legal_intent_id = intent.id if intent else None
        tone = tone_of(each.template, has_intent=intent is not None)
        said = _reminder(customer, each.case.currency, tone, each.unpaid, links.get(customer.id), today=today)
        about: dict[str, Any] = {"key": _key(each), "customer_id": customer.id, "locale": locale}
        about["windows"] = windows[each.case.id]
        each.action.demanded = demanded(each.unpaid)
        if each.channel is Channel.LETTER:
            on_paper.append(_letter(each, demand(profile, customer, said, today=today), now=now))
        elif each.channel is Channel.TEXT:
            wanted = {
                "words": in_short(said, invoice_rules.sender(profile.seller), locale),
                "to": customer.phone or "",
                **about,
            }
            kept = messages.write_text(session, kind=Kind.REMINDER, sender_name=profile.name, **wanted, now=now)
            each.action.message_id = kept.id
        else:
            mails.append((each, _mail(profile, customer, said, about, today=today, now=now)))
    written = messages.write_each(session, [draft for _, draft in mails], now=now)
    for each, draft in mails:
        each.action.message_id = written[draft.key]
    session.flush()  # the actions, which the rest tells of
    session.add_all(on_paper)
    for each, _ in mails:
        if each.channel is Channel.SURVEY:
            asked = {"case_id": each.case.id, "customer_id": each.case.customer_id, "asked_at": now}
            session.merge(Survey(action_id=each.action.id, **asked))
    session.flush()


def _key(each: Writing) -> str:
    again = f":{each.action.attempts}" if each.action.attempts > 1 else ""
    return f"{each.action.id}:{each.case.customer_id}{again}"


def _letter(each: Writing, said: Demand, *, now: datetime) -> Letter:
    about = {"case_id": each.case.id, "action_id": each.action.id}
    return Letter(id=ids.new("let", now=now), **about, words=json.dumps(asdict(said)), written_at=now)


def _mail(
    profile: Business, customer: Customer, said: Reminder, about: Mapping[str, Any], *, today: date, now: datetime
) -> Draft:
    """Return a reminder as a mail. Its statement is drawn when it is sent, from what it says today."""
    on_paper = demand(profile, customer, said, today=today)
    statement = pdf.statement_words(on_paper, country=profile.country, at=now)
    name = "releve.pdf" if on_paper.locale.startswith("fr") else "statement.pdf"
    return Draft(
        content=said,
        sender=invoice_rules.sender(profile.seller),
        to=customer.email,
        attachments=(Attachment(filename=name, content_type="application/pdf", content=statement, is_drawn=False),),
        **about,
    )


def demanded(unpaid: Sequence[Open]) -> dict[str, int]:
    """Return what is asked for now or later, by invoice, in minor units."""
    return {invoice.invoice_id: invoice.demanded_minor for invoice in unpaid if invoice.demanded_minor}


def compose(
    session: Session, customer: Customer, *, case: Case, template: str, unpaid: Sequence[Open], today: date
) -> Reminder:
    """Return what a step of a case says to its customer today; nothing is written."""
    links = invoices.pay_urls(session, Subject.CUSTOMER, [customer.id])
    tone = tone_of(template, has_intent=template == rules.FINAL and case.id in intents_of(session, [case.id]))
    return _reminder(customer, case.currency, tone, unpaid, links.get(customer.id), today=today)


@cache
def tone_of(template: str, *, has_intent: bool) -> Tone:
    """Return the words of a text, of a final demand with the legal steps that are meant. Raises TextRefused."""
    tone = lint.WITH_INTENT if has_intent and template == rules.FINAL else TEXTS[template]
    require_lawful(tone, has_intent=has_intent)
    return tone


def require_lawful(tone: Tone, *, has_intent: bool) -> None:
    """Refuse words that no text may say, in whichever language it is read. Raises TextRefused."""
    read = (words.say(locale, sentence) for locale in ("en", "fr") for sentence in astuple(tone))
    if found := [wrong for sentence in read for wrong in lint.wrongs(sentence, has_intent=has_intent)]:
        raise TextRefused(words=found)


def _reminder(
    customer: Customer, currency: str, tone: Tone, unpaid: Sequence[Open], pay_url: str | None, *, today: date
) -> Reminder:
    asked = asked_for(unpaid, today=today)
    return Reminder(
        tone=tone,
        questions=tuple(QUESTIONS.values()) if tone is TEXTS[SURVEY] else (),
        pay_by=today + rules.PAY_WITHIN,
        customer_name=customer.name,
        invoices=_lines(asked, today=today),
        later=_lines([each for each in unpaid if each.demanded_minor and each not in asked], today=today),
        total_minor=sum(invoice.demanded_minor for invoice in asked),
        currency=currency,
        pay_url=pay_url,
    )


def _lines(unpaid: Sequence[Open], *, today: date) -> tuple[OpenInvoice, ...]:
    return tuple(
        OpenInvoice(
            number=invoice.number,
            due_on=invoice.due_on,
            days_late=max((today - invoice.due_on).days, 0),
            balance_minor=invoice.demanded_minor,
        )
        for invoice in unpaid
    )


def _abroad(address: Mapping[str, str | None], home: str) -> tuple[str, ...]:
    """Return the line of a country, where the letter leaves its own."""
    country = address.get("country")
    return (words.country(country, "en").upper(),) if country and country != home else ()


def in_short(reminder: Reminder, sender: Sender, locale: str) -> str:
    """Return a reminder as a text message, which says all that a mail must: how much, for what, by when where a day is
    named, how to pay or object, and whom to reach."""

    def say(sentence: str, **values: object) -> str:
        return words.say(locale, sentence, **values)

    amount = words.money(reminder.total_minor, reminder.currency, locale)
    numbers = [invoice.number for invoice in reminder.invoices]
    more = ["..."] if len(numbers) > _NUMBERS_IN_SHORT else []
    names_day = "%(day)s" in reminder.tone.opening
    said = (
        say(reminder.tone.subject, amount=amount, business=sender.name)
        + f" ({', '.join(numbers[:_NUMBERS_IN_SHORT] + more)}).",
        say(_PAY_BY, day=words.date(reminder.pay_by, locale)) if names_day else None,
        say(_ON_YOUR_PAGE, link=reminder.pay_url) if reminder.pay_url else None,
        say(_CALL_US, phone=sender.phone) if sender.phone else None,
    )
    return " ".join(filter(None, said))


def demand(profile: Business, customer: Customer, reminder: Reminder, *, today: date) -> Demand:
    """Return a reminder as it stands on paper: the letter, and the statement that goes with a mail."""
    locale = words.locale_for(customer.language, profile.country)
    sender = invoice_rules.sender(profile.seller)

    def say(sentence: str, **values: object) -> str:
        return words.say(locale, sentence, **values)

    def amount(minor: int) -> str:
        return words.money(minor, reminder.currency, locale)

    def rows(invoices: Sequence[OpenInvoice]) -> tuple[tuple[str, str, str], ...]:
        return tuple((each.number, words.date(each.due_on, locale), amount(each.balance_minor)) for each in invoices)

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
        rows=rows(reminder.invoices),
        total=(say("Total to pay"), amount(reminder.total_minor)),
        later_head=say(_LATER),
        later=rows(reminder.later),
        closing=say(reminder.tone.closing),
        pay_line=say(_PAY_HERE),
        pay_url=reminder.pay_url,
    )
