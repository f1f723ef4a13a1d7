"""What the office decides: about refunds and payouts that wait, and about what the bank shows."""

from __future__ import annotations

from functools import partial

from server.payments.models import CreditPayout, Refund
from server.payments.rules import RefundStatus
from server.statements.models import BankLine
from server.statements.rules import LineStatus
from tests.simulation.history import Ask, History, account_of, done
from tests.simulation.statements import Moved, as_camt, as_csv
from tests.simulation.world import BANK_ACCOUNTS


def decide(history: History, refund: Refund) -> str:
    """A supervisor agrees, or does not; nothing waits for them where the refund is under way. What waits for a card
    at a reader is called off."""
    verdict = history.random.choice(("approval", "rejection"))
    if refund.status is RefundStatus.WAITING:
        verdict = "cancellation"
    post = partial(history.supervisor.post, f"/refunds/{refund.id}/{verdict}")
    return history.do(Ask(f"{verdict} of {refund.id}", refund.id, post))


def is_undecided(payout: CreditPayout) -> bool:
    """Whether a payout waits for a second person."""
    return payout.status is RefundStatus.AWAITING_APPROVAL


def decide_payout(history: History, payout: CreditPayout) -> str:
    """A supervisor agrees, or does not."""
    verdict = history.random.choice(("approval", "approval", "rejection"))
    post = partial(history.supervisor.post, f"/credit_payouts/{payout.id}/{verdict}")
    asked = Ask(f"{verdict} of {payout.id}", "", post)
    return history.together(asked, asked) if history.random.random() < 0.2 else history.do(asked)


# --- What the bank shows ---------------------------------------------------------------------------------------------


def take_in(history: History) -> str:
    """Take in what the bank shows that we have not seen; now and then twice, in the same moment, or with all that we
    have seen."""
    seen = {line.bank_reference for line in history.bank_lines()}
    words = []
    for currency in sorted({each.currency for each in history.moved if each.name not in seen}):
        asked = statement(history, currency)
        again = history.random.choice(("", "", "", "same", "at once", "anew"))
        words.append(history.together(asked, asked) if again == "at once" else history.do(asked))
        if again in ("same", "anew"):
            words.append(history.do(asked if again == "same" else statement(history, currency)))
    return "; ".join(words)


def take_all_in(history: History) -> list[str]:
    """Take in all that the bank ever showed, once more."""
    return [history.do(statement(history, currency)) for currency in sorted({each.currency for each in history.moved})]


def statement(history: History, currency: str) -> Ask:
    """All that the bank shows of an account since some day."""
    all_of_it = [each for each in history.moved if each.currency == currency]
    seen = {line.bank_reference for line in history.bank_lines()}
    fresh = [each for each in all_of_it if each.name not in seen]
    moved = history.random.choice((all_of_it, fresh or all_of_it))
    in_xml = any(each.undoes for each in moved) or history.random.random() < 0.5
    content = as_camt(moved, account=BANK_ACCOUNTS[currency]) if in_xml else as_csv(moved)
    post = partial(history.office.post, "/bank_statements", {"content": content, "currency": currency})
    names = ", ".join(each.name for each in moved)
    return Ask(f"statement of {currency}, {'camt' if in_xml else 'csv'}: {names}", "", post)


def decide_lines(history: History) -> list[str]:
    """Decide about every line that waits; say what was tried."""
    return [_decide(history, line) for line in history.bank_lines() if is_waiting(line)]


def is_waiting(line: BankLine) -> bool:
    return line.status is LineStatus.WAITING


def _decide(history: History, line: BankLine) -> str:
    """A transfer that was written down is that one; another pays what is owed, or is held for a customer. Now and then
    two people decide in the same moment."""
    moved = next(each for each in history.moved if each.name == line.bank_reference)
    if moved.undoes:
        return _undo(history, line, moved)
    stands = {each.id for each in history.payments() if each.reversed_at is None}
    shown = {each.payment_id for each in history.bank_lines()}
    if moved.written_down in stands - shown:
        wanted = {"payment_id": moved.written_down}
        post = partial(history.office.post, f"/bank_lines/{line.id}/recognition", wanted)
        return history.do(Ask(f"{line.bank_reference} is {moved.written_down}", "", post))
    held = hold(history, line)
    owing = [each for each in history.invoices if each["currency"] == line.currency and history.owed_minor(each) > 0]
    if not owing or history.random.random() < 0.4:
        return history.do(held)
    first = history.random.choice(owing)
    theirs = [each for each in owing if account_of(each) == account_of(first)]
    invoice_ids = [each["id"] for each in history.random.choice((theirs, [first]))]
    assign = partial(history.office.post, f"/bank_lines/{line.id}/assignment", {"invoice_ids": invoice_ids})
    pays = Ask(f"{line.bank_reference} pays {' and '.join(invoice_ids)}", "", assign)
    return history.together(pays, held) if history.random.random() < 0.2 else history.do(pays)


def hold(history: History, line: BankLine) -> Ask:
    customer_id = history.random.choice(history.invoices)["customer_id"]
    post = partial(history.office.post, f"/bank_lines/{line.id}/credit", {"customer_id": customer_id})
    return Ask(f"{line.bank_reference} is held for {customer_id}", "", post)


def withdraw_credit(history: History, customer_id: str, currency: str) -> list[str]:
    """What credit paid is credit again; say what was tried."""
    used = done(history.office.get(f"/customers/{customer_id}/credit"))["applications"]
    standing = [each for each in used if each["withdrawn_at"] is None and each["currency"] == currency]
    words = []
    for each in standing:
        path = f"/customers/{customer_id}/credit/applications/{each['application_id']}/withdrawal"
        asked = Ask(f"{each['amount_minor']} is credit again", "", partial(history.office.post, path))
        words.append(history.together(asked, asked) if history.random.random() < 0.2 else history.do(asked))
    return words


def _undo(history: History, line: BankLine, moved: Moved) -> str:
    """What came back and is not taken back by itself: by hand where it paid something, out of the credit where it was
    held; then, or where that was spent, the line is left alone."""
    came = next((each for each in history.bank_lines() if each.bank_reference == moved.undoes), None)
    if came is None or is_waiting(came):
        return f"{line.bank_reference} waits for {moved.undoes}"
    payment = next((each for each in history.payments() if each.id == came.payment_id), None)
    words = []
    if payment is None:
        post = partial(history.office.post, f"/bank_lines/{line.id}/credit", {"customer_id": came.customer_id})
        gone = Ask(f"{line.bank_reference} is held no longer", "", post)
        words.append(history.do(gone))
        if not words[-1].endswith("done") and history.random.random() < 0.5:
            words += [*withdraw_credit(history, came.customer_id or "", line.currency), history.do(gone)]
        if words[-1].endswith("done"):
            return "; ".join(words)
    elif payment.reversed_at is None:
        wanted = {"reversal_id": f"rev_{line.id}", "reason": "The bank returned it"}
        reverse = partial(history.office.post, f"/payments/{payment.id}/reversal", wanted)
        words.append(history.do(Ask(f"reverse {payment.id}", payment.id, reverse)))
        if "refused" in words[-1]:
            return words[-1]
    dismiss = partial(history.office.post, f"/bank_lines/{line.id}/dismissal", {"reason": "It is in the books"})
    return "; ".join([*words, history.do(Ask(f"{line.bank_reference} is left alone", "", dismiss))])
