"""What a bank shows of its account, and the files it writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tests.simulation.accounts import CUSTOMER
from tests.simulation.currencies import written
from tests.statements.files import camt, entry

_COLUMNS = "date,amount,currency,reference,text,name,id"
_OPENING_MINOR = 100_000


@dataclass(kw_only=True)
class Moved:
    """Money that came by a transfer, or went back again where it `undoes` an earlier one. `written_down` is the payment
    by which somebody of ours had told of it before the bank did."""

    name: str
    currency: str
    amount_minor: int
    day: date
    reference: str = ""
    text: str = ""
    written_down: str = ""
    undoes: str = ""

    @property
    def signed_minor(self) -> int:
        """What it is on the account."""
        return -self.amount_minor if self.undoes else self.amount_minor


def as_csv(moved: Sequence[Moved]) -> str:
    """Return a file of ours. It cannot say that a transfer came back."""
    rows = [
        f'{each.day},"{written(each.amount_minor, each.currency, grouped=True)}",{each.currency},'
        f"{each.reference},{each.text},"
        f"{CUSTOMER},{each.name}"
        for each in moved
    ]
    return "\n".join([_COLUMNS, *rows])


def as_camt(moved: Sequence[Moved], *, account: str) -> str:
    """Return a camt.053 file."""
    currency = moved[0].currency
    entries = [
        entry(
            written(each.amount_minor, currency),
            way="DBIT" if each.undoes else "CRDT",
            reference=each.reference,
            text=each.text,
            bank_reference=each.name,
            name=CUSTOMER,
            end_to_end=each.undoes,
            currency=currency,
            day=each.day,
            returned=bool(each.undoes),
        )
        for each in moved
    ]
    closing_minor = _OPENING_MINOR + sum(each.signed_minor for each in moved)
    balances = {"opening": written(_OPENING_MINOR, currency), "closing": written(closing_minor, currency)}
    return camt(entries, **balances, account=account, currency=currency)
