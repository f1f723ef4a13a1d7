"""A demand that waited is held against the books in the moment it goes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select, text

from server.dunning import operations
from server.dunning.models import Letter
from server.dunning.rules import HoldKind, Reason
from server.invoices.models import Invoice
from server.messages import operations as messages
from server.messages.rules import Status as MessageStatus
from tests.dunning.chase import Chase


@pytest.fixture
def waits(chase: Chase) -> str:
    """A reminder that the mail server did not take yet; its id."""
    chase.invoice()
    chase.run(day=5)
    (reminder,) = chase.reminders()
    return reminder.id


def chase_invoice(chase: Chase) -> Invoice:
    """The only invoice."""
    return chase.session.scalars(select(Invoice)).one()


def stands(chase: Chase, message_id: str, *, day: int = 6) -> bool:
    return operations.stands(chase.session, message_id=message_id, now=chase.at(day))


def standing(chase: Chase) -> list[tuple[str, str]]:
    """Where each action stands, and its message."""
    chase.session.flush()
    by_id = {message.id: message for message in chase.reminders()}
    for message in by_id.values():
        chase.session.refresh(message)
    return [(action.status, by_id[action.message_id or ""].status) for action in chase.actions()]


def test_what_is_still_owed_is_sent(chase: Chase, waits: str) -> None:
    assert stands(chase, waits)
    assert standing(chase) == [("claimed", "written")]


def test_what_was_paid_meanwhile_is_taken_back(chase: Chase, waits: str) -> None:
    chase.pay(chase_invoice(chase), day=6)
    assert not stands(chase, waits)
    assert standing(chase) == [("cancelled", "withdrawn")]
    assert chase.run(day=6) == []


def test_after_a_part_payment_the_rest_is_asked_for_instead(chase: Chase, waits: str) -> None:
    chase.pay(chase_invoice(chase), day=6, amount_minor=8738)
    assert not stands(chase, waits)
    assert chase.run(day=6) == [None]
    _, again = chase.reminders()
    assert re.search(r"131[.,]07", again.text)
    assert stands(chase, again.id)
    assert not stands(chase, waits)


def test_the_same_amount_for_another_invoice_is_written_anew(chase: Chase, waits: str) -> None:
    chase.pay(chase_invoice(chase), day=6)
    chase.invoice(due=1)
    assert not stands(chase, waits)


def test_the_gap_is_counted_from_the_day_on_which_it_went(chase: Chase, waits: str) -> None:
    messages.claim(chase.session, message_id=waits, now=chase.at(12))
    messages.record_outcome(chase.session, message_id=waits, outcome=MessageStatus.SENT, now=chase.at(12))
    assert [chase.run(day=day) for day in (15, 16, 17)] == [[Reason.TOO_SOON], [Reason.TOO_SOON], [None]]


def test_what_rests_meanwhile_is_taken_back_and_written_once_it_goes_on(chase: Chase, waits: str) -> None:
    (case,) = chase.cases()
    held: dict[str, Any] = {"case_id": case.id, "hold_id": "hld_1", "now": chase.at(6)}
    operations.place_hold(
        chase.session, kind=HoldKind.MANUAL, reason="Waits", until_on=None, owner="staff:stf_1", **held
    )
    assert not stands(chase, waits)
    operations.release_hold(chase.session, **held, released_by="staff:anne")
    assert chase.run(day=6) == [None]
    assert len(chase.reminders()) == 2


def test_while_nobody_knows_what_was_paid_it_waits(chase: Chase, waits: str) -> None:
    late = text("INSERT INTO scheduled_runs (task_name, due_at, done_at) VALUES ('payments.resolve_open', :at, :at)")
    chase.session.execute(late, {"at": chase.at(5)})
    assert not stands(chase, waits)
    assert standing(chase) == [("claimed", "written")]


def test_a_letter_about_what_was_paid_is_not_printed(chase: Chase) -> None:
    chase.session.execute(text("UPDATE customers SET email = NULL"))
    invoice = chase.invoice()
    chase.run(day=5)
    chase.pay(invoice, day=6)
    with pytest.raises(operations.NothingToPrint):
        operations.print_batch(chase.session, printed_by="staff:stf_1", now=chase.at(6))
    (letter,) = chase.session.scalars(select(Letter)).all()
    assert letter.withdrawn_at == chase.at(6)
