"""What the API, the books, Stripe and the mail server say of histories, once they have healed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from server.payments.models import CreditPayout
from server.payments.rules import GIVEN_BACK
from server.statements.models import BankLine
from tests.simulation.history import Account, History, Json, account_of, done
from tests.simulation.people import Caller
from tests.simulation.world import World


class Evidence:
    """What the API, Stripe and the mail server say of a batch of healed histories. Amounts are minor units."""

    def __init__(self, world: World, histories: Sequence[History], *, since: int, mails_before: int) -> None:
        office = histories[0].office
        mine = {invoice_id for history in histories for invoice_id in history.invoice_ids}
        seen = {"payments": partial(_is_of, mine, "invoice_id"), "invoices": partial(_is_of, mine, "invoice_id")}
        self.payments = latest(office, "payments", seen["payments"])
        self.invoices = {invoice["invoice_id"]: invoice for invoice in latest(office, "invoices", seen["invoices"])}
        owing = {invoice["customer_id"] for invoice in self.invoices.values()}
        customers = latest(office, "customers", partial(_is_of, owing, "customer_id"))
        self.credit_minor = {
            (each["customer_id"], currency): int(minor)
            for each in customers
            for currency, minor in each["credit"].items()
        }
        charges = world.at_stripe("charges", since)
        self.charges = [charge for charge in charges if charge["captured"]]
        self.declined = {charge["metadata"].get("payment_id") for charge in charges if charge["status"] == "failed"}
        self.refunds = world.at_stripe("refunds", since)
        self.disputes = world.at_stripe("disputes", since)
        taken = {dispute["id"] for dispute in self.disputes}
        self.chargebacks = latest(office, "chargebacks", partial(_is_of, taken, "chargeback_id"))
        self.intents = world.at_stripe("payment_intents", since)
        self.is_killed = any(history.kills for history in histories)
        self.arrived = Counter(str(mail["Message-ID"]) for mail in world.mails[mails_before:])


def latest(office: Caller, kind: str, wanted: Callable[[Json], bool]) -> list[Json]:
    """The newest of a kind, as far back as they are wanted."""
    found: list[Json] = []
    cursor = ""
    while True:
        page = done(office.get(f"/{kind}?limit=100{cursor}"))
        mine = list(filter(wanted, page["items"]))
        found += mine
        if not mine or not page["next_cursor"]:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def _is_of(known: set[str], name: str, item: Json) -> bool:
    return item[name] in known


@dataclass
class Outcome:
    """A healed history as its API, its books, Stripe and the mail server have it. Amounts are minor units."""

    history: History
    evidence: Evidence
    payments: dict[str, Json] = field(init=False)
    refunds: dict[str, Json] = field(init=False)
    invoices: dict[str, Json] = field(init=False)
    charges: list[Json] = field(init=False)
    credit_minor: dict[Account, int] = field(init=False)  # of everybody who owes or has some
    lines: list[BankLine] = field(init=False)
    payouts: list[CreditPayout] = field(init=False)

    def __post_init__(self) -> None:
        mine = set(self.history.invoice_ids)
        known = self.evidence
        self.payments = {each["payment_id"]: each for each in known.payments if each["invoice_id"] in mine}
        self.refunds = {each["refund_id"]: each for each in self._refunds()}
        self.invoices = {each: known.invoices[each] for each in self.history.invoice_ids}
        self.lines, self.payouts = self.history.bank_lines(), self.history.payouts()
        self.charges = [each for each in known.charges if each["metadata"].get("invoice_id") in mine]
        customers = {customer_id for customer_id, _ in self.history.accounts}
        theirs = {each for each in known.credit_minor if each[0] in customers}
        self.credit_minor = {
            each: known.credit_minor.get(each, 0) for each in sorted({*self.history.accounts, *theirs})
        }

    def _refunds(self) -> Iterator[Json]:
        """Every refund, as the office is shown them."""
        for payment_id in sorted({refund.payment_id for refund in self.history.refunds()}):
            yield from done(self.history.office.get(f"/payments/{payment_id}/refunds?limit=100"))["items"]

    def of_account(self, account: Account) -> list[Json]:
        """The invoices of a customer in a currency."""
        return [invoice for invoice in self.invoices.values() if account_of(invoice) == account]

    def succeeded(self, invoices: Sequence[Json]) -> list[Json]:
        """The attempts that brought money for some invoices, and that nobody took back."""
        theirs = {invoice["invoice_id"] for invoice in invoices}
        mine = (payment for payment in self.payments.values() if payment["invoice_id"] in theirs)
        return [payment for payment in mine if payment["status"] == "succeeded" and not payment["reversed_at"]]

    def net_minor(self, invoices: Sequence[Json]) -> int:
        """What came for some invoices, less what went back."""
        theirs = {invoice["invoice_id"] for invoice in invoices}
        went = (
            refund["amount_minor"]
            for refund in self.refunds.values()
            if refund["invoice_id"] in theirs and refund["status"] in GIVEN_BACK
        )
        came = (payment["amount_minor"] + payment["tip_minor"] for payment in self.succeeded(invoices))
        return int(sum(came) - sum(went) - sum(each["reopened_minor"] for each in self.chargebacks(invoices)))

    def chargebacks(self, invoices: Sequence[Json]) -> list[Json]:
        """What banks took back of the payments for some invoices."""
        theirs = {invoice["invoice_id"] for invoice in invoices}
        return [each for each in self.evidence.chargebacks if each["invoice_id"] in theirs]

    def held_minor(self, account: Account) -> int:
        """What the bank brought that was held for a customer, less what it took back of it and what was paid out."""
        held = (line for line in self.lines if (line.customer_id, line.currency) == account)
        out = (payout for payout in self.payouts if (payout.customer_id, payout.currency) == account)
        brought_minor = sum(line.amount_minor if line.is_credit else -line.amount_minor for line in held)
        return brought_minor - sum(payout.amount_minor for payout in out if payout.paid_at)

    def flips(self) -> list[str]:
        """The attempts somebody was shown as failed or canceled, and that brought money in the end."""
        given_up = {shown.about for shown in self.history.shown if shown.status in ("failed", "canceled")}
        return sorted(each for each in given_up if self.payments.get(each, {}).get("status") == "succeeded")
