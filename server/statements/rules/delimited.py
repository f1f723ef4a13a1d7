"""CSV as banks export it: columns by the names of their header, in English, French or German.

Our own layout: `date,amount,currency,reference,text,name,id,balance`; `date` and an amount are all it needs. An amount
is signed, or stands in a column for money in or one for money out, or beside one that says which it is. Dates are ISO
(2026-03-31), dotted (31.03.2026), or with slashes where the file itself shows which part is the day.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from server.core import money
from server.statements.rules.reading import ReadLine, ReadStatement, StatementCurrencyMixed, StatementUnreadable

_COLUMNS = {
    "date": (
        "date",
        "booking date",
        "posting date",
        "transaction date",
        "date comptable",
        "date operation",
        "buchungsdatum",
    ),
    "amount": ("amount", "montant", "betrag", "value"),
    "credit": ("credit", "money in", "deposit", "depot", "gutschrift"),
    "debit": ("debit", "money out", "withdrawal", "retrait", "belastung"),
    "way": (
        "debit credit",
        "credit debit",
        "dr cr",
        "cr dr",
        "sens",
        "debit ou credit",
        "credit ou debit",
        "soll haben",
        "haben soll",
        "s h",
    ),
    "currency": ("currency", "devise", "waehrung", "wahrung"),
    "reference": ("reference", "referenz", "payment reference"),
    "text": ("text", "description", "details", "memo", "libelle", "communication", "verwendungszweck"),
    "name": ("name", "payer", "counterparty", "donneur d ordre", "nom", "auftraggeber"),
    "id": ("id", "transaction id", "entry id"),
    "balance": ("balance", "solde", "saldo"),
}
_CURRENCY = re.compile(r"\b[A-Z]{3}\b|[$€£¥]")
_IN = ("c", "cr", "credit", "h", "haben", "gutschrift")
_OUT = ("d", "dr", "debit", "s", "soll", "belastung")
# A dollar is many a currency's, and none of these.
_SYMBOLS = {"€": ("EUR",), "£": ("GBP",), "¥": ("JPY", "CNY")}
_OF_OWN = tuple(code for codes in _SYMBOLS.values() for code in codes)


def read_csv(content: str | bytes, *, currency: str) -> ReadStatement:
    """Return the statement of a CSV file of an account in this currency. The account is not said there.

    Raises StatementUnreadable, StatementCurrencyMixed.
    """
    text = content if isinstance(content, str) else _decoded(content)
    if "\x00" in text:
        raise StatementUnreadable
    rows = [row for row in _rows(text) if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise StatementUnreadable
    where = _named(rows[0])
    if "date" not in where or not where.keys() & {"amount", "credit", "debit"}:
        raise StatementUnreadable
    said = [{name: row[at].strip() if at < len(row) else "" for name, at in where.items()} for row in rows[1:]]
    try:
        text.encode()
        lines = tuple(_lines(said, currency))
        opening_minor, closing_minor = _balances(said, lines, currency)
    except ValueError as unreadable:
        raise StatementUnreadable from unreadable
    return ReadStatement(
        account=None,
        currency=currency,
        reference=None,
        opening_minor=opening_minor,
        closing_minor=closing_minor,
        lines=lines,
    )


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _rows(text: str) -> list[list[str]]:
    header = text.lstrip("\ufeff").split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    try:
        return list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter, strict=True))
    except csv.Error as unreadable:
        raise StatementUnreadable from unreadable


def _named(header: Sequence[str]) -> dict[str, int]:
    """Return where each column stands, by our name for it; the first of a kind counts."""
    plain = [_plain(cell) for cell in header]
    return {ours: plain.index(name) for ours, names in _COLUMNS.items() for name in names[::-1] if name in plain}


def _plain(cell: str) -> str:
    letters = unicodedata.normalize("NFKD", cell.strip().lower())
    return re.sub(r"[^a-z]+", " ", "".join(one for one in letters if not unicodedata.combining(one))).strip()


def _lines(said: Sequence[Mapping[str, str]], currency: str) -> Iterator[ReadLine]:
    days = _days([row["date"] for row in said])
    for row, day in zip(said, days, strict=True):
        if row.get("currency", currency).upper() not in ("", currency):
            raise StatementCurrencyMixed(currency=currency, line_currency=row["currency"])
        moved_minor = _moved(row, currency)
        if moved_minor:
            yield ReadLine(
                booked_on=day,
                is_credit=moved_minor > 0,
                amount_minor=abs(moved_minor),
                bank_reference=row.get("id", ""),
                references=tuple(filter(None, [row.get("reference", "")])),
                text=row.get("text", ""),
                name=row.get("name", ""),
            )


def _moved(row: Mapping[str, str], currency: str) -> int:
    """Return what a row moves, in minor units, below 0 for money that went. Raises ValueError,
    StatementCurrencyMixed."""
    if row.get("amount"):
        minor = _signed(row["amount"], currency)
        return -abs(minor) if "way" in row and _is_out(row["way"]) else minor
    # Many banks put a minus before all that went; before what came it takes that back.
    return _signed(row.get("credit", ""), currency) - abs(_signed(row.get("debit", ""), currency))


def _is_out(way: str) -> bool:
    """Say whether money went. Raises ValueError where a row does not say which way."""
    said = _plain(way)
    if said not in (*_IN, *_OUT):
        raise ValueError("in or out?")
    return said in _OUT


def _signed(cell: str, currency: str) -> int:
    """Return an amount such as `1 234,50`, `-1,234.50`, `(85.00)`, `85.00-`, with its own currency or none. Raises
    ValueError, StatementCurrencyMixed."""
    for named in _CURRENCY.findall(cell):
        if currency in _OF_OWN if named == "$" else currency not in _SYMBOLS.get(named, (named,)):
            raise StatementCurrencyMixed(currency=currency, line_currency=named)
    digits = _CURRENCY.sub("", cell.replace("\u2212", "-")).strip()
    is_below = digits.startswith(("-", "(")) or digits.endswith("-")
    plain = digits.strip("()+- ")
    if not plain:
        return 0
    minor = money.typed(plain, currency)
    return -minor if is_below else minor


def _balances(
    said: Sequence[Mapping[str, str]], lines: Sequence[ReadLine], currency: str
) -> tuple[int | None, int | None]:
    """Return the opening and closing balance, where every row says the balance after it; oldest row first or last."""
    shown = [row.get("balance", "") for row in said]
    if len(lines) != len(said) or not all(shown):
        return None, None
    after = [_signed(cell, currency) for cell in shown]
    moved = [line.amount_minor if line.is_credit else -line.amount_minor for line in lines]
    oldest_first = lines[0].booked_on <= lines[-1].booked_on and after[0] + sum(moved[1:]) == after[-1]
    first, last = (0, -1) if oldest_first else (-1, 0)
    return after[first] - moved[first], after[last]


def _days(cells: Sequence[str]) -> list[date]:
    """Return dates. Slashes are read by the rows that can be read in one way only. Raises ValueError."""
    parts = [re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", cell) for cell in cells]
    firsts, seconds = ([int(part[group]) for part in parts if part] for group in (1, 2))
    day_first = any(one > 12 for one in firsts)
    if firsts and day_first == any(one > 12 for one in seconds):
        raise ValueError("which part of a date is the day?")
    return [_day(cell, part, day_first=day_first) for cell, part in zip(cells, parts, strict=True)]


def _day(cell: str, part: re.Match[str] | None, *, day_first: bool) -> date:
    if part:
        day, month = (part[1], part[2]) if day_first else (part[2], part[1])
        return date(int(part[3]), int(month), int(day))
    dotted = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", cell)
    if dotted:
        return date(int(dotted[3]), int(dotted[2]), int(dotted[1]))
    return date.fromisoformat(cell[:10])
