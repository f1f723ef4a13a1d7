"""What each step says, word for word in both languages: firmer from step to step, polite, and never a threat."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from server.core import words
from server.dunning import rules
from server.dunning.rules.texts import PROPOSED, QUESTIONS, RESULT, SCRIPTS, SURVEY, TEXTS
from server.dunning.rules.validating import TEMPLATES
from server.messages import operations as messages
from server.messages.rules import OpenInvoice, Reminder, Sender

GOLDEN = Path(__file__).parent / "golden"
SENDER = Sender(name="Plomberie Roy", email="bureau@example.com", phone="+1 418-555-0100", address=("Québec QC",))
# Threats, false urgency, shame; and legal steps, which no text may mention without a person's confirmed intent.
FORBIDDEN = re.compile(
    r"\b(lawyer|court|sue|legal|arrest|police|credit bureau|seize|immediately|last chance|shame"
    r"|avocat|tribunal|poursuite|juridique|huissier|police|saisie|immédiatement|dernière chance|honte)\b",
    re.IGNORECASE,
)


def reminder(template: str) -> Reminder:
    """What a step says about two invoices."""
    return Reminder(
        tone=TEXTS[template],
        questions=tuple(QUESTIONS.values()) if template == SURVEY else (),
        pay_by=date(2026, 5, 16),
        customer_name="Marie Tremblay",
        invoices=(
            OpenInvoice(number="F-000001", due_on=date(2026, 4, 1), days_late=35, balance_minor=21845),
            OpenInvoice(number="F-000002", due_on=date(2026, 5, 6), days_late=0, balance_minor=10000),
        ),
        total_minor=31845,
        currency="CAD",
        pay_url="https://pay.example/p/token",
    )


@pytest.mark.parametrize("locale", ["fr_CA", "en_CA"])
@pytest.mark.parametrize("template", sorted(TEXTS))
def test_a_text_says_what_must_be_said_in_these_very_words(template: str, locale: str) -> None:
    subject, html, text = messages.render(reminder(template), SENDER, locale)
    for said in (html, text):
        assert "F-000001" in said
        assert "https://pay.example/p/token" in said
        assert "418-555-0100" in said
        assert re.search(r"318[.,]45", said)
        assert re.search(r"pas d’accord|contest|object|agree|ne va pas|anything wrong", said)
        assert not FORBIDDEN.search(said)
    golden = GOLDEN / f"{template}.{locale[:2]}.txt"
    assert f"{subject}\n\n{text}" == golden.read_text(), f"what {template} says has changed"


@pytest.mark.parametrize("locale", ["fr_CA", "en_CA"])
@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_a_script_asks_and_closes_politely_and_threatens_nobody(name: str, locale: str) -> None:
    script = SCRIPTS[name]
    said = [words.say(locale, each) for each in (script.opening, *script.questions, script.aim, script.closing)]
    assert not FORBIDDEN.search(" ".join(said))
    assert all("?" in question for question in said[1:-2])
    assert re.search(r"merci|thank|phone", said[-1], re.IGNORECASE)


def test_every_template_a_plan_may_name_has_its_words() -> None:
    named = {name for some in TEMPLATES.values() for name in some}
    assert named <= {*TEXTS, *SCRIPTS, *PROPOSED}
    assert {SURVEY, RESULT} <= set(TEXTS)
    assert set(rules.PROPOSALS) == set(PROPOSED)
