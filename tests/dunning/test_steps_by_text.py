"""Steps that go out as text messages: what they say in both languages, and what follows where nobody takes them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from server.customers.models import Customer
from server.dunning.operations.writing import in_short
from server.dunning.rules import lint
from server.dunning.rules.texts import TEXTS
from server.messages import operations as messages
from server.messages.rules import Status, segments, short
from tests.dunning.chase import Chase
from tests.dunning.test_texts import SENDER, reminder

PHONE = "+15005550004"


@pytest.fixture
def texting(chase: Chase) -> Chase:
    """A business whose first reminder is a text message, by mail to those without a number; its customer has one."""
    chase.session.execute(
        text("UPDATE treatment_plans SET steps = jsonb_set(to_jsonb(steps), '{1,small}', :means)"),
        {"means": '{"channel": "text", "template": "reminder_1", "otherwise": "email"}'},
    )
    chase.session.expire_all()
    chase.session.get_one(Customer, "cus_1").phone = PHONE
    return chase


@pytest.mark.parametrize("locale", ["fr_CA", "en_CA"])
@pytest.mark.parametrize("template", ["reminder_1", "reminder_2", "reminder_3", "final_demand"])
def test_a_text_message_says_all_that_a_mail_must_in_three_at_most(template: str, locale: str) -> None:
    said = in_short(reminder(template), SENDER, locale)
    for wanted in ("318", "Plomberie Roy", "F-000001, F-000002", "https://pay.example/p/token", "418-555-0100"):
        assert wanted in said
    assert ("16" in said) is ("%(day)s" in TEXTS[template].opening)
    assert lint.wrongs(said, has_intent=False) == []
    assert segments(short(said)) <= 3


def test_of_many_invoices_a_text_names_the_first_three() -> None:
    many = replace(reminder("reminder_1"), invoices=reminder("reminder_1").invoices * 2)
    assert "(F-000001, F-000002, F-000001, ...)" in in_short(many, SENDER, "en_CA")


def test_who_takes_no_texts_any_more_is_reminded_by_mail_and_not_texted_again(texting: Chase) -> None:
    texting.invoice()
    texting.run(day=5)
    (sent,) = texting.reminders()
    assert (sent.channel, sent.recipient) == ("text", PHONE)
    now = texting.at(5)
    messages.claim(texting.session, message_id=sent.id, now=now)
    messages.record_outcome(texting.session, message_id=sent.id, outcome=Status.BOUNCED, now=now)
    for day in (6, 7):
        texting.run(day=day)
    assert [message.channel for message in texting.reminders()] == ["text", "email"]
    (action,) = texting.actions()
    assert (action.step, action.channel, action.status) == (1, "email", "done")
