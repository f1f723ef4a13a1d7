"""Words, dates and amounts in the reader's language: one mechanism for pages, mails, PDFs and errors.

The English sentence is the message id. French lives in `server/translations/fr/LC_MESSAGES/messages.po`, which is
read as it is: nothing is compiled. A `language` is `fr` or `en`; a `locale` adds a country (`fr_CA`), which decides
how dates and amounts look. Every function here takes either.
"""

from __future__ import annotations

import ast
import datetime
import io
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_location, get_timezone_name
from babel.localedata import exists
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from jinja2 import Environment, pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from server.core import money as core_money

LANGUAGES = ("fr", "en")
CATALOGUES = Path(__file__).parents[1] / "translations"
Found: TypeAlias = Iterator[tuple[Any, ...]]

_spoken: ContextVar[str] = ContextVar("locale", default="en")


@lru_cache(maxsize=512)
def locale_for(language: str, country: str | None) -> str:
    """Return the locale of a language in a country: `fr_CA`; the language alone where nobody writes it that way."""
    wanted = f"{language}_{country}"
    return wanted if exists(wanted) else language


@cache
def translations(locale: str) -> NullTranslations:
    """Return the standard library's translations object for a locale. English is the message ids themselves."""
    return _catalogue(locale[:2])


@cache
def _catalogue(language: str) -> NullTranslations:
    if language == "en":
        return NullTranslations()
    compiled = io.BytesIO()
    with (CATALOGUES / language / "LC_MESSAGES" / "messages.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def say(locale: str, msgid: str, **values: object) -> str:
    """Return a sentence in the reader's language, with `%(name)s` filled in from values."""
    text = translations(locale).gettext(msgid)
    return text % values if values else text


def plural(locale: str, one: str, many: str, count: int, **values: object) -> str:
    """Return the sentence for this count; `%(count)s` is the count."""
    return translations(locale).ngettext(one, many, count) % {"count": count, **values}


def msgid(sentence: str) -> str:
    """Mark a sentence for translation where it is written; it is translated where it is shown."""
    return sentence


def speak(locale: str) -> None:
    """Let templates speak this locale from here on, in this thread: what a web request does first."""
    _spoken.set(locale)


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Let templates speak this locale inside the block: what happens outside a request."""
    token = _spoken.set(locale)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> str:
    """Return the locale templates speak here."""
    return _spoken.get()


def money(amount_minor: int, currency: str, locale: str) -> str:
    """Return the amount as a person of that locale writes it: `1 234,50 $`."""
    return core_money.show(amount_minor, currency, locale)


@lru_cache(maxsize=512)
def date(day: datetime.date, locale: str) -> str:
    """Return the day in words: `1er décembre 2026`."""
    text = format_date(day, "long", locale=locale)
    # CLDR has no ordinal for the first of the month, which French always writes.
    return f"1er{text[1:]}" if locale.startswith("fr") and day.day == 1 else text


def moment(moment: datetime.datetime, locale: str, time_zone: str) -> str:
    """Return the moment in words, by the clocks of a time zone (IANA name): `2 décembre 2026, 15 h 04`."""
    there = moment.astimezone(ZoneInfo(time_zone))
    # No line ends within the hour, and a sentence that ends with "p.m." would have two points.
    hour = format_time(there.time(), "short", locale=locale).replace(" ", "\u00a0").replace(".m.", "m")
    return f"{date(there.date(), locale)}, {hour}"


def moment_in_zone(when: datetime.datetime, locale: str, time_zone: str) -> str:
    """Return the moment in words, and by which clocks: `2 décembre 2026, 15 h 04 (heure normale de l’Est)`."""
    clocks = get_timezone_name(when.astimezone(ZoneInfo(time_zone)), width="long", locale=locale)
    return f"{moment(when, locale, time_zone)} ({clocks})"


def zone(moment: datetime.datetime, locale: str, time_zone: str) -> str:
    """Return which clocks `moment` is told by: `HNE`, `EST`, `UTC+1`."""
    return get_timezone_name(moment.astimezone(ZoneInfo(time_zone)), width="short", locale=locale)


def city(time_zone: str, locale: str) -> str:
    """Return the city a time zone is named after: `Toronto` for America/Toronto."""
    return get_timezone_location(time_zone, locale=locale, return_city=True)


def country(code: str, locale: str) -> str:
    """Return the name of a country (ISO 3166): `Canada`. The code itself where nobody knows it."""
    return str(Locale.parse(locale).territories.get(code, code))


def number(value: Decimal | int, locale: str) -> str:
    """Return a quantity without trailing zeros: `1,5`."""
    return format_decimal(Decimal(value).normalize(), locale=locale, decimal_quantization=False)


def percent(rate: Decimal, locale: str) -> str:
    """Return a rate given in percent: `9,975 %`."""
    return format_percent(rate.normalize() / 100, locale=locale, decimal_quantization=False)


def cell(text: str) -> str:
    """Return words as a cell of CSV that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def install(environment: Environment) -> None:
    """Give templates `_`, `ngettext` and the filters money, date, moment, number, percent and city, as `speak` says.

    `{{ _("Due %(day)s", day=due_on|date) }}`, `{{ total_minor|money(currency) }}`. Values are escaped, sentences not.
    """
    environment.globals.update(_=_here, ngettext=_here_plural, locale=spoken)
    environment.filters.update(
        money=lambda amount_minor, currency: money(amount_minor, currency, spoken()),
        date=lambda day: date(day, spoken()),
        moment=lambda when, time_zone: moment(when, spoken(), time_zone),
        number=lambda value: number(value, spoken()),
        percent=lambda rate: percent(rate, spoken()),
        city=lambda time_zone: city(time_zone, spoken()),
    )


@pass_eval_context
def _here(context: EvalContext, msgid: str, **values: object) -> str:
    text = _trusted(context, translations(spoken()).gettext(msgid))
    return text % values if values else text


@pass_eval_context
def _here_plural(context: EvalContext, one: str, many: str, count: int, **values: object) -> str:
    return _trusted(context, translations(spoken()).ngettext(one, many, count)) % {"count": count, **values}


def _trusted(context: EvalContext, sentence: str) -> str:
    """In HTML our own sentences are markup, so that `%` escapes the values and them alone."""
    return Markup(sentence) if context.autoescape else sentence  # noqa: S704


def in_python(source: BinaryIO, keywords: Any, comment_tags: Collection[str], options: Any) -> Found:
    """Find the sentences of a Python file for pybabel: calls, and the docstrings that are error messages.

    An error of ours is a class that says its `code`; see `server/core/errors.py`.
    """
    yield from extract_python(source, keywords, comment_tags, options)
    source.seek(0)
    for node in ast.walk(ast.parse(source.read())):
        if isinstance(node, ast.ClassDef) and any(map(_says_its_code, node.body)):
            sentence = " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
            yield node.lineno, "gettext", sentence, []


def _says_its_code(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        name: ast.expr = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign):
        name = statement.target
    else:
        return False
    return isinstance(name, ast.Name) and name.id == "code" and isinstance(statement.value, ast.Constant)


def in_typst(source: BinaryIO, *_: Any, **__: Any) -> Found:
    """Find the sentences of a typst file for pybabel: `t("Due on")`. The catalogue keeps no line numbers."""
    yield from ((1, "gettext", sentence, []) for sentence in typst_sentences(source.read().decode()))


def typst_sentences(text: str) -> list[str]:
    """Return every sentence a typst text says with `t("...")`."""
    return re.findall(r'\bt\(\s*"([^"]+)"', text)
