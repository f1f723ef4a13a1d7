"""What each step says, word for word in both languages: firmer from step to step, polite, and never a threat."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from server.core import words
from server.dunning import rules
from server.dunning.operations.writing import TextRefused, require_lawful, tone_of
from server.dunning.rules import lint
from server.dunning.rules.texts import PROPOSED, QUESTIONS, RESULT, SCRIPTS, SURVEY, TEXTS
from server.dunning.rules.validating import TEMPLATES
from server.messages import operations as messages
from server.messages.rules import OpenInvoice, Reminder, Sender

GOLDEN = Path(__file__).parent / "golden"
SENDER = Sender(name="Plomberie Roy", email="bureau@example.com", phone="+1 418-555-0100", address=("Québec QC",))
LEGAL = "final_demand_legal"
LATER = OpenInvoice(number="F-000003", due_on=date(2026, 6, 1), days_late=0, balance_minor=700)


def reminder(template: str) -> Reminder:
    """What a step says about two invoices that are late and one that is not."""
    return Reminder(
        tone=lint.WITH_INTENT if template == LEGAL else TEXTS[template],
        questions=tuple(QUESTIONS.values()) if template == SURVEY else (),
        pay_by=date(2026, 5, 16),
        customer_name="Marie Tremblay",
        invoices=(
            OpenInvoice(number="F-000001", due_on=date(2026, 4, 1), days_late=35, balance_minor=21845),
            OpenInvoice(number="F-000002", due_on=date(2026, 5, 4), days_late=2, balance_minor=10000),
        ),
        later=() if template == SURVEY else (LATER,),
        total_minor=31845,
        currency="CAD",
        pay_url="https://pay.example/p/token",
    )


@pytest.mark.parametrize("locale", ["fr_CA", "en_CA"])
@pytest.mark.parametrize("template", [*sorted(TEXTS), LEGAL])
def test_a_text_says_what_must_be_said_in_these_very_words(template: str, locale: str) -> None:
    subject, html, text = messages.render(reminder(template), SENDER, locale)
    for said in (html, text):
        assert "F-000001" in said
        assert "https://pay.example/p/token" in said
        assert "418-555-0100" in said
        assert re.search(r"318[.,]45", said)
        assert re.search(r"pas d’accord|contest|object|agree|ne va pas|anything wrong", said)
        assert lint.wrongs(said, has_intent=template == LEGAL) == []
        assert bool(lint.wrongs(said, has_intent=False)) is (template == LEGAL)
    golden = GOLDEN / f"{template}.{locale[:2]}.txt"
    assert f"{subject}\n\n{text}" == golden.read_text(), f"what {template} says has changed"


@pytest.mark.parametrize("locale", ["fr_CA", "en_CA"])
@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_a_script_asks_and_closes_politely_and_threatens_nobody(name: str, locale: str) -> None:
    script = SCRIPTS[name]
    said = [words.say(locale, each) for each in (script.opening, *script.questions, script.aim, script.closing)]
    assert lint.wrongs(" ".join(said), has_intent=False) == []
    assert all("?" in question for question in said[1:-2])
    assert re.search(r"merci|thank|phone", said[-1], re.IGNORECASE)


def test_every_template_a_plan_may_name_has_its_words() -> None:
    named = {name for some in TEMPLATES.values() for name in some}
    assert named <= {*TEXTS, *SCRIPTS, *PROPOSED}
    assert {SURVEY, RESULT} <= set(TEXTS)
    assert set(rules.PROPOSALS) == set(PROPOSED)


@pytest.mark.parametrize(
    ("said", "has_intent", "wrong"),
    [
        ("We would rather talk.", False, []),
        ("Our LAWYER writes next, and a court decides", False, ["lawyer", "court"]),
        ("Our lawyer writes next", True, []),
        ("Pay immediately, or the police comes", True, ["immediately", "police"]),
        ("Dernière chance avant le tribunal", False, ["dernière chance", "tribunal"]),
        ("des poursuites judiciaires", False, ["poursuites", "judiciaires"]),
        ("courtesy, issued, suede", False, []),  # whole words alone
    ],
)
def test_the_lint_finds_what_may_not_be_said(said: str, has_intent: bool, wrong: list[str]) -> None:
    assert lint.wrongs(said, has_intent=has_intent) == wrong


def test_legal_words_are_refused_before_they_are_written_without_a_confirmed_intent() -> None:
    require_lawful(lint.WITH_INTENT, has_intent=True)
    with pytest.raises(TextRefused) as refused:
        require_lawful(lint.WITH_INTENT, has_intent=False)
    assert set(refused.value.facts["words"]) == {"court", "tribunal"}
    for template in TEXTS:
        assert (tone_of(template, has_intent=True) is lint.WITH_INTENT) is (template == rules.FINAL)
