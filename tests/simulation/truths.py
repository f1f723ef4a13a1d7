"""What must be true once a history has healed, whatever happened in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import text

from server.audit import flows as audit
from server.core import clock
from server.core.database import transaction
from server.payments.rules import GIVEN_BACK, OPEN, Method, Status
from server.payments.rules.refunding import REFUND_SETTLED
from server.statements.rules import LineStatus
from tests.simulation.currencies import at_stripe
from tests.simulation.evidence import Evidence, Outcome
from tests.simulation.history import Account, History, Json
from tests.simulation.truths_at_the_bank import the_bank_is_in_the_books

DECLINED = ("card_declined", "generic_decline")
BY_CARD = ("card_reader", "pay_link", "card_on_file")
_BOOKED = """
SELECT e.about, d.currency,
       sum(CASE WHEN d.kind = 'stripe' THEN t.amount_minor ELSE -t.amount_minor END)::bigint AS minor
FROM ledger_transfers t JOIN ledger_entries e ON e.id = t.entry_id
JOIN ledger_accounts d ON d.id = t.debit_account_id JOIN ledger_accounts c ON c.id = t.credit_account_id
WHERE (d.kind = 'stripe') <> (c.kind = 'stripe') AND e.about = ANY(:invoices)
AND d.kind NOT IN ('fees', 'exchange') AND c.kind NOT IN ('fees', 'exchange')
GROUP BY e.about, d.currency
"""
_FROM_CREDIT = """
SELECT c.owner, sum(t.amount_minor)::bigint AS minor
FROM ledger_transfers t
JOIN ledger_accounts d ON d.id = t.debit_account_id JOIN ledger_accounts c ON c.id = t.credit_account_id
WHERE d.kind = 'customer_credit' AND c.kind = 'receivable' AND c.owner = ANY(:invoices) GROUP BY c.owner
"""
_MESSAGES = "SELECT key, status, recipient FROM messages WHERE key = ANY(:keys)"
_GIVEN_UP = (
    "SELECT task_name || ' ' || args::text FROM procrastinate_jobs WHERE status NOT IN ('succeeded', 'todo', 'doing')"
)


def nothing_is_open(outcome: Outcome) -> Iterator[str]:
    """Every attempt and every refund has come to an end."""
    for payment in outcome.payments.values():
        if payment["status"] in OPEN:
            yield f"{payment['payment_id']}: {payment['status']}"
    for refund in outcome.refunds.values():
        if refund["status"] not in REFUND_SETTLED:
            yield f"{refund['refund_id']}: {refund['status']}"
    for payout in outcome.payouts:
        if payout.status not in REFUND_SETTLED:
            yield f"{payout.id}: {payout.status}"
    for line in outcome.lines:
        if line.status is LineStatus.WAITING:
            yield f"{line.bank_reference}: {line.status}"


def stripe_is_in_the_books(outcome: Outcome) -> Iterator[str]:
    """For every invoice: what Stripe captured, less what it gave back and what banks took, is what the books say, in
    its currency."""
    with transaction() as session:
        rows = session.execute(text(_BOOKED), {"invoices": list(outcome.invoices)})
        booked = {(row.about, row.currency): at_stripe(row.minor, row.currency) for row in rows}
    captured: Counter[tuple[str, str]] = Counter()
    about = {charge["id"]: (charge["metadata"]["invoice_id"], charge["currency"].upper()) for charge in outcome.charges}
    for dispute in outcome.evidence.disputes:
        if dispute["charge"] in about:
            captured[about[dispute["charge"]]] -= _kept(dispute)
    for charge in outcome.charges:
        captured[about[charge["id"]]] += charge["amount_captured"] - charge["amount_refunded"]
    for key in sorted({*captured, *booked}):
        if captured[key] != booked.get(key, 0):
            yield f"{key}: captured {captured[key]}, in the books {booked.get(key, 0)}, in Stripe's units"
    for invoice_id, currency in about.values():
        if currency != outcome.invoices[invoice_id]["currency"]:
            yield f"{invoice_id}: charged in {currency}"


def the_balance_is_what_was_not_paid(outcome: Outcome) -> Iterator[str]:
    """What came, less what went back, is what a customer's invoices no longer owe and what they have as credit."""
    for account, credit_minor in outcome.credit_minor.items():
        invoices = outcome.of_account(account)
        done = {invoice["job_id"] for invoice in invoices if invoice["kind"] == "final"}
        # What a deposit brought was taken by the invoice of the work, once there is one.
        settled_minor = sum(
            invoice["total_minor"] - invoice["balance_minor"]
            for invoice in invoices
            if invoice["kind"] == "final" or invoice["job_id"] not in done
        )
        tips_minor = sum(payment["tip_minor"] for payment in outcome.succeeded(invoices))
        beside_minor = outcome.net_minor(invoices) + outcome.held_minor(account) - settled_minor - credit_minor
        # No refund here is of a tip; a bank takes a tip back with the rest.
        least_minor = 0 if outcome.chargebacks(invoices) else tips_minor
        if not least_minor <= beside_minor <= tips_minor:
            yield f"{account}: settled {settled_minor}, credit {credit_minor}, {beside_minor} more came"
        for invoice in invoices:
            if invoice["balance_minor"] != 0:
                yield f"{invoice['invoice_id']}: {invoice['balance_minor']} is owed, when all was taken in cash"


def nobody_pays_twice(outcome: Outcome) -> Iterator[str]:
    """Nothing comes beyond what is owed, be it kept as credit or given back by itself: Stripe delivers no command that
    we gave up, and nobody begins while something else is under way."""
    for account, credit_minor in outcome.credit_minor.items():
        invoices = outcome.of_account(account)
        beyond_minor = sum(payment["beyond_minor"] for payment in outcome.succeeded(invoices))
        if (beyond_minor or credit_minor) and not _owed_less_meanwhile(outcome, account):
            yield f"{account}: {beyond_minor} came beyond what was owed, {credit_minor} is credit"


def _owed_less_meanwhile(outcome: Outcome, account: Account) -> bool:
    """Whether a customer may owe less when money comes than when it was asked for: a refund came back, a bank gave
    back what was paid again, a debit was not waited for, or a transfer came by itself."""
    invoices = outcome.of_account(account)
    theirs = {invoice["invoice_id"] for invoice in invoices}
    came_back = any(each["invoice_id"] in theirs and each["status"] == "failed" for each in outcome.refunds.values())
    debits = any(payment["card_kind"] == "acss_debit" for payment in outcome.succeeded(invoices))
    paid = {payment["payment_id"] for payment in outcome.payments.values() if payment["invoice_id"] in theirs}
    transfers = any(line.payment_id in paid or (line.customer_id, line.currency) == account for line in outcome.lines)
    return came_back or debits or transfers or bool(outcome.chargebacks(invoices))


def banks_are_followed(outcome: Outcome) -> Iterator[str]:
    """What banks took back stands as Stripe has it, and what they keep is owed again."""
    known = {
        each["chargeback_id"]: (each["status"], at_stripe(each["reopened_minor"], each["currency"]))
        for each in outcome.evidence.chargebacks
    }
    for dispute in outcome.evidence.disputes:
        expected = (dispute["status"], _kept(dispute) if dispute["status"] == "lost" else 0)
        if dispute["id"] in outcome.history.disputes and known.get(dispute["id"]) != expected:
            yield f"{dispute['id']}: {expected} at Stripe, {known.get(dispute['id'])} in the books"


def _kept(dispute: Json) -> int:
    """What a bank has taken back and not returned, in Stripe's units of the charge, whatever Stripe holds."""
    moved = sum(line["amount"] for line in dispute["balance_transactions"])
    assert moved <= 0
    return int(dispute["amount"]) if moved else 0


def what_is_unknown_resolves_by_itself(outcome: Outcome) -> Iterator[str]:
    """Hours after the last fault, nothing is unknown or hardly begun, although nobody asked."""
    yield from outcome.history.stuck


def no_more_goes_back_than_came(outcome: Outcome) -> Iterator[str]:
    """A payment gives back at most what it brought, and nobody gets more paid out than was held for them."""
    went: Counter[str] = Counter()
    for refund in outcome.refunds.values():
        if refund["status"] in GIVEN_BACK:
            went[refund["payment_id"]] += refund["amount_minor"]
    for payment_id, went_minor in went.items():
        if went_minor > outcome.payments[payment_id]["amount_minor"] + outcome.payments[payment_id]["tip_minor"]:
            yield f"{payment_id}: {went_minor} went back"
    for account in outcome.credit_minor:
        if outcome.held_minor(account) < 0:
            yield f"{account}: {-outcome.held_minor(account)} more was paid out than was held"


def one_intent_serves_all_tries(outcome: Outcome) -> Iterator[str]:
    """The next try on a reader uses the PaymentIntent that the one before left unpaid: only the last try of all on the
    same invoices may leave one. What Stripe made and never told of, as an answer was lost, is no try's."""
    tries: dict[frozenset[str], dict[str, str]] = {}
    for payment in outcome.history.payments():
        if payment.method is Method.CARD_READER and payment.stripe_intent_id is not None:
            mine = tries.setdefault(frozenset(payment.parts), {})
            mine.pop(payment.stripe_intent_id, None)
            mine[payment.stripe_intent_id] = payment.id
    status = {intent["id"]: intent["status"] for intent in outcome.evidence.intents}
    for mine in tries.values():
        for intent_id, payment_id in list(mine.items())[:-1]:
            if status[intent_id] == "requires_payment_method":
                yield f"{payment_id}: the next try did not use {intent_id}"


def who_was_shown_success_was_charged_once(outcome: Outcome) -> Iterator[str]:
    """A payment shown as succeeded stays so; each card payment has one captured charge, and none that failed has."""
    for shown in outcome.history.shown:
        stands = outcome.payments.get(shown.told_of) or outcome.refunds.get(shown.told_of, {})
        came_back = shown.told_of in outcome.refunds and stands["status"] == "failed"
        if shown.status == "succeeded" and stands.get("status") != "succeeded" and not came_back:
            yield f"{shown.told_of}: shown as succeeded, is {stands.get('status')}"
    charged = Counter(charge["metadata"]["payment_id"] for charge in outcome.charges)
    for payment_id, payment in outcome.payments.items():
        expected = int(payment["status"] == "succeeded" and payment["method"] in BY_CARD)
        if charged[payment_id] != expected:
            yield f"{payment_id}: {payment['status']} with {charged[payment_id]} captured charges"


def who_was_shown_failure_was_not_charged(outcome: Outcome) -> Iterator[str]:
    """A payment shown as failed or canceled brings no money later."""
    for payment_id in outcome.flips():
        yield f"{payment_id}: shown as given up, then it succeeded"


def who_was_declined_had_a_card_declined(outcome: Outcome) -> Iterator[str]:
    """A try on a reader is declined by a bank alone: there is a charge of that try at Stripe that failed."""
    for payment in outcome.history.payments():
        was_told = payment.method is Method.CARD_READER and payment.status is Status.FAILED
        if was_told and payment.failure_code in DECLINED and payment.id not in outcome.evidence.declined:
            yield f"{payment.id}: {payment.failure_code}, without a charge that failed"


def only_who_asked_gave_up(outcome: Outcome) -> Iterator[str]:
    """A try on a reader ends as Stripe says, with the reason, or because somebody gave it up: nothing else ends it."""
    for payment_id, payment in outcome.payments.items():
        ended = payment["method"] == Method.CARD_READER and payment["status"] == "canceled"
        if ended and payment["failure"] is None and payment_id not in outcome.history.called_off:
            yield f"{payment_id}: canceled, and nobody asked for that"


def nobody_can_pay_what_was_given_up(outcome: Outcome) -> Iterator[str]:
    """An attempt is given up once its page is closed: the money may be asked for elsewhere from then on."""
    yield from outcome.history.left_open


def who_was_thanked_had_paid(outcome: Outcome) -> Iterator[str]:
    """A page that says "paid" says it of an invoice for which all of the money came, or was there as credit."""
    with transaction() as session:
        rows = session.execute(text(_FROM_CREDIT), {"invoices": list(outcome.history.paid_pages)})
        from_credit = {row.owner: row.minor for row in rows}
    for invoice_id in outcome.history.paid_pages:
        came_minor = from_credit.get(invoice_id, 0) + sum(
            share["amount_minor"]
            for payment in outcome.payments.values()
            for share in payment["shares"]
            if payment["status"] == "succeeded" and share["invoice_id"] == invoice_id
        )
        if came_minor < outcome.invoices[invoice_id]["total_minor"]:
            yield f"{invoice_id}: its page said that it was paid, {came_minor} came"


def an_answer_is_about_what_was_asked(outcome: Outcome) -> Iterator[str]:
    """Who asks about a payment is told of that payment."""
    for shown in outcome.history.shown:
        if shown.about != shown.told_of:
            yield f"asked about {shown.about}, told of {shown.told_of}"


def every_refund_went_once(outcome: Outcome) -> Iterator[str]:
    """Each refund to a card that succeeded is one of Stripe's, of its amount; none that failed is."""
    went: dict[str, list[int]] = {}
    for refund in outcome.evidence.refunds:
        if refund["status"] == "succeeded":
            went.setdefault(refund["metadata"].get("refund_id", refund["id"]), []).append(refund["amount"])
    for refund_id, refund in outcome.refunds.items():
        by_card = outcome.payments[refund["payment_id"]]["method"] in BY_CARD and not refund["by_hand"]
        at_card = [at_stripe(refund["amount_minor"], refund["currency"])]
        expected = at_card if by_card and refund["status"] == "succeeded" else []
        if went.get(refund_id, []) != expected:
            yield f"{refund_id}: {refund['status']}, at Stripe {went.get(refund_id, [])}"


def every_payment_has_one_receipt(outcome: Outcome) -> Iterator[str]:
    """Each payment that succeeded is thanked for once, by a mail that arrives at most once."""
    keys = {f"receipt:{payment_id}": payment["status"] for payment_id, payment in outcome.payments.items()}
    with transaction() as session:
        rows = session.execute(text(_MESSAGES), {"keys": list(keys)})
        written: dict[str, Any] = {row.key: row for row in rows}
    # A worker that died while it spoke to the mail server does not know whether the mail arrived: it stays unknown. The
    # mail may be one of a history before.
    fine = {"sent", "unknown"} if outcome.evidence.is_killed else {"sent"}
    for key, status in keys.items():
        receipt = written.get(key)
        if (receipt is not None) != (status == "succeeded"):
            yield f"{key}: {status}, receipt {receipt}"
        elif receipt is not None and receipt.status not in (fine if receipt.recipient else {"no_address"}):
            yield f"{key}: {receipt.status}"


def no_mail_arrives_twice(evidence: Evidence) -> Iterator[str]:
    """Whatever is written to somebody arrives at most once."""
    for message_id, times in evidence.arrived.items():
        if times > 1:
            yield f"{message_id} arrived {times} times"


def every_task_ended_well(_evidence: Evidence) -> Iterator[str]:
    """No task of the worker failed for good."""
    with transaction() as session:
        yield from session.scalars(text(_GIVEN_UP))


def the_audit_finds_nothing(_evidence: Evidence) -> Iterator[str]:
    """The product's own audit agrees."""
    yield from map(str, audit.check(now=clock.now()))


TRUTHS: tuple[Callable[[Outcome], Iterator[str]], ...] = (
    nothing_is_open,
    what_is_unknown_resolves_by_itself,
    nobody_pays_twice,
    stripe_is_in_the_books,
    the_bank_is_in_the_books,
    banks_are_followed,
    the_balance_is_what_was_not_paid,
    who_was_shown_success_was_charged_once,
    who_was_shown_failure_was_not_charged,
    who_was_declined_had_a_card_declined,
    only_who_asked_gave_up,
    nobody_can_pay_what_was_given_up,
    who_was_thanked_had_paid,
    an_answer_is_about_what_was_asked,
    every_refund_went_once,
    no_more_goes_back_than_came,
    one_intent_serves_all_tries,
    every_payment_has_one_receipt,
)
OF_ALL: tuple[Callable[[Evidence], Iterator[str]], ...] = (
    no_mail_arrives_twice,
    every_task_ended_well,
    the_audit_finds_nothing,
)


# What it means for a cent when one of these does not hold.
MEANING = {
    "lost": (
        "stripe_is_in_the_books",
        "the_bank_is_in_the_books",
        "banks_are_followed",
        "the_balance_is_what_was_not_paid",
        "every_refund_went_once",
    ),
    "doubled": ("nobody_pays_twice", "nobody_can_pay_what_was_given_up", "who_was_shown_success_was_charged_once"),
    "unknown": ("nothing_is_open", "what_is_unknown_resolves_by_itself"),
}


class Broken(AssertionError):
    """Truths that do not hold. `truths` are their names, `seeds` the histories: all of them where none is to blame."""

    def __init__(self, broken: Sequence[tuple[str, str]], histories: Sequence[History]) -> None:
        super().__init__("\n".join(f"{truth}: {what}" for truth, what in broken))
        self.truths = {truth for truth, _ in broken}
        self.histories = histories


def require(histories: Sequence[History], evidence: Evidence) -> list[Outcome]:
    """Return what came of a batch. Raises Broken when a truth does not hold."""
    outcomes = [Outcome(history, evidence) for history in histories]
    broken = {
        outcome.history.seed: [(truth.__name__, what) for truth in TRUTHS for what in truth(outcome)]
        for outcome in outcomes
    }
    of_all = [(truth.__name__, what) for truth in OF_ALL for what in truth(evidence)]
    if found := [*(each for of_one in broken.values() for each in of_one), *of_all]:
        to_blame = [history for history in histories if broken[history.seed]]
        raise Broken(found, to_blame or histories)
    return outcomes
