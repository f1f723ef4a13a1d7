"""What a statement says, whatever file it came in; and when it is not believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from server.core.errors import Unacceptable

MOST_LINES = 5_000


class StatementUnreadable(Unacceptable):
    """This file is no bank statement that can be read: send camt.053, or CSV with a header that names its columns."""

    code = "statement_unreadable"


class StatementTooLong(Unacceptable):
    """This statement has too many lines. Ask the bank for a shorter time."""

    code = "statement_too_long"


class StatementWrongSum(Unacceptable):
    """This statement does not add up: opening balance and lines do not come to the closing balance. Nothing was
    taken from it."""

    code = "statement_wrong_sum"


class StatementCurrencyMixed(Unacceptable):
    """A line of this statement is in another currency than its account. Nothing was taken from it."""

    code = "statement_currency_mixed"


class LineStatus(StrEnum):
    """What became of a line: `waiting` is for the office to decide, `outgoing` is none of our business."""

    MATCHED = "matched"
    WAITING = "waiting"
    CREDITED = "credited"
    IGNORED = "ignored"
    REVERSED = "reversed"
    OUTGOING = "outgoing"


@dataclass(frozen=True, kw_only=True)
class ReadLine:
    """Money that came (`is_credit`) or went, in minor units. `is_return` undoes an earlier line; `same_as` are the
    ids by which the bank may name that one."""

    booked_on: date
    is_credit: bool
    amount_minor: int
    bank_reference: str = ""
    references: tuple[str, ...] = ()
    text: str = ""
    name: str = ""
    same_as: tuple[str, ...] = ()
    is_return: bool = False


@dataclass(frozen=True, kw_only=True)
class ReadStatement:
    """A statement as read. `account` is letters and digits alone, None where the file does not say; balances below 0
    are overdrafts, None where it does not say."""

    account: str | None
    currency: str
    reference: str | None
    opening_minor: int | None
    closing_minor: int | None
    lines: tuple[ReadLine, ...]


def require_sum(read: ReadStatement) -> None:
    """Raise StatementWrongSum where opening balance and lines are not the closing balance."""
    if read.opening_minor is None or read.closing_minor is None:
        return
    moved_minor = sum(line.amount_minor if line.is_credit else -line.amount_minor for line in read.lines)
    if read.opening_minor + moved_minor != read.closing_minor:
        raise StatementWrongSum(
            opening_minor=read.opening_minor, moved_minor=moved_minor, closing_minor=read.closing_minor
        )


def line_keys(lines: Sequence[ReadLine]) -> list[str]:
    """Return what tells each line of an account from every other, the same in each file that shows it: the bank's own
    reference where it gives one, all that the line says otherwise; like ones of a day are counted."""
    seen: Counter[str] = Counter()
    found = []
    for line in lines:
        way = "credit" if line.is_credit else "debit"
        said = line.bank_reference or "|".join((*line.references, line.text, line.name, *line.same_as))
        key = f"{line.booked_on}|{way}|{line.amount_minor}|{said}"
        seen[key] += 1
        found.append(f"{key}|{seen[key]}")
    return found
