"""What becomes of money after it came: banks take it back, cheques bounce, credit is used, cash is handed over."""

from __future__ import annotations

from functools import partial

from server.payments.rules import Status
from tests.simulation.desk import withdraw_credit
from tests.simulation.history import Ask, History, account_of, done
from tests.simulation.people import Answer
from tests.simulation.verbs import verb


@verb(6)
def a_bank_takes_it_back(history: History) -> str:
    """The customer's bank takes a card payment back, all of it or a part, or only asks."""
    charged = [payment for payment in history.payments() if payment.stripe_charge_id and payment.card_brand]
    charged = [payment for payment in charged if payment.card_kind in ("card", "card_present")]
    if not charged:
        return "no payment to dispute"
    payment = history.random.choice(charged)
    wanted = {"charge": payment.stripe_charge_id, "inquiry": history.random.random() < 0.2}
    dispute = history.world.ask_sandbox("disputes", wanted)
    if dispute is None:
        return f"{payment.id} cannot be disputed"
    history.disputes.append(dispute["id"])
    return f"{payment.id}: the bank takes it back, inquiry {wanted['inquiry']}"


@verb(3)
def a_bank_decides(history: History) -> str:
    """A dispute is won or lost, or an inquiry ends, or becomes a dispute."""
    if not history.disputes:
        return "no dispute to decide"
    number = history.random.randrange(len(history.disputes))
    outcome = history.random.choice(("won", "lost", "closed", "escalated"))
    did = history.world.ask_sandbox(f"disputes/{history.disputes[number]}/{outcome}", {})
    return f"dispute {number + 1}: {outcome}: {'not possible' if did is None else 'done'}"


@verb(1)
def answer_the_bank(history: History) -> str:
    """The supervisor hands the evidence in, or gives in."""
    if not history.disputes:
        return "no dispute to answer"
    number = history.random.randrange(len(history.disputes))
    verdict = history.random.choice(("submission", "acceptance"))
    answer = history.supervisor.post(f"/chargebacks/{history.disputes[number]}/{verdict}", {})
    return f"{verdict} of dispute {number + 1}: {_told(answer)}"


@verb(2)
def a_bank_returns_a_debit(history: History) -> str:
    """A debit that had succeeded comes back."""
    if not history.pages:
        return "no debit to return"
    page = history.random.choice(history.pages)
    did = history.world.customer(f"checkout/{page}", {"outcome": "return", "reason": "insufficient_funds"})
    return f"page {history.pages.index(page) + 1}: the debit comes back: {'done' if did else 'not possible'}"


@verb(2)
def a_cheque_bounces(history: History) -> str:
    """What was recorded by hand turns out never to have come."""
    by_hand = [
        payment
        for payment in history.payments()
        if payment.status is Status.SUCCEEDED and payment.method in ("cash", "cheque", "bank_transfer")
    ]
    if not by_hand:
        return "nothing to reverse"
    payment = history.random.choice(by_hand)
    wanted = {"reversal_id": f"rev_{payment.id}", "reason": "NSF", "fee_minor": history.random.choice((0, 4500))}
    post = partial(history.office.post, f"/payments/{payment.id}/reversal", wanted)
    asked = Ask(f"reverse {payment.id}", payment.id, post)
    return history.together(asked, asked) if history.random.random() < 0.3 else history.do(asked)


@verb(3)
def use_credit(history: History) -> str:
    """What is held for a customer pays an invoice of theirs, or goes back to them; what it paid is credit again."""
    customers = sorted({invoice["customer_id"] for invoice in history.invoices})
    known = {each: done(history.office.get(f"/customers/{each}/credit")) for each in customers}
    customer_id, currency = max(history.accounts, key=lambda each: known[each[0]]["credit"].get(each[1], 0))
    credit_minor = known[customer_id]["credit"].get(currency, 0)
    sources = [source for source in known[customer_id]["sources"] if source["currency"] == currency]
    if not credit_minor or history.random.random() < 0.15:
        again = [each for of in history.accounts for each in withdraw_credit(history, *of)]
        return "; ".join(again) or "nothing to use: nobody has credit"
    account, number = f"/customers/{customer_id}/credit", f"{history.seed}_{len(history.steps)}"
    amount_minor = history.random.choice((credit_minor, history.random.randint(1, credit_minor), credit_minor + 1))
    if history.random.random() < 0.6 or not sources:
        theirs = [invoice for invoice in history.invoices if account_of(invoice) == (customer_id, currency)]
        invoice = max(theirs, key=history.owed_minor)
        wanted = {"application_id": f"app_{number}", "invoice_id": invoice["id"], "amount_minor": amount_minor}
        answer = history.office.post(f"{account}/applications", wanted)
        return f"{amount_minor} of {credit_minor} credit used on {invoice['number']}: {_told(answer)}"
    refund = {"refund_id": f"ref_credit_{number}", "payment_id": sources[0]["payment_id"]}
    by_hand = history.random.choice(({}, {}, {"by_hand": "cash"}))
    body = {**refund, **by_hand, "amount_minor": amount_minor, "reason": "Too much"}
    post = partial(history.office.post, f"{account}/refunds", body)
    refund_id = refund["refund_id"]
    return history.do(Ask(f"{refund_id}: {amount_minor} of {credit_minor} credit back", refund_id, post))


@verb(1)
def hand_the_float_over(history: History) -> str:
    """A technician hands cash over; the office counts it, or sends it back."""
    place = history.random.randrange(2)
    amount_minor = history.random.randint(100, 20_000)
    currency = history.random.choice(history.accounts)[1]
    handover_id = f"hnd_{history.seed}_{len(history.steps)}"
    wanted = {"handover_id": handover_id, "amount_minor": amount_minor, "currency": currency}
    handed = _told(history.phones[place].post("/cash/handovers", wanted))
    counted = {"counted_minor": amount_minor - history.random.choice((0, 0, 100)), "reason": "A toll"}
    verdict, body = history.random.choice((("countersignature", counted), ("rejection", {"reason": "Not here"})))
    decided = _told(history.office.post(f"/cash/handovers/{handover_id}/{verdict}", body))
    return f"{amount_minor} is handed over: {handed}; {verdict}: {decided}"


@verb(2)
def hold_a_reader(history: History) -> str:
    """Somebody holds a reader, lets go of it, or takes it over."""
    reader = history.random.choice(history.readers)
    who = history.random.choice((*history.phones[:2], history.office))
    number = history.readers.index(reader) + 1
    if history.random.random() < 0.4:
        return f"reader {number} is let go: {_told(who.delete(f'/readers/{reader}/lease'))}"
    answer = who.post(f"/readers/{reader}/lease", {})
    if answer.ok:
        history.fences[reader] = answer.said["lease"]["fence"]
    return f"reader {number} is held: {_told(answer)}"


def _told(answer: Answer) -> str:
    return "done" if answer.ok else f"refused, {answer.said.get('code')}"
