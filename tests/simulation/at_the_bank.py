"""What the bank shows and the office takes in: transfers that name an invoice or nothing, that somebody wrote down
before, that come back; and money that is held for a customer, and goes back to them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from server.core import clock
from server.invoices.rules import rf_reference
from server.payments.rules import Status
from tests.simulation.desk import decide_lines, decide_payout, hold, is_undecided, is_waiting, statement, take_in
from tests.simulation.history import Ask, History, Json, account_of, done
from tests.simulation.statements import Moved
from tests.simulation.verbs import verb

HOME = "America/Toronto"
KINDS = ("reference", "reference", "number", "nothing", "written_down", "written_down", "written_down")


@verb(6)
def take_a_statement_in(history: History) -> str:
    """The bank shows a transfer or two; most of the time the office decides at once about what waits."""
    words = [_transfer(history, history.random.choice(KINDS)) for _ in range(history.random.choice((1, 1, 2)))]
    words.append(take_in(history))
    if history.random.random() < 0.7:
        words += decide_lines(history)
    return "; ".join(words)


@verb(1, deadly=True)
def kill_the_web_over_a_statement(history: History) -> str:
    """kill -9 of what serves requests, while it takes a statement in."""
    told = _transfer(history, history.random.choice(KINDS))
    if not history.moved:
        return f"no statement: {told}"
    died = history.while_it_dies(statement(history, history.moved[-1].currency), history.world.kill_web)
    return f"{told}; web: {died}"


@verb(3)
def a_transfer_comes_back(history: History) -> str:
    """The customer's bank takes a transfer back; the statement says so."""
    undone = {each.undoes for each in history.moved}
    there = [each for each in history.moved if not each.undoes and each.name not in undone]
    if not there:
        return "no transfer to come back"
    back = history.random.choice(there)
    name = _name(history)
    day = clock.local_date(clock.now(), HOME)
    history.moved.append(
        Moved(name=name, currency=back.currency, amount_minor=back.amount_minor, day=day, undoes=back.name)
    )
    words = [f"{name}: {back.name} comes back", take_in(history)]
    if history.random.random() < 0.5:
        words += decide_lines(history)
    return "; ".join(words)


@verb(2)
def pay_out_what_is_held(history: History) -> str:
    """Money that is held for a customer is transferred to them, all of it, a part or a cent more; where none is held,
    some comes now. Now and then it is asked for twice, or spent on an invoice in the same moment."""
    words = []
    if not _held(history):
        words += [_transfer(history, "nothing"), take_in(history)]
        written_down = {each.name for each in history.moved if each.written_down}
        waiting = [line for line in history.bank_lines() if is_waiting(line) and line.is_credit]
        words += [history.do(hold(history, line)) for line in waiting if line.bank_reference not in written_down]
    held = _held(history)
    if not held:
        return f"nothing is held; {'; '.join(words)}"
    (customer_id, currency), held_minor = history.random.choice(list(held.items()))
    first = _new_payout(history, customer_id, currency, held_minor)
    beside: dict[str, Callable[[], Ask]] = {
        "same": lambda: first,
        "another": lambda: _new_payout(history, customer_id, currency, held_minor),
        "use": lambda: _use(history, customer_id, currency, held_minor),
    }
    second = history.random.choice(("", "", *beside))
    words.append(history.together(first, beside[second]()) if second else history.do(first))
    if history.random.random() < 0.5:
        words += [decide_payout(history, payout) for payout in history.payouts() if is_undecided(payout)]
    return "; ".join(words)


# --- What comes, and what goes back ---------------------------------------------------------------------------------


def _transfer(history: History, kind: str) -> str:
    """A customer transfers money: what the bank will say of it names an invoice by its reference or its number, or
    nothing; or somebody writes it down before the bank shows it."""
    invoice = history.any_invoice() if kind == "written_down" else history.random.choice(history.invoices)
    currency, number = invoice["currency"], invoice["number"]
    name, words, written_down = _name(history), "", ""
    amount_minor = _amount(history, invoice)
    if kind == "written_down":
        asked = history.new_attempt("bank_transfer", invoice, who=history.office)
        words = history.do(asked)
        known = [each for each in history.payments() if each.id == asked.about and each.status is Status.SUCCEEDED]
        if not known:
            return words
        amount_minor, written_down = known[0].amount_minor, asked.about
        kind = history.random.choice(("reference", "reference", "number", "nothing"))
    reference = (rf_reference(number) or "") if kind == "reference" else ""
    text = f"Invoice {number}" if kind == "number" else "Thank you"
    history.moved.append(
        Moved(
            name=name,
            currency=currency,
            amount_minor=amount_minor,
            day=clock.local_date(clock.now(), HOME),
            reference=reference,
            text=text,
            written_down=written_down,
        )
    )
    return f"{words + ', ' if words else ''}{name}: {amount_minor} {currency} by transfer, {kind} of {number}"


def _amount(history: History, invoice: Json) -> int:
    """All that is owed, a part of it, or more; never what somebody has written down, or it would be that."""
    owed_minor = max(history.owed_minor(invoice), 1)
    part_minor = history.random.randint(1, owed_minor)
    amount_minor = history.random.choice((owed_minor, owed_minor, part_minor, owed_minor + part_minor))
    by_hand = {each.amount_minor for each in history.payments() if each.method == "bank_transfer"}
    return next(minor for minor in range(amount_minor, amount_minor + len(by_hand) + 1) if minor not in by_hand)


def _name(history: History) -> str:
    return f"T-{history.seed}-{len(history.moved) + 1}"


# --- What goes out again --------------------------------------------------------------------------------------------


def _held(history: History) -> dict[tuple[str, str], int]:
    """What may be paid out, by customer and currency."""
    customers = {line.customer_id for line in history.bank_lines() if line.customer_id}
    known = {each: done(history.office.get(f"/customers/{each}/credit")) for each in sorted(customers)}
    return {(each, currency): minor for each, said in known.items() for currency, minor in said["held"].items()}


def _new_payout(history: History, customer_id: str, currency: str, held_minor: int) -> Ask:
    history.payouts_asked += 1
    amount_minor = history.random.choice((held_minor, history.random.randint(1, held_minor), held_minor + 1))
    payout_id = f"cpo_{history.seed}_{history.payouts_asked}"
    said = {"payout_id": payout_id, "reason": "Paid us by mistake", "reference": payout_id}
    wanted = {**said, "amount_minor": amount_minor, "currency": currency}
    post = partial(history.office.post, f"/customers/{customer_id}/credit/payouts", wanted)
    return Ask(f"{payout_id}: {amount_minor} of {held_minor} {currency} to {customer_id}", "", post)


def _use(history: History, customer_id: str, currency: str, held_minor: int) -> Ask:
    """Spend it on an invoice, of theirs where there is one in that currency."""
    invoice = max(history.invoices, key=lambda each: (account_of(each) == (customer_id, currency), each["id"]))
    wanted = {"application_id": f"app_{history.seed}_payout_{history.payouts_asked}", "invoice_id": invoice["id"]}
    minor = history.random.choice((held_minor, max(min(held_minor, history.owed_minor(invoice)), 1)))
    post = partial(
        history.office.post, f"/customers/{customer_id}/credit/applications", {**wanted, "amount_minor": minor}
    )
    return Ask(f"{minor} of it pays {invoice['id']}", "", post)
