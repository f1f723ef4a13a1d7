"""From what accrues to what is owed: an explicit act, in the books, paid or let go like anything else."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.audit import queries as audit
from server.core import ids
from server.core.queue import ScheduledRun
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.invoices.rules import Kind, Status
from server.late_charges import operations, queries
from server.late_charges.operations import LateChargeExists, LateChargeOver, NothingToCharge
from server.late_charges.rules import Refusal
from server.late_charges.rules import Status as Decision
from server.ledger import queries as ledger
from server.ledger.rules import Kind as LedgerKind
from server.payments.operations import PaymentInFlight
from server.write_offs import operations as write_offs
from tests import quebec
from tests.dunning.chase import TOTAL
from tests.late_charges.conftest import Late

# 218.45 at 12 % a year for 30 whole days: 2.1546 dollars.
THIRTY_DAYS = 215
DAY = 31


def _charged(late: Late) -> int:
    return ledger.totals(late.session, LedgerKind.LATE_CHARGES).get("CAD", 0)


def _owed_by(late: Late, charge_invoice_id: str | None) -> Invoice:
    return invoices.get_invoice(late.session, charge_invoice_id or "")


def _books_hold(late: Late) -> None:
    late.session.flush()
    assert audit.list_wrong_in_books(late.session) == []


def test_what_accrues_is_only_computed(late: Late) -> None:
    late.switch_on()
    invoice = late.invoice()
    for _ in range(3):
        assert late.sheet(invoice, day=DAY)["interest_minor"] == THIRTY_DAYS
    assert _charged(late) == 0
    assert invoices.balance_of(late.session, invoice) == TOTAL


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        ("law_off", Refusal.LAW_OFF),
        ("unsigned", Refusal.NO_CONTRACT),
        ("unsaid", Refusal.NO_CLAUSE),
        ("france", Refusal.FORBIDDEN),
        ("early", Refusal.NOT_LATE),
        ("stale", Refusal.FEED_STALE),
    ],
)
def test_every_refusal_is_explained(late: Late, case: str, refusal: Refusal) -> None:
    if case != "law_off":
        late.switch_on()
        late.switch_on("fr")
    if case == "unsaid":
        late.terms(None)
    if case == "france":
        quebec.add_customer(late.session, "cus_2", name="Jean Le Goff", country="FR")
    if case == "stale":
        late.session.add(ScheduledRun(task_name="payments.resolve_open", due_at=quebec.NOW, done_at=quebec.NOW))
    invoice = late.invoice(signed=case != "unsigned", customer_id="cus_2" if case == "france" else "cus_1")
    sheet = late.sheet(invoice, day=1 if case == "early" else 400)
    assert (sheet["total_minor"], sheet["refusal"]) == (0, refusal)
    with pytest.raises(NothingToCharge) as refused:
        late.post(invoice, day=1 if case == "early" else 400)
    assert refused.value.facts["refusal"] == refusal


@pytest.mark.parametrize(("kind", "percent", "fee_minor"), [("business", Decimal(15), 4000), ("consumer", None, 0)])
def test_a_french_business_owes_the_contract_s_rate_and_forty_euros_and_a_french_consumer_nothing(
    late: Late, kind: str, percent: Decimal | None, fee_minor: int
) -> None:
    late.switch_on("fr")
    late.terms(Decimal(15), late_fees={"CAD": 5000, "EUR": 5000})
    quebec.add_customer(late.session, "cus_2", name="Le Goff", kind=kind, country="FR")
    sheet = late.sheet(late.invoice(customer_id="cus_2", currency="EUR"), day=DAY)
    assert (sheet["percent"], sheet["fee_minor"]) == (percent, fee_minor)


def test_a_charge_is_an_invoice_of_its_own_with_its_terms(late: Late) -> None:
    late.switch_on()
    invoice = late.invoice()
    charge = late.post(invoice, day=DAY)
    owed = _owed_by(late, charge.charge_invoice_id)
    assert (owed.kind, owed.total_minor, owed.taxes) == (Kind.LATE_CHARGE, THIRTY_DAYS, [])
    assert invoices.balance_of(late.session, owed) == THIRTY_DAYS
    assert invoices.balance_of(late.session, invoice) == TOTAL
    assert _charged(late) == THIRTY_DAYS
    assert charge.terms["percent"] == "12.0000"
    assert (charge.terms["row"], charge.terms["debtor"], charge.terms["terms_version"]) == ("ca-qc", "consumer", 1)
    assert invoice.number in owed.lines[0]["description"]
    assert "12\u00a0%" in owed.lines[0]["description"]
    _books_hold(late)


def test_the_same_charge_again_is_the_same_and_another_day_adds_only_that_day(late: Late) -> None:
    late.switch_on()
    invoice = late.invoice()
    charge = late.post(invoice, day=DAY)
    assert late.post(invoice, day=DAY + 9).id == charge.id
    for _ in range(24):  # every hour of the same day
        assert late.sheet(invoice, day=DAY)["total_minor"] == 0
    with pytest.raises(NothingToCharge):
        late.post(invoice, "chg_2", day=DAY)
    # 365 days of 12 % of the principal in all: no interest on the first charge.
    rest = late.post(invoice, "chg_2", day=366)
    assert THIRTY_DAYS + rest.interest_minor == TOTAL * 12 // 100
    assert (rest.from_on - charge.until_on).days == 1
    with pytest.raises(LateChargeExists):
        late.post(late.invoice(), "chg_1", day=DAY)


def test_a_late_charge_bears_no_late_charge(late: Late) -> None:
    late.switch_on()
    charge = late.post(late.invoice(), day=DAY)
    sheet = late.sheet(_owed_by(late, charge.charge_invoice_id), day=400)
    assert (sheet["total_minor"], sheet["refusal"]) == (0, Refusal.NOT_FOR_WORK)


def test_interest_follows_part_payments_and_paying_the_principal_leaves_the_charge(late: Late) -> None:
    late.switch_on()
    invoice = late.invoice()
    late.chase.pay(invoice, day=10, amount_minor=10000)
    # Nine days of 218.45, then 21 of 118.45.
    assert late.sheet(invoice, day=DAY)["interest_minor"] == (21845 * 9 + 11845 * 21) * 12 // 36500
    charge = late.post(invoice, day=DAY)
    late.chase.pay(invoice, day=DAY, amount_minor=11845)
    assert invoices.get_invoice(late.session, invoice.id).status is Status.PAID
    owed = _owed_by(late, charge.charge_invoice_id)
    assert late.sheet(invoice, day=90)["charges"][0]["balance_minor"] == charge.interest_minor
    late.chase.pay(owed, day=90, amount_minor=charge.interest_minor)
    assert owed.status is Status.PAID
    assert late.sheet(invoice, day=90)["charges"][0]["balance_minor"] == 0
    _books_hold(late)
    with pytest.raises(LateChargeOver):
        _let_go(late, charge.id, Decision.WAIVED)


def test_what_is_credited_never_bore_interest(late: Late) -> None:
    late.switch_on()
    invoice = late.invoice()
    said = {"credit_note_id": "crn_1", "amount_minor": 10000, "reason": "Two hours too many"}
    invoice_operations.credit(late.session, invoice, now=late.chase.at(20), **said)  # type: ignore[arg-type]
    assert late.sheet(invoice, day=DAY)["interest_minor"] == 11845 * 30 * 12 // 36500


def test_what_was_paid_and_then_credited_never_bore_interest_either(late: Late) -> None:
    late.switch_on()
    invoice = late.invoice()
    late.chase.pay(invoice, day=20)
    said = {"credit_note_id": "crn_1", "amount_minor": 10000, "paid_minor": 10000, "reason": "Two hours too many"}
    invoice_operations.credit(late.session, invoice, now=late.chase.at(20), **said)  # type: ignore[arg-type]
    assert late.sheet(invoice, day=DAY)["interest_minor"] == 11845 * 19 * 12 // 36500


def _let_go(late: Late, charge_id: str, status: Decision) -> None:
    said = {"status": status, "reason": "Long customer", "by": "staff:anne"}
    operations.let_go(late.session, charge_id=charge_id, now=late.chase.at(DAY + 1), **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "stands"), [(Decision.WAIVED, Status.VOID), (Decision.ABANDONED, Status.WRITTEN_OFF)]
)
def test_what_was_charged_is_let_go_for_a_reason_and_never_comes_back(
    late: Late, status: Decision, stands: Status
) -> None:
    late.switch_on()
    invoice = late.invoice()
    charge = late.post(invoice, day=DAY)
    _let_go(late, charge.id, status)
    _let_go(late, charge.id, status)
    owed = _owed_by(late, charge.charge_invoice_id)
    assert (owed.status, invoices.balance_of(late.session, owed), _charged(late)) == (stands, 0, 0)
    assert (charge.reason, charge.let_go_by) == ("Long customer", "staff:anne")
    assert late.sheet(invoice, day=DAY + 1)["interest_minor"] == 7
    other = Decision.ABANDONED if status is Decision.WAIVED else Decision.WAIVED
    with pytest.raises(LateChargeOver):
        _let_go(late, charge.id, other)
    _books_hold(late)


def test_what_was_paid_of_a_charge_stays_paid_when_the_rest_is_waived(late: Late) -> None:
    late.switch_on()
    charge = late.post(late.invoice(), day=DAY)
    owed = _owed_by(late, charge.charge_invoice_id)
    late.chase.pay(owed, day=DAY, amount_minor=100)
    _let_go(late, charge.id, Decision.WAIVED)
    assert (owed.status, _charged(late)) == (Status.PAID, 100)
    _books_hold(late)


def test_a_charge_is_not_let_go_while_money_for_it_is_under_way(late: Late) -> None:
    late.switch_on()
    charge = late.post(late.invoice(), day=DAY)
    owed = _owed_by(late, charge.charge_invoice_id)
    late.open_link_payment(owed, day=DAY)
    with pytest.raises(PaymentInFlight):
        _let_go(late, charge.id, Decision.WAIVED)


def test_what_has_accrued_is_forgone_before_it_is_charged(late: Late) -> None:
    late.switch_on()
    invoice = late.invoice()
    said = {"invoice_id": invoice.id, "status": Decision.WAIVED, "reason": "Our own delay", "by": "staff:anne"}
    for _ in range(2):
        operations.forgo(late.session, charge_id="chg_1", now=late.chase.at(DAY), **said)  # type: ignore[arg-type]
    assert late.sheet(invoice, day=DAY)["total_minor"] == 0
    assert late.sheet(invoice, day=DAY + 1)["interest_minor"] == 7
    (charge,) = queries.list_charges(late.session, invoice.id)
    assert (charge.charge_invoice_id, charge.interest_minor, _charged(late)) == (None, THIRTY_DAYS, 0)
    with pytest.raises(LateChargeExists):
        late.post(invoice, "chg_1", day=DAY)


def test_ids_of_charge_invoices_follow_from_the_charge(late: Late) -> None:
    late.switch_on()
    charge = late.post(late.invoice(), day=DAY)
    assert charge.charge_invoice_id == ids.derived("inv", "late_charge", "chg_1")


def test_a_charge_that_was_written_off_does_not_look_paid(late: Late) -> None:
    late.switch_on()
    invoice = late.invoice()
    late.post(invoice, day=DAY)
    whose = {"customer_id": "cus_1", "currency": "CAD"}
    write_offs.ask(
        late.session, write_off_id="wof_1", **whose, reason="Gone", asked_by="staff:anne", now=late.chase.at(DAY)
    )
    write_offs.agree(late.session, write_off_id="wof_1", agreed_by="staff:sup", now=late.chase.at(DAY))
    (charge,) = late.sheet(invoice, day=DAY)["charges"]
    assert (charge["balance_minor"], charge["is_written_off"]) == (0, True)
