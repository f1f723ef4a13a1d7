"""What is done in a case is in the log of contacts, in the order in which it was done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.contacts.models import LogRow
from server.dunning import operations, queries
from server.dunning.operations.limitation import note_act
from server.dunning.rules import DisputeReason, DisputeStatus, RootCause, Source
from server.law.rules import Interruption
from server.standing.models import CustomerStanding
from server.standing.rules import RiskClass
from server.write_offs import operations as write_offs
from tests import quebec
from tests.dunning.chase import Chase


def kinds(session: Session) -> list[str]:
    """What the log says, but of money and messages."""
    other = LogRow.kind.not_like("message_%") & LogRow.kind.not_like("invoice_%") & LogRow.kind.not_like("payment_%")
    return list(session.scalars(select(LogRow.kind).where(other).order_by(LogRow.id)))


def test_acts_of_limitation_changes_of_plan_and_who_took_a_write_off_up_are_in_the_log(session: Session) -> None:
    chase = Chase(session)
    invoice = chase.invoice()
    chase.run(day=6)
    (case,) = chase.cases()
    act: dict[str, Any] = {"kind": Interruption.ACKNOWLEDGEMENT, "happened_on": chase.at(5).date(), "note": "By mail"}
    for _ in range(2):
        note_act(session, act_id="act_1", invoice_id=invoice.id, **act, noted_by="staff:anne", now=chase.at(7))
    other = next(row for row in queries.list_plans(session) if row.id != case.plan_id)
    plan = {"plan_id": other.id, "reason": "Asked for", "changed_by": "staff:luc"}
    for _ in range(2):
        operations.change_plan(session, case_id=case.id, **plan, now=chase.at(8))
    whose = {"customer_id": "cus_1", "currency": "CAD"}
    write_offs.ask(session, write_off_id="wof_1", **whose, reason="Gone", asked_by="staff:anne", now=chase.at(9))
    write_offs.agree(session, write_off_id="wof_1", agreed_by="staff:sup", now=chase.at(9))
    back = {"write_off_id": "wof_1", "invoice_id": invoice.id, "reinstated_by": "staff:luc"}
    for _ in range(2):
        write_offs.reinstate(session, **back, now=chase.at(10))
    told = ("limitation_act", "plan_changed", "write_off_taken_up")
    rows = session.scalars(select(LogRow).where(LogRow.kind.in_(told)).order_by(LogRow.id)).all()
    assert [(row.kind, row.by) for row in rows] == [
        ("limitation_act", "staff:anne"), ("plan_changed", "staff:luc"), ("write_off_taken_up", "staff:luc"),
    ]  # fmt: skip
    assert rows[0].facts == {"kind": "acknowledgement", "happened_on": "2026-04-06", "note": "By mail"}
    assert rows[1].facts["reason"] == "Asked for"
    assert (rows[2].invoice_id, rows[2].facts["amount_minor"]) == (invoice.id, invoice.total_minor)


def test_the_log_follows_a_case(session: Session) -> None:
    chase = Chase(session)
    invoice = chase.invoice()
    chase.run(day=6)
    chase.deliver(day=7)
    (case,) = chase.cases()
    said: dict[str, Any] = {"case_id": case.id, "amount_minor": None, "made_by": "staff:anne", "source": Source.OFFICE}
    until = (chase.at(9)).date()
    operations.promise(session, promise_id="prm_1", due_on=until, now=chase.at(7), **said)
    operations.decide_promises(session, now=chase.at(11))
    objected: dict[str, Any] = {"invoice_id": invoice.id, "amount_minor": 1000, "source": Source.OFFICE}
    operations.dispute(
        session,
        dispute_id="dis_1",
        reason=DisputeReason.PRICE,
        opened_by="staff:anne",
        said="An hour too many",
        now=chase.at(12),
        **objected,
    )
    operations.decide_dispute(
        session,
        dispute_id="dis_1",
        status=DisputeStatus.REJECTED,
        root_cause=RootCause.NO_CAUSE,
        answer="It is as agreed",
        decided_by="staff:anne",
        now=chase.at(13),
    )
    chase.pay(invoice, day=14)
    operations.close_settled(session, today=chase.at(14).date(), now=chase.at(14) + timedelta(minutes=1))
    told = kinds(session)
    assert told[:2] == ["case_opened", "step_taken"]
    wanted = ["promise_made", "promise_broken", "dispute_opened", "dispute_closed", "case_closed"]
    assert [kind for kind in told if kind in wanted] == wanted


def test_the_class_of_a_customer_picks_the_modifiers_of_the_plan(session: Session) -> None:
    chase = Chase(session)
    chase.invoice(lines=[quebec.line(quantity="200")])
    session.add(
        CustomerStanding(
            customer_id="cus_1",
            risk_class=RiskClass.RELIABLE,
            since_at=chase.at(0),
            reviewed_at=chase.at(0),
            currency="CAD",
        )
    )
    session.flush()
    chase.run(day=6)
    (action,) = chase.actions()
    assert (action.step, action.channel) == (1, "email")  # large accounts are called, but not those who are reliable
