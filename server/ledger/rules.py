"""The chart of accounts, and which side of each is its own."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Kind(StrEnum):
    """What an account stands for. `owner` says whose it is: an invoice, a customer, a tax, a technician."""

    RECEIVABLE = "receivable"
    CASH = "cash"
    CHEQUES = "cheques"
    BANK = "bank"
    STRIPE = "stripe"
    SALES = "sales"
    TAX = "tax"
    CUSTOMER_CREDIT = "customer_credit"
    # What customers were asked to pay before the work is done: a liability until the invoice takes it (IFRS 15.106).
    DEPOSITS = "deposits"
    FEES = "fees"
    TIPS = "tips"
    CASH_DIFFERENCE = "cash_difference"
    CHARGEBACKS = "chargebacks"
    # What customers were charged for paying late: income beside the sales.
    LATE_CHARGES = "late_charges"
    # What two people agreed to let go, by invoice.
    BAD_DEBTS = "bad_debts"
    # What customers were given for something we wish, such as invoices by e-mail: a cost.
    INCENTIVES = "incentives"
    UNEXPLAINED = "unexplained"
    # What Stripe took of one currency (grows) and gave of another for it: at the rates of the day it comes to nothing.
    EXCHANGE = "exchange"


class Side(StrEnum):
    """The side on which an account grows."""

    DEBIT = "debit"
    CREDIT = "credit"


GROWS_ON = {
    Kind.RECEIVABLE: Side.DEBIT,
    Kind.CASH: Side.DEBIT,
    Kind.CHEQUES: Side.DEBIT,
    Kind.BANK: Side.DEBIT,
    Kind.STRIPE: Side.DEBIT,
    Kind.FEES: Side.DEBIT,
    Kind.CASH_DIFFERENCE: Side.DEBIT,
    Kind.CHARGEBACKS: Side.DEBIT,
    Kind.BAD_DEBTS: Side.DEBIT,
    Kind.EXCHANGE: Side.DEBIT,
    Kind.INCENTIVES: Side.DEBIT,
    Kind.SALES: Side.CREDIT,
    Kind.TAX: Side.CREDIT,
    Kind.CUSTOMER_CREDIT: Side.CREDIT,
    Kind.TIPS: Side.CREDIT,
    Kind.DEPOSITS: Side.CREDIT,
    Kind.LATE_CHARGES: Side.CREDIT,
    Kind.UNEXPLAINED: Side.CREDIT,
}


Owner = tuple[Kind, str]


def owed(moves: Iterable[tuple[int, Owner, Owner]]) -> dict[Owner, int]:
    """Return by how much moves, of (amount, debit, credit), change what each invoice owes and what is held for each
    customer, in minor units; what comes to nothing is left out."""
    changes: dict[Owner, int] = {}
    for minor, debit, credit in moves:
        for (kind, owner), side in ((debit, Side.DEBIT), (credit, Side.CREDIT)):
            if kind in (Kind.RECEIVABLE, Kind.CUSTOMER_CREDIT):
                grows = GROWS_ON[kind] is side
                changes[kind, owner] = changes.get((kind, owner), 0) + (minor if grows else -minor)
    return {account: change for account, change in changes.items() if change}


def balance(kind: Kind, *, debits_minor: int, credits_minor: int) -> int:
    """Return what an account holds, on the side where it grows."""
    return debits_minor - credits_minor if GROWS_ON[kind] is Side.DEBIT else credits_minor - debits_minor
