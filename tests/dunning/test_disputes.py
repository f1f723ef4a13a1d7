"""Only what a customer objects to rests: the remainder is demanded as before, and nothing is lost in the books."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from server.access.rules import Role
from server.audit import queries as audit
from server.chargebacks.models import Chargeback
from server.chargebacks.rules import Status as ChargebackStatus
from server.dunning import operations, queries, rules
from server.dunning.models import Dispute
from server.dunning.operations import DisputeDecided, DisputeOpen, DisputeTooHigh, RootCauseMissing
from server.dunning.rules import DisputeReason, DisputeStatus, PauseKind, Reason, RootCause, Source
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.invoices.rules import taxes_within
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.messages.models import Message
from server.payments import operations as payments
from server.payments.models import Payment
from server.write_offs import operations as write_offs
from tests.dunning.chase import DUE, TOTAL, Chase


def object_to(chase: Chase, invoice: Invoice, *, day: int, dispute_id: str = "dsp_1", **more: Any) -> Dispute:
    """Say that the price is wrong, or as told."""
    wanted: dict[str, Any] = {"amount_minor": None, "reason": DisputeReason.PRICE, "said": "We agreed on 100", **more}
    return operations.dispute(
        chase.session,
        invoice_id=invoice.id,
        dispute_id=dispute_id,
        **wanted,
        source=Source.CUSTOMER,
        opened_by="customer",
        now=chase.at(day),
    )


def decide(chase: Chase, status: DisputeStatus, *, day: int, cause: RootCause | None = RootCause.QUOTE) -> Dispute:
    """Decide the only objection."""
    return operations.decide_dispute(
        chase.session,
        dispute_id="dsp_1",
        status=status,
        root_cause=cause,
        answer="The quote said 100.",
        decided_by="staff:stf_1",
        now=chase.at(day),
    )


@given(st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 10**9)), min_size=1))
def test_what_is_demanded_and_what_rests_are_together_what_is_owed(owed: list[tuple[int, int]]) -> None:
    for balance_minor, disputed_minor in owed:
        demanded = rules.demanded(balance_minor=balance_minor, disputed_minor=disputed_minor)
        assert demanded + min(disputed_minor, balance_minor) == balance_minor
        upheld = rules.credited(DisputeStatus.UPHELD, disputed_minor=disputed_minor, balance_minor=balance_minor)
        assert balance_minor - upheld == demanded


@given(
    subtotal_minor=st.integers(1, 10**7),
    rates=st.lists(st.integers(1, 2500), max_size=3),
    cuts=st.lists(st.integers(1, 10**7), max_size=6),
)
def test_taking_an_invoice_off_in_parts_takes_off_exactly_its_taxes(
    subtotal_minor: int, rates: list[int], cuts: list[int]
) -> None:
    charged = [subtotal_minor * rate // 10000 for rate in rates]
    taxes = [{"name": "TPS", "account": "tps", "amount_minor": minor} for minor in charged]
    total_minor = subtotal_minor + sum(charged)
    taken, before_minor = [0] * len(taxes), 0
    for wanted in [*cuts, total_minor]:
        cut = min(wanted, total_minor - before_minor)
        parts = taxes_within(cut, before_minor=before_minor, taxes=taxes, total_minor=total_minor)
        assert all(part["amount_minor"] >= 0 for part in parts)
        assert sum(part["amount_minor"] for part in parts) <= cut + len(parts)
        taken = [minor + part["amount_minor"] for minor, part in zip(taken, parts, strict=True)]
        before_minor += cut
    assert taken == charged


def test_a_disputed_amount_is_never_demanded_and_always_aged(chase: Chase) -> None:
    invoice, other = chase.invoice(), chase.invoice(due=1)
    chase.run(day=2)
    object_to(chase, invoice, day=2, amount_minor=5000)
    assert chase.run(day=5) == [None]
    shown = chase.case(day=5)
    assert (shown["open_minor"], shown["disputed_minor"]) == (2 * TOTAL, 5000)
    (reminder,) = chase.reminders()
    assert "386,90" in reminder.text
    assert "436,90" not in reminder.text
    assert other.number in reminder.text


def test_the_oldest_invoice_that_is_not_disputed_carries_the_case(chase: Chase) -> None:
    invoice, other = chase.invoice(), chase.invoice(due=20)
    chase.run(day=1)
    object_to(chase, invoice, day=1)
    assert chase.case(day=22)["next_step_on"] == DUE + timedelta(days=25)
    assert chase.run(day=24) == [Reason.NOT_YET]
    assert chase.run(day=25) == [None]
    (reminder,) = chase.reminders()
    assert other.number in reminder.text
    assert invoice.number not in reminder.text


def test_a_case_whose_whole_debt_is_disputed_rests_until_it_is_decided(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.run(day=1)
    object_to(chase, invoice, day=2)
    assert chase.run(day=60) == [Reason.PAUSED]
    assert chase.case(day=60)["status"] == "paused"
    page = queries.list_cases(
        chase.session, customer_id=None, status="paused", cursor=None, limit=9, today=chase.at(60).date()
    )
    assert len(page["items"]) == 1
    decide(chase, DisputeStatus.REJECTED, day=61)
    assert chase.run(day=61) == [None]
    assert invoices.balance_of(chase.session, invoice) == TOTAL


def test_an_objection_that_is_right_comes_off_the_invoice_with_its_taxes(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.run(day=1)
    object_to(chase, invoice, day=2, amount_minor=10000)
    sales_minor = ledger.totals(chase.session, Kind.SALES)["CAD"]
    tax_minor = ledger.totals(chase.session, Kind.TAX)["CAD"]
    assert decide(chase, DisputeStatus.UPHELD, day=3) is decide(chase, DisputeStatus.UPHELD, day=4)
    assert invoices.balance_of(chase.session, invoice) == TOTAL - 10000
    (sheet,) = invoices.sheets(chase.session, [invoice])
    assert (sheet["paid_minor"], sheet["taken_off_minor"]) == (0, 10000)
    (note,) = invoices.list_credit_notes(chase.session, invoice.id)
    assert (note.number, note.amount_minor) == (f"{invoice.number}-C1", 10000)
    credited_tax = sum(tax["amount_minor"] for tax in note.taxes)
    assert tax_minor - ledger.totals(chase.session, Kind.TAX)["CAD"] == credited_tax == 1302
    assert sales_minor - ledger.totals(chase.session, Kind.SALES)["CAD"] == 10000 - credited_tax
    told = chase.session.scalars(select(Message).where(Message.kind == "arrangement").order_by(Message.created_at))
    assert "The quote said 100." in list(told)[-1].text


def test_whoever_paid_all_the_same_and_was_right_has_it_as_credit(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.run(day=1)
    object_to(chase, invoice, day=2, amount_minor=10000)
    chase.pay(invoice, day=3)
    assert decide(chase, DisputeStatus.UPHELD, day=4).credited_minor == 10000
    (sheet,) = invoices.sheets(chase.session, [invoice])
    assert (sheet["balance_minor"], sheet["paid_minor"], sheet["taken_off_minor"]) == (0, TOTAL - 10000, 10000)
    assert ledger.credit_of(chase.session, ["cus_1"]) == {"cus_1": {"CAD": 10000}}
    told = chase.session.scalars(select(Message).where(Message.kind == "arrangement").order_by(Message.created_at))
    assert "Vous en aviez payé 100,00\xa0$" in list(told)[-1].text
    assert audit.list_wrong_in_books(chase.session) == []
    (source,) = payments.list_sources(chase.session, "cus_1")
    assert source.left_minor == 10000
    about: dict[str, Any] = {"payment_id": source.payment.id, "refund_id": "ref_1", "reason": "Price"}
    who: dict[str, Any] = {"requested_by": "staff:anne", "role": Role.OFFICE, "reader_id": None}
    payments.open_refund(chase.session, **about, **who, amount_minor=10000, from_credit=True, now=chase.at(5))
    assert ledger.credit_of(chase.session, ["cus_1"]) == {"cus_1": {"CAD": 0}}
    assert payments.list_sources(chase.session, "cus_1") == []
    assert invoices.balance_of(chase.session, invoice) == 0


@pytest.mark.parametrize(("paid_minor", "credit_minor"), [(TOTAL - 5000, 5000), (TOTAL - 10000, 0), (1000, 0)])
def test_what_was_paid_of_an_objection_that_is_right_is_credit_and_the_rest_comes_off(
    chase: Chase, paid_minor: int, credit_minor: int
) -> None:
    invoice = chase.invoice()
    object_to(chase, invoice, day=2, amount_minor=10000)
    chase.pay(invoice, day=3, amount_minor=paid_minor)
    assert decide(chase, DisputeStatus.UPHELD, day=4).credited_minor == 10000
    assert ledger.credit_of(chase.session, ["cus_1"]).get("cus_1", {}).get("CAD", 0) == credit_minor
    assert invoices.balance_of(chase.session, invoice) == TOTAL - 10000 - paid_minor + credit_minor


def test_what_was_let_go_meanwhile_is_nobodys_credit(chase: Chase) -> None:
    invoice = chase.invoice()
    object_to(chase, invoice, day=2, amount_minor=10000)
    said: dict[str, Any] = {"customer_id": "cus_1", "currency": "CAD", "reason": "Gone", "asked_by": "staff:anne"}
    write_offs.ask(chase.session, write_off_id="wof_1", **said, now=chase.at(3))
    write_offs.agree(chase.session, write_off_id="wof_1", agreed_by="staff:boss", now=chase.at(3))
    assert decide(chase, DisputeStatus.UPHELD, day=4).credited_minor == 0
    assert ledger.credit_of(chase.session, ["cus_1"]) == {}


def test_a_payment_that_was_found_is_not_given_back_as_well(chase: Chase) -> None:
    invoice = chase.invoice()
    object_to(chase, invoice, day=2, reason=DisputeReason.PAID_ALREADY)
    chase.pay(invoice, day=3)
    assert decide(chase, DisputeStatus.UPHELD, day=4, cause=RootCause.PAYMENT_NOT_BOOKED).credited_minor == 0
    assert ledger.credit_of(chase.session, ["cus_1"]) == {}


def test_an_objection_can_be_to_the_last_cent_and_closes_the_case_when_right(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.run(day=1)
    object_to(chase, invoice, day=2)
    decide(chase, DisputeStatus.UPHELD, day=3)
    chase.run(day=3)
    assert (invoice.status, chase.case(day=3)["status"]) == ("paid", "closed")


def test_refusals_leave_everything_as_it_was(chase: Chase) -> None:
    invoice = chase.invoice()
    with pytest.raises(DisputeTooHigh):
        object_to(chase, invoice, day=2, amount_minor=TOTAL + 1)
    assert object_to(chase, invoice, day=2) is object_to(chase, invoice, day=3)
    with pytest.raises(DisputeOpen):
        object_to(chase, invoice, day=3, dispute_id="dsp_2")
    with pytest.raises(RootCauseMissing):
        decide(chase, DisputeStatus.REJECTED, day=3, cause=None)
    decide(chase, DisputeStatus.WITHDRAWN, day=3, cause=None)
    with pytest.raises(DisputeDecided):
        decide(chase, DisputeStatus.UPHELD, day=4)
    assert invoices.balance_of(chase.session, invoice) == TOTAL


def test_a_chargeback_is_an_objection_in_the_case_until_the_bank_decides(chase: Chase) -> None:
    paid, unpaid = chase.invoice(), chase.invoice(due=1)
    chase.pay(paid, day=0)
    chase.run(day=2)
    (payment,) = chase.session.scalars(select(Payment))
    taken = Chargeback(
        id="du_1",
        payment_id=payment.id,
        status=ChargebackStatus.NEEDS_RESPONSE,
        reason="product_unacceptable",
        amount_minor=TOTAL,
        currency="CAD",
        submission_count=0,
        reopened_minor=0,
        revision=0,
        created_at=chase.at(3),
    )
    chase.session.add(taken)
    chase.session.flush()
    (shown,) = chase.case(day=3)["chargebacks"]
    assert (shown["invoice_id"], shown["amount_minor"]) == (paid.id, TOTAL)
    assert chase.run(day=6) == [None]
    (reminder,) = chase.reminders()
    assert unpaid.number in reminder.text
    assert paid.number not in reminder.text
    taken.status = ChargebackStatus.LOST
    chase.session.flush()
    assert chase.case(day=7)["chargebacks"] == []


def test_a_disputed_case_says_so(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.run(day=1)
    object_to(chase, invoice, day=2)
    found = queries.list_open(chase.session, queries.of_debtors([("cus_1", "CAD")]))
    debts = queries.debts_of(chase.session, found, queries.find_open_cases(chase.session), today=chase.at(3).date())
    assert [debt.paused_by for debt in debts.values()] == [frozenset({PauseKind.DISPUTE})]
