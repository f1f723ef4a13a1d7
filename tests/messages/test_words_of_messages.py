"""What customers read."""

from __future__ import annotations

import dataclasses
import re
from datetime import date

import pytest
from sqlalchemy.orm import Session

from server.messages import (
    operations,
    tasks,  # noqa: F401 (the delivery must be known to be deferred)
)
from server.messages.models import Message
from server.messages.rules import TONES, Content, Sender
from tests.messages.conftest import CONFIRMATION, DEBIT, INVOICE, NOW, PAY_URL, RECEIPT, REFUND, REMINDER, SENDER


def written(session: Session, content: Content, locale: str = "fr_CA", sender: Sender = SENDER) -> Message:
    """Write a message of these words."""
    return operations.write(
        session,
        key=f"{content.kind}:1",
        content=content,
        sender=sender,
        to="marie@example.com",
        locale=locale,
        customer_id="cus_1",
        now=NOW,
    )


@pytest.mark.parametrize(
    "content", [INVOICE, RECEIPT, REFUND, DEBIT, CONFIRMATION, REMINDER], ids=lambda content: str(content.kind)
)
@pytest.mark.parametrize("locale", ["fr_CA", "en_CA"])
def test_both_texts_say_the_link_and_whom_to_reach(session: Session, content: Content, locale: str) -> None:
    message = written(session, content, locale)
    for text in (message.html, message.text):
        assert text.count(PAY_URL) == 1
        assert "514 555-0142" in text
        assert "2026-000042" in text
    assert f'lang="{locale.replace("_", "-")}"' in message.html
    assert message.subject.endswith("Plomberie Tremblay & fils")


def test_the_two_languages_share_no_sentence(session: Session) -> None:
    for content in (INVOICE, DEBIT, CONFIRMATION, REMINDER):
        french, english = (operations.render(content, SENDER, locale)[2] for locale in ("fr_CA", "en_CA"))
        shared = {line for line in french.splitlines() if len(line.split()) > 3} & set(english.splitlines())
        assert shared <= {SENDER.name, *SENDER.address}, content.kind


def test_a_reminder_names_every_open_invoice_and_how_late_it_is(session: Session) -> None:
    message = written(session, REMINDER)
    for text in (message.html, message.text):
        assert "2026-000042" in text
        assert "2026-000051" in text
        assert "31 décembre 2026" in text
        assert "20 janvier 2027" in text
        assert text.count("jours de retard") == 1
        assert "1\u00a0533,80\u00a0$" in text
    assert message.subject == "Rappel\u00a0: 1\u00a0533,80\u00a0$ à payer à Plomberie Tremblay & fils"
    assert "Pas encore échu" in message.text


FORBIDDEN = re.compile(
    r"lawyer|attorney|court|legal|sue\b|bailiff|arrest|seiz|police|credit bureau|immediately|shame"
    r"|avocat|tribunal|justice|juridique|poursui|huissier|saisi|police|bureau de crédit|immédiatement|honte",
    re.IGNORECASE,
)


@pytest.mark.parametrize("locale", ["fr_CA", "en_CA"])
@pytest.mark.parametrize("step", TONES)
def test_every_reminder_says_how_much_for_what_how_to_pay_and_how_to_object(step: str, locale: str) -> None:
    subject, html, text = operations.render(dataclasses.replace(REMINDER, tone=TONES[step]), SENDER, locale)
    amount = "1\u00a0533,80\u00a0$" if locale == "fr_CA" else "$1,533.80"
    assert amount in subject
    for said in (html, text):
        for part in (amount, "2026-000042", PAY_URL, "514 555-0142"):
            assert part in said, part
        assert re.search(r"d’accord|contestez|agree with|object to", said)
        assert not FORBIDDEN.search(said), "a reminder threatens nobody"


def test_the_last_two_reminders_name_the_day_until_which_to_pay(session: Session) -> None:
    for step, says in (("reminder_3", "au plus tard le 16 janvier 2027"), ("final_demand", "Demande finale")):
        message = operations.render(dataclasses.replace(REMINDER, tone=TONES[step]), SENDER, "fr_CA")
        assert says in " ".join(message)
        assert "16 janvier 2027" in message[2]


def test_a_receipt_shows_its_rows_its_page_and_where_to_pay_the_rest(session: Session) -> None:
    message = written(session, RECEIPT)
    assert "Mode de paiement\u00a0: Carte" in message.text
    for text in (message.html, message.text):
        assert "Visa •••• 4242" in text
        assert "A0000000031010" in text
        assert text.count(RECEIPT.page_url) == 1
        assert text.count(PAY_URL) == 1
    assert "Payer le reste" in message.html
    settled = operations.render(dataclasses.replace(RECEIPT, pay_url=None), SENDER, "fr_CA")[1]
    assert "Payer le reste" not in settled


@pytest.mark.parametrize("locale", ["fr_CA", "en_CA"])
def test_an_invoice_says_what_is_to_be_paid(session: Session, locale: str) -> None:
    message = written(session, INVOICE, locale)
    balance = "1\u00a0533,80\u00a0$" if locale == "fr_CA" else "$1,533.80"
    assert balance in message.html
    assert balance in message.text


def test_a_message_without_a_link_has_no_button(session: Session) -> None:
    message = written(session, dataclasses.replace(INVOICE, pay_url=None))
    assert "href" not in message.html


def test_what_people_typed_is_escaped_in_html_and_cannot_add_a_header(session: Session) -> None:
    rude = dataclasses.replace(SENDER, name="A&B <script>\r\nBcc: everyone@example.com")
    message = written(session, dataclasses.replace(INVOICE, customer_name="<img src=x>"), sender=rude)
    assert "<script>" not in message.html
    assert "<img" not in message.html
    assert "&lt;img src=x&gt;" in message.html
    assert "<img src=x>" in message.text
    assert "\n" not in message.subject


def test_amounts_follow_the_currency(session: Session) -> None:
    yen = dataclasses.replace(INVOICE, total_minor=1234, balance_minor=1234, currency="JPY", due_on=date(2027, 1, 1))
    message = written(session, yen, "en_CA")
    assert "JP¥1,234" in message.text
    assert "12.34" not in message.text
