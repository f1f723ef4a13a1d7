"""One mechanism for words: every sentence in the source has its French, and means the same."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from jinja2 import Environment

import server
from server.core import errors, words

ROOT = Path(__file__).parents[2]
FRENCH = words.CATALOGUES / "fr" / "LC_MESSAGES" / "messages.po"


def _catalogue(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale="fr")


def _sentences(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _forms(sentence: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (sentence,) if isinstance(sentence, str) else tuple(sentence or ())


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[a-z]", text))


@pytest.fixture(scope="module")
def in_source(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Every sentence the source says, collected with the command at the top of the French catalogue."""
    told = re.sub(r"\n#  ?", " ", FRENCH.read_text().split("\nmsgid", 1)[0])
    arguments = re.search(r"babel.messages.frontend (extract .*?) -o new.pot", told)
    assert arguments, "the catalogue no longer says how sentences are collected"
    made = tmp_path_factory.mktemp("words") / "new.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", *arguments.group(1).split(), "-o", str(made), "server"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return _catalogue(made)


def test_every_sentence_has_a_french_translation(in_source: Catalog) -> None:
    french = _catalogue(FRENCH)
    missing = [
        message.id
        for message in _sentences(in_source)
        if (known := french.get(_forms(message.id)[0])) is None or not all(_forms(known.string))
    ]
    assert not missing


def test_no_translation_is_fuzzy_or_left_over(in_source: Catalog) -> None:
    french = _catalogue(FRENCH)
    assert [message.id for message in _sentences(french) if message.fuzzy] == []
    assert [message.id for message in _sentences(french) if in_source.get(_forms(message.id)[0]) is None] == []


def test_a_translation_fills_in_what_its_sentence_fills_in() -> None:
    differ = [
        message.id
        for message in _sentences(_catalogue(FRENCH))
        if {name for form in _forms(message.id) for name in _placeholders(form)}
        != {name for form in _forms(message.string) for name in _placeholders(form)}
    ]
    assert not differ


def test_french_spaces_before_double_signs_do_not_break() -> None:
    wrong = [
        form
        for message in _sentences(_catalogue(FRENCH))
        for form in _forms(message.string)
        if re.search(r" [:;!?»]|« ", form)
    ]
    assert not wrong


def test_every_error_message_is_among_the_sentences_found(in_source: Catalog) -> None:
    for module in pkgutil.walk_packages(server.__path__, "server."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    ours = [problem for problem in errors.every_problem() if problem.__module__.startswith("server.")]
    assert len(ours) > 10
    assert [problem.__name__ for problem in ours if in_source.get(problem.sentence()) is None] == []


def test_a_sentence_is_said_in_the_language_asked_for() -> None:
    assert words.say("fr_CA", "Invoice %(number)s", number="7") == "Facture 7"
    assert words.say("en_CA", "Invoice %(number)s", number="7") == "Invoice 7"
    assert words.say("fr", "Not in any catalogue: 100 %") == "Not in any catalogue: 100 %"


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 jour de retard"), (1, "1 jour de retard"), (2, "2 jours de retard")]
)
def test_french_counts_nothing_as_one(count: int, said: str) -> None:
    assert words.plural("fr_CA", "%(count)s day late", "%(count)s days late", count) == said


def test_templates_speak_the_locale_of_the_moment_and_escape_values_only() -> None:
    environment = Environment(autoescape=True)
    words.install(environment)
    template = environment.from_string('{{ _("Hello %(name)s,", name=name) }} {{ amount|money("CAD") }} {{ day|date }}')
    values = {"name": "<b>", "amount": 123450, "day": date(2026, 12, 2)}
    with words.speaking("fr_CA"):
        assert template.render(values) == "Bonjour &lt;b&gt;, 1\u00a0234,50\u00a0$ 2 décembre 2026"
    with words.speaking("en_CA"):
        assert template.render(values) == "Hello &lt;b&gt;, $1,234.50 December 2, 2026"


def test_a_block_that_speaks_gives_the_language_back() -> None:
    words.speak("en_CA")
    with pytest.raises(ZeroDivisionError), words.speaking("fr_CA"):
        raise ZeroDivisionError
    assert words.spoken() == "en_CA"


def test_days_moments_and_numbers_look_as_the_reader_writes_them() -> None:
    assert words.date(date(2026, 12, 1), "fr_CA") == "1er décembre 2026"
    assert words.date(date(2026, 12, 11), "fr_CA") == "11 décembre 2026"
    evening = datetime(2026, 12, 2, 2, 5, tzinfo=UTC)
    assert words.moment(evening, "fr_CA", "America/Toronto") == "1er décembre 2026, 21\u00a0h\u00a005"
    assert words.moment(evening, "en_CA", "America/Toronto") == "December 1, 2026, 9:05\u202fpm"
    signed = words.moment_in_zone(evening, "fr_CA", "America/Toronto")
    assert signed == "1er décembre 2026, 21\u00a0h\u00a005 (heure normale de l’Est)"
    summer = words.moment_in_zone(evening.replace(month=7), "en_CA", "America/Vancouver")
    assert summer.endswith("(Pacific Daylight Time)")
    assert words.number(Decimal("1.500"), "fr_CA") == "1,5"
    assert words.number(1200, "en_CA") == "1,200"
    assert words.percent(Decimal("9.975"), "fr_CA") == "9,975\u00a0%"
    assert words.percent(Decimal("9.975"), "en_CA") == "9.975%"
    assert words.money(1000, "JPY", "fr_FR") == "1\u202f000\u00a0JPY"


@pytest.mark.parametrize(
    ("language", "country", "locale"),
    [("fr", "CA", "fr_CA"), ("fr", "FR", "fr_FR"), ("en", "CA", "en_CA"), ("fr", "US", "fr"), ("en", None, "en")],
)
def test_a_language_takes_the_country_of_the_business_where_people_write_it_so(
    language: str, country: str | None, locale: str
) -> None:
    assert words.locale_for(language, country) == locale
