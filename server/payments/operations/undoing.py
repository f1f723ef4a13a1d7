"""Book that money of a payment leaves again: out of the credit it left, then out of what it paid."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from server.core import ids
from server.customers import queries as customers
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.invoices.rules import REQUESTS
from server.ledger import queries as books
from server.ledger.operations import Move
from server.ledger.rules import Kind
from server.payments import queries, rules
from server.payments.models import Payment, Refund
from server.payments.operations.collecting import entry_id


def moves(
    session: Session, payment: Payment, amount_minor: int, *, tip_minor: int = 0, source: tuple[Kind, str]
) -> list[Move]:
    """Return the moves by which an amount leaves `source`: `tip_minor` of it is of the tip; of the rest first goes the
    credit that this very payment left with the customer, as far as it is not spent; then what it paid is owed again,
    the invoice that was paid last first. What is more than all that is of the tip too."""
    covered = queries.list_covered(session, payment)
    lead, about = covered[0], entry_ids(session, payment)
    customers.lock_credit(session, lead.customer_id)
    credit_minor = min(amount_minor - tip_minor, credit_left(session, payment))
    # What a deposit paid was taken by the invoice of the work, once there is one: that one is owed again.
    owes = invoices.list_finals(session, payment.parts)
    paid: dict[str, int] = {}
    for each in (*(invoice.id for invoice in covered), *_finals(session, payment)):
        went_minor = books.moved(session, Kind.RECEIVABLE, each, payment.currency, entry_ids=about)
        paid[owes.get(each, each)] = paid.get(owes.get(each, each), 0) - went_minor
    reopened = rules.give_back(amount_minor - tip_minor - credit_minor, paid=paid)
    elsewhere_minor = amount_minor - tip_minor - credit_minor - sum(reopened.values())
    tips_minor = books.moved(session, Kind.TIPS, payment.tip_for, payment.currency, entry_ids=about) - tip_minor
    more_tip_minor = min(elsewhere_minor, max(tips_minor, 0))
    return [
        Move(credit_minor, debit=(Kind.CUSTOMER_CREDIT, lead.customer_id), credit=source),
        *(Move(minor, debit=(Kind.RECEIVABLE, each), credit=source) for each, minor in reopened.items()),
        Move(tip_minor + more_tip_minor, debit=(Kind.TIPS, payment.tip_for), credit=source),
        Move(elsewhere_minor - more_tip_minor, debit=(Kind.RECEIVABLE, owes.get(lead.id, lead.id)), credit=source),
    ]


def moves_back(
    session: Session, payment: Payment, amount_minor: int, *, undone: Sequence[str], source: tuple[Kind, str]
) -> list[Move]:
    """Return the moves by which an amount is there again that the entries `undone` took away: what was of the tip is
    so again, what was the customer's credit too, the rest pays what was owed again; what somebody has paid meanwhile
    is credit too."""
    covered = queries.list_covered(session, payment)
    customer, currency = covered[0].customer_id, payment.currency

    def taken(kind: Kind, owner: str, most_minor: int) -> int:
        return min(max(-books.moved(session, kind, owner, currency, entry_ids=undone), 0), most_minor)

    tip_minor = taken(Kind.TIPS, payment.tip_for, amount_minor)
    credit_minor = taken(Kind.CUSTOMER_CREDIT, customer, amount_minor - tip_minor)
    owing = [*covered, *(session.get_one(Invoice, each) for each in _finals(session, payment))]
    reopened = {each.id: books.moved(session, Kind.RECEIVABLE, each.id, currency, entry_ids=undone) for each in owing}
    balances = {each.id: invoices.balance_of(session, each) for each in owing}
    # A deposit that was given back and withdrawn since owes nothing any more: the work does.
    parts = rules.follow(reopened, invoices.list_finals(session, payment.parts))
    went = rules.split(amount_minor - tip_minor - credit_minor, parts=parts, balances=balances)
    return [
        *(Move(minor, debit=source, credit=(Kind.RECEIVABLE, each)) for each, minor in went.settled_minor.items()),
        Move(credit_minor + went.beyond_minor, debit=source, credit=(Kind.CUSTOMER_CREDIT, customer)),
        Move(tip_minor, debit=source, credit=(Kind.TIPS, payment.tip_for)),
    ]


def settle_invoices(session: Session, payment: Payment) -> int:
    """Make the status of a payment's invoices follow the ledger; return what they owe together, in minor units."""
    finals = [session.get_one(Invoice, each) for each in _finals(session, payment)]
    covered = [*queries.list_covered(session, payment), *finals]
    return sum(invoice_operations.settle_status(session, each) for each in covered)


def _finals(session: Session, payment: Payment) -> list[str]:
    """Return the invoices that took the deposits a payment paid: these owe again what goes back of it."""
    return sorted(set(invoices.list_finals(session, payment.parts).values()) - payment.parts.keys())


def refund_entry_ids(refund: Refund) -> tuple[str, str]:
    """Return the ids of a refund's entries: of the money that went, and of its coming back."""
    return ids.derived("ent", "refunded", refund.id), ids.derived("ent", "refund_returned", refund.id)


def entry_ids(session: Session, payment: Payment) -> list[str]:
    """Return the entries of a payment, of its refunds and of its chargebacks."""
    given = queries.list_refunds(session, [payment.id])
    by_the_bank = books.list_entry_ids(session, Kind.CHARGEBACKS, payment.id)
    return [entry_id(payment), *(each for refund in given for each in refund_entry_ids(refund)), *by_the_bank]


def credit_given(session: Session, payment: Payment) -> int:
    """Return the credit that a payment, its returned refunds and its won chargebacks gave the customer and none took
    again; of deposits what was paid beyond the work, and of invoices what was paid and then taken off them, by this
    payment and whichever others paid the same."""
    covered = queries.list_covered(session, payment)
    asked = [each.id for each in covered if each.kind in REQUESTS]
    beyond = invoices.deposits_beyond(session, asked) if asked else {}
    works = [session.get_one(Invoice, each) for each in _finals(session, payment)] if asked else []
    taken_off = invoices.credited_beyond(session, [*covered, *works])
    shared = {*beyond, *taken_off}
    if taken_off:
        jobs = [each.job_id for each in (*covered, *works) if each.id in taken_off]
        shared |= {each.id for each in invoices.list_requests(session, jobs)}
    # One that came late for these was taken by the invoice of the work itself.
    asked_for = queries.list_for_invoices(session, sorted(shared)) if shared else []
    paid_it = [each for each in asked_for if each.parts.keys() & shared] or [payment]
    about = [entry for each in paid_it for entry in entry_ids(session, each)]
    given_minor = books.moved(
        session, Kind.CUSTOMER_CREDIT, covered[0].customer_id, payment.currency, entry_ids=about
    ) + sum((*beyond.values(), *taken_off.values()))
    return max(min(given_minor, payment.amount_minor), 0)


def credit_left(session: Session, payment: Payment) -> int:
    """Return what of that credit is not spent."""
    customer_id = queries.list_covered(session, payment)[0].customer_id
    held_minor = books.balance_of(session, Kind.CUSTOMER_CREDIT, customer_id, payment.currency)
    return max(min(credit_given(session, payment), held_minor), 0)
