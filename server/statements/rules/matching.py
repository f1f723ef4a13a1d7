"""Which invoice a transfer pays: surely, or by the look of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise

from server.invoices.rules import bare, qr_reference, rf_reference
from server.statements.rules.reading import ReadLine

_RF = re.compile(r"RF\d\d")
_GAP = re.compile(r"(?<=\d) (?=\d)")
_QRR = re.compile(r"(?<!\d)\d{27}(?!\d)")
_WORD = re.compile(r"[A-Z0-9][A-Z0-9-]*")
_LONGEST = 25


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An invoice that a line may be about."""

    invoice_id: str
    number: str
    customer_id: str
    currency: str
    balance_minor: int
    is_open: bool


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a line is about: `invoice_ids` to pay where `is_sure`, to propose otherwise."""

    invoice_ids: tuple[str, ...] = ()
    is_sure: bool = False


def bare_candidates(line: ReadLine) -> set[str]:
    """Return what in a line may be an invoice's number, in letters and digits alone."""
    return _numbers(line) | {reference[4:] for reference in _references(line)}


def digit_candidates(line: ReadLine) -> set[str]:
    """Return the digits that QR references of a line may stand for, without their zeros and check digit."""
    return {found[:-1].lstrip("0") for found in _qr_references(line)}


class Index:
    """Invoices by what a line may call them."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._by_name: dict[str, list[Candidate]] = {}
        for each in candidates:
            plain = bare(each.number)
            for name in (plain, f"#{''.join(filter(str.isdigit, plain)).lstrip('0')}"):
                self._by_name.setdefault(name, []).append(each)

    def about(self, line: ReadLine) -> list[Candidate]:
        """Return the invoices a line may name."""
        names = bare_candidates(line) | {f"#{digits}" for digits in digit_candidates(line)}
        found = {each.invoice_id: each for name in names for each in self._by_name.get(name, [])}
        return [found[invoice_id] for invoice_id in sorted(found)]


def decide(line: ReadLine, candidates: Collection[Candidate], *, currency: str) -> Verdict:
    """Return what a transfer pays. Surely: the one open invoice that a reference with valid check digits names; or the
    open invoices of one customer named by number, where the amount is exactly theirs. Otherwise what it names is
    proposed; invoices of other currencies never."""
    ours = [each for each in candidates if each.currency == currency]
    references = _references(line) | _qr_references(line)
    by_reference = [each for each in ours if {rf_reference(each.number), qr_reference(each.number)} & references]
    if len(by_reference) == 1 and by_reference[0].is_open:
        return Verdict(invoice_ids=(by_reference[0].invoice_id,), is_sure=True)
    numbers = _numbers(line)
    open_ones = [each for each in by_reference or ours if each.is_open]
    named = [each for each in open_ones if by_reference or bare(each.number) in numbers]
    is_exact = sum(each.balance_minor for each in named) == line.amount_minor
    is_one_customers = len({each.customer_id for each in named}) == 1
    return Verdict(invoice_ids=tuple(each.invoice_id for each in named), is_sure=is_exact and is_one_customers)


def _numbers(line: ReadLine) -> set[str]:
    """Return the words of a line, and each two that stand together, that have a digit."""
    words = [bare(word) for word in _WORD.findall(" ".join((*line.references, line.text)).upper())]
    pairs = [first + second for first, second in pairwise(words)]
    return {word for word in (*words, *pairs) if len(word) <= _LONGEST and any(map(str.isdigit, word))}


def _references(line: ReadLine) -> set[str]:
    """Return every RF reference that may begin in a line: in free text, words stand behind it without a gap."""
    found = set()
    for plain in (bare(said) for said in (*line.references, line.text)):
        for start in (match.start() for match in _RF.finditer(plain)):
            found |= {plain[start:end] for end in range(start + 5, min(start + _LONGEST, len(plain)) + 1)}
    return found


def _qr_references(line: ReadLine) -> set[str]:
    joined = (_GAP.sub("", said) for said in (*line.references, line.text))
    return {found for said in joined for found in _QRR.findall(said)}
