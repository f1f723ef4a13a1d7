"""What must be true of the bank's account, whatever its statements showed and in whichever order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import text

from server.core.database import transaction
from server.payments.rules import GIVEN_BACK, Method
from server.statements.rules import LineStatus
from tests.simulation.evidence import Outcome

_AT_THE_BANK = """
SELECT a.currency,
       sum(CASE WHEN t.debit_account_id = a.id THEN t.amount_minor ELSE -t.amount_minor END)::bigint AS minor
FROM ledger_transfers t JOIN ledger_entries e ON e.id = t.entry_id
JOIN ledger_accounts a ON a.kind = 'bank' AND a.id IN (t.debit_account_id, t.credit_account_id)
WHERE e.about = ANY(:about) GROUP BY a.currency
"""


def the_bank_is_in_the_books(outcome: Outcome) -> Iterator[str]:
    """What the bank shows counts once, however often it is taken in and whoever told of it before: in each currency the
    books have what came by transfer, with what the bank has not shown yet, less what went."""
    about = [*outcome.invoices, *(line.id for line in outcome.lines), *(payout.id for payout in outcome.payouts)]
    with transaction() as session:
        booked = {row.currency: row.minor for row in session.execute(text(_AT_THE_BANK), {"about": about})}
    expected: Counter[str] = Counter()
    for moved in outcome.history.moved:
        expected[moved.currency] += moved.signed_minor
    for currency, minor in _beside_the_statement(outcome):
        expected[currency] += minor
    for currency in sorted({*expected, *booked}):
        if expected[currency] != booked.get(currency, 0):
            yield f"{currency}: {expected[currency]} at the bank, {booked.get(currency, 0)} in the books"


def _beside_the_statement(outcome: Outcome) -> Iterator[tuple[str, int]]:
    """What the books have of the bank, above 0 where it came, that the bank does not show; what they do not have of
    what it took is above 0 too."""
    moved = {each.name: each for each in outcome.history.moved}
    written_down = {each.written_down for each in moved.values()}
    undone = {each.undoes for each in moved.values()}
    by_line = {line.payment_id: line.bank_reference for line in outcome.lines if line.status is LineStatus.MATCHED}
    for payment_id, payment in outcome.payments.items():
        if payment["method"] == Method.BANK_TRANSFER and payment["status"] == "succeeded":
            if not payment["reversed_at"] and payment_id not in {*by_line, *written_down}:
                yield payment["currency"], payment["amount_minor"]
            if payment["reversed_at"] and payment_id in by_line and by_line[payment_id] not in undone:
                yield payment["currency"], -payment["amount_minor"]
    for taken_back in outcome.history.payments():
        yield taken_back.currency, -(taken_back.reversal_fee_minor or 0)
    for refund in outcome.refunds.values():
        method = refund["by_hand"] or outcome.payments[refund["payment_id"]]["method"]
        if method in (Method.BANK_TRANSFER, Method.CHEQUE) and refund["status"] in GIVEN_BACK:
            yield refund["currency"], -refund["amount_minor"]
    for payout in outcome.payouts:
        if payout.paid_at:
            yield payout.currency, -payout.amount_minor
    came = {line.bank_reference: line for line in outcome.lines if line.is_credit}
    for line in outcome.lines:  # what was held came back when it was spent
        undoes = moved[line.bank_reference].undoes
        if line.status is LineStatus.IGNORED and undoes and came[undoes].status is LineStatus.CREDITED:
            yield line.currency, line.amount_minor
