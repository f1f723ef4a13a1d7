"""What must hold of cases, steps, plans, books and the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from server.audit import queries as audit
from server.dunning import queries, rules
from server.dunning.models import Action, Case, TreatmentPlan
from server.dunning.rules import FINAL, ActionStatus
from server.evidence import queries as evidence
from server.invoices.models import Invoice
from server.late_charges.models import LateCharge
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.reports.queries.numbers import aging
from tests.simulation.chasing.town import HOME
from tests.simulation.chasing.watch import Watch

_TWICE = text(
    "SELECT customer_id || ' ' || currency FROM dunning_cases WHERE closed_at IS NULL"
    " GROUP BY customer_id, currency HAVING count(*) > 1"
)
# What belongs before the due date lapses, whatever became of it: it is not made up for.
_CONSUMED = text(
    "SELECT a.id FROM dunning_actions a JOIN dunning_cases c ON c.id = a.case_id AND c.plan_id = a.plan_id"
    " AND c.cycle = a.cycle WHERE a.status = 'failed' AND c.closed_at IS NULL AND a.step > 0"
    " AND c.step >= a.step"
)
_UNCLOSED = text(
    "SELECT c.id FROM dunning_cases c WHERE c.closed_at IS NULL AND NOT EXISTS (SELECT FROM invoices i"
    " WHERE i.customer_id = c.customer_id AND i.status IN ('issued', 'partly_paid'))"
)
_ALONE = text(
    "SELECT t.id FROM dunning_transitions t WHERE t.to_status = 'referred' AND t.moved_by NOT LIKE 'staff:%'"
    " UNION ALL SELECT id FROM write_offs WHERE status = 'booked'"
    "  AND (asked_by = decided_by OR asked_by NOT LIKE 'staff:%' OR decided_by NOT LIKE 'staff:%')"
    " UNION ALL SELECT c.id FROM dunning_cases c WHERE c.closed_because = 'written_off' AND NOT EXISTS ("
    "  SELECT FROM write_offs w WHERE w.customer_id = c.customer_id AND w.status = 'booked')"
)
_HIDDEN = text(
    "SELECT l.id FROM late_charges l JOIN invoices i ON i.id = l.charge_invoice_id JOIN ledger_accounts a"
    " ON a.kind = 'receivable' AND a.owner = i.id WHERE l.status = 'posted' AND i.status NOT IN"
    " ('issued', 'partly_paid') AND (SELECT sum(CASE WHEN t.debit_account_id = a.id THEN t.amount_minor ELSE"
    " -t.amount_minor END) FROM ledger_transfers t WHERE a.id IN (t.debit_account_id, t.credit_account_id)) > 0"
)


def the_books_the_pages_and_the_aging_agree(watch: Watch, session: Session) -> Iterator[str]:
    """sum(ledger) == balance shown == aging total, at any as-of date."""
    today = watch.town.today
    totals = {today: ledger.totals(session, Kind.RECEIVABLE).get("CAD", 0)}
    if earlier := [day for day in watch.ends if day < today]:
        day = watch.town.random.choice(earlier)
        totals[day] = watch.ends[day]
    for day, total in totals.items():
        found = aging(session, on=day, time_zone=HOME, today=today)
        aged = sum(each.total_minor for each in found if each.currency == "CAD")
        if aged != total:
            yield f"{day}: {total} in the books, {aged} aged"
    cases = list(queries.find_open_cases(session).values())
    shown = {each["customer_id"]: each["open_minor"] for each in queries.sheets(session, cases, today=today)}
    held = text(
        "SELECT i.customer_id, i.id FROM invoices i JOIN dunning_cases c ON c.customer_id = i.customer_id"
        " WHERE c.closed_at IS NULL AND i.status IN ('issued', 'partly_paid')"
    )
    owners = {invoice_id: customer_id for customer_id, invoice_id in session.execute(held)}
    booked: dict[str, int] = defaultdict(int)
    for invoice_id, by_currency in ledger.balances(session, Kind.RECEIVABLE, list(owners)).items():
        booked[owners[invoice_id]] += by_currency.get("CAD", 0)
    yield from (f"{who}: shown {minor}, booked {booked[who]}" for who, minor in shown.items() if minor != booked[who])


def one_open_case(_watch: Watch, session: Session) -> Iterator[str]:
    """One open case per customer+currency."""
    yield from session.scalars(_TWICE)


def firmer_and_without_a_jump(_watch: Watch, session: Session) -> Iterator[str]:
    """Severity never decreases inside a cycle; a formal step is never skipped by paying an older invoice (Kill Bill
    #2297)."""
    untaken = (ActionStatus.MISSED, ActionStatus.CANCELLED, ActionStatus.FAILED)
    wanted = select(Action, Case.customer_id).join(Case, Case.id == Action.case_id).where(Action.status.not_in(untaken))
    rows = session.execute(wanted.order_by(Action.acted_at)).all()
    warned = {customer_id for action, customer_id in rows if action.template in (FINAL, f"{FINAL}_call")}
    taken: dict[str, set[int]] = defaultdict(set)
    order: dict[tuple[str, int], list[int]] = defaultdict(list)
    for action, customer_id in rows:
        taken[customer_id].add(action.step)
        if action.status is ActionStatus.DONE:
            order[action.case_id, action.cycle].append(action.step)
        if action.channel == "referral" and customer_id not in warned:
            yield f"{action.id}: proposed without a final demand"
    for customer_id, steps in taken.items():
        formal = sorted(steps - {0})
        if formal != list(range(1, len(formal) + 1)):
            yield f"{customer_id}: steps {formal}"
    yield from (f"{key}: {steps}" for key, steps in order.items() if steps != sorted(steps))


def a_day_again_is_nothing(watch: Watch, _session: Session) -> Iterator[str]:
    """Re-running a day is a no-op."""
    if watch.again is not None and watch.again[0] != watch.again[1]:
        yield f"{watch.again[0]} became {watch.again[1]}"


def a_failed_send_does_not_consume_the_step(_watch: Watch, session: Session) -> Iterator[str]:
    """Failed send does not consume the step."""
    yield from session.scalars(_CONSUMED)


def a_kept_promise_closes_by_itself(watch: Watch, session: Session) -> Iterator[str]:
    """Promise kept early resumes nothing and closes by itself."""
    yield from (f"{case_id} is open, nothing is owed" for case_id in session.scalars(_UNCLOSED))
    balances = text("SELECT id, case_id, owed FROM promises WHERE status = 'pending'")
    for promise_id, case_id, owed in session.execute(balances):
        held = ledger.balances(session, Kind.RECEIVABLE, list(owed))
        if not any(by_currency.get("CAD", 0) > 0 for by_currency in held.values()):
            yield f"{promise_id} of {case_id} waits, all is paid"


def late_charges_stay_within_the_law(watch: Watch, session: Session) -> Iterator[str]:
    """fee <= clause, <= APR cap with all charges, 0 for FR consumer; interest follows declining balance; paying
    principal leaves fee visible until waived or paid."""
    yield from (f"{charge_id} is owed and hidden" for charge_id in session.scalars(_HIDDEN))
    until: dict[str, date] = {}
    for charge in session.scalars(select(LateCharge).order_by(LateCharge.invoice_id, LateCharge.from_on)):
        if charge.invoice_id in until and charge.from_on <= until[charge.invoice_id]:
            yield f"{charge.id} counts days again"
        until[charge.invoice_id] = charge.until_on
        if charge.id in watch.charged:
            continue
        watch.charged.add(charge.id)
        if charge.terms["row"] == "fr" and charge.terms["debtor"] == "consumer":
            yield f"{charge.id}: from a consumer of France"
        days = (charge.until_on - charge.from_on).days + 1
        ends = [charge.from_on + timedelta(days=number) for number in range(days)]
        owed = sum(max(_owed(session, charge.invoice_id, day), 0) for day in ends)
        if charge.interest_minor > int(owed * Decimal(12) / 36_500) + 1 or charge.fee_minor:
            yield f"{charge.id}: {charge.interest_minor} and {charge.fee_minor} for {owed} x days"


def _owed(session: Session, invoice_id: str, day: date) -> int:
    end = queries.end_of(day, time_zone=HOME)
    return ledger.balance_of(session, Kind.RECEIVABLE, invoice_id, "CAD", at=end)


def people_decide(_watch: Watch, session: Session) -> Iterator[str]:
    """Referral and write-off need a human; write-off two."""
    yield from session.scalars(_ALONE)


def it_opens_again_where_it_stopped(watch: Watch, session: Session) -> Iterator[str]:
    """Chargeback re-opens at the same cursor."""
    for case in session.scalars(select(Case)):
        cycle, step = watch.stopped.get(case.id, (case.cycle, None))
        if case.cycle == cycle + 1 and step is not None and case.step is not None and case.step < step:
            yield f"{case.id}: stopped at {step}, goes on at {case.step}"
        if case.closed_at is not None:
            watch.stopped[case.id] = (case.cycle, case.step)


def what_was_done_stays(watch: Watch, session: Session) -> Iterator[str]:
    """Plan edits never change past actions."""
    for action in session.scalars(select(Action).where(Action.status == ActionStatus.DONE)):
        said = (action.plan_id, action.cycle, action.step, action.channel, action.template, action.acted_at)
        if watch.done.setdefault(action.id, said) != said:
            yield f"{action.id}: {watch.done[action.id]} became {said}"
    for plan in session.scalars(select(TreatmentPlan)):
        held = (plan.basis, plan.min_gap_days, str(plan.steps), str(plan.modifiers))
        if watch.plans.setdefault(plan.id, held) != held:
            yield f"{plan.id} changed"
    gone = watch.done.keys() - set(session.scalars(select(Action.id).where(Action.status == ActionStatus.DONE)))
    yield from (f"{action_id} is done no more" for action_id in gone)


def at_net_30_both_plans_are_one(watch: Watch, session: Session) -> Iterator[str]:
    """Net-30: invoice-date plan == due-date plan."""
    article, twin = rules.plans()
    invoices = queries.list_open(session, queries.of_open_cases())
    cases = queries.find_open_cases(session)
    debts = queries.debts_of(session, invoices, cases, today=watch.town.today)
    for debtor, debt in debts.items():
        if (debt.due_on - debt.issued_on).days == 30:
            one, other = (rules.planned(debt, plan, today=watch.town.today) for plan in (article, twin))
            windows = [(each.step.seq, each.opens_on, each.closes_on) if each else None for each in (one, other)]
            if windows[0] != windows[1]:
                yield f"{debtor}: {windows}"


def a_dry_run_says_what_the_real_one_does(watch: Watch, _session: Session) -> Iterator[str]:
    """Dry run(date) == real run(date)."""
    if watch.runs is not None and watch.runs[0] != watch.runs[1]:
        yield f"dry {watch.runs[0] - watch.runs[1]}, real {watch.runs[1] - watch.runs[0]}"


def the_log_holds_and_the_proof_is_the_same_twice(watch: Watch, session: Session) -> Iterator[str]:
    """Log chain verifies; evidence pack reproducible byte for byte."""
    if not watch.is_end:
        return
    yield from (f"{each.subject_id}: {each.found}" for each in audit.list_wrong_log(session, now=watch.town.now))
    ids = session.scalars(select(Invoice.id).order_by(Invoice.id)).all()
    invoice_id = watch.town.random.choice(ids)
    if evidence.get_pack(session, invoice_id) != evidence.get_pack(session, invoice_id):
        yield f"the pack of {invoice_id} differs"
