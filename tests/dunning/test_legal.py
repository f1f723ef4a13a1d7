"""Legal steps are named in the final demand alone, and only while somebody who decides means them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.contacts.models import LogRow
from server.dunning import operations, queries
from server.dunning.models import Case
from server.dunning.operations import LegalIntentExists, LegalIntentMissing, NothingToSueFor
from tests.dunning.chase import Chase

COURT = "devant un tribunal"


def meant(chase: Chase, *, day: int, intent_id: str = "lgi_1", reason: str = "We will sue") -> Case:
    (case,) = chase.cases()
    said = {"intent_id": intent_id, "case_id": case.id, "reason": reason, "confirmed_by": "staff:sup"}
    operations.confirm_intent(chase.session, **said, now=chase.at(day))
    return case


def until_final_demand(chase: Chase, *, confirmed_on: int | None = None) -> str:
    """Let the reminders go, and the final demand be written; return what it says."""
    chase.invoice()
    for day in (6, 16, 26, 36):
        if confirmed_on == day:
            meant(chase, day=day)
        chase.run(day=day)
    return chase.reminders()[-1].text


def test_a_final_demand_speaks_of_a_court_only_where_it_is_meant(chase: Chase) -> None:
    assert COURT not in until_final_demand(chase)
    assert chase.actions()[-1].legal_intent_id is None


def test_a_confirmed_intent_is_said_in_the_final_demand_alone_and_kept_in_the_sealed_log(chase: Chase) -> None:
    assert COURT in until_final_demand(chase, confirmed_on=16)
    *before, final = chase.reminders()
    assert len(before) == 3
    assert not any(COURT in each.text for each in before)
    assert "318" not in final.subject
    assert chase.actions()[-1].legal_intent_id == "lgi_1"
    (row,) = chase.session.scalars(select(LogRow).where(LogRow.kind == "legal_intent_confirmed"))
    assert (row.by, row.facts["reason"], row.subject_id) == ("staff:sup", "We will sue", "lgi_1")


def test_what_was_written_with_it_and_did_not_go_is_written_anew_once_it_is_withdrawn(chase: Chase) -> None:
    assert COURT in until_final_demand(chase, confirmed_on=16)
    (case,) = chase.cases()
    said = {"case_id": case.id, "reason": "They talk", "withdrawn_by": "staff:sup"}
    operations.withdraw_intent(chase.session, **said, now=chase.at(36))
    written = chase.reminders()[-1]
    assert not operations.stands(chase.session, message_id=written.id, now=chase.at(36))
    chase.run(day=42)
    last = chase.reminders()[-1]
    assert (last.id != written.id, COURT in last.text) == (True, False)
    assert operations.stands(chase.session, message_id=last.id, now=chase.at(42))
    assert queries.get_sheet(chase.session, case.id, today=chase.at(42).date())["legal_intents"][0].withdrawn_because
    with pytest.raises(LegalIntentMissing):
        operations.withdraw_intent(chase.session, **said, now=chase.at(36))
    rows = chase.session.scalars(select(LogRow.by).where(LogRow.kind == "legal_intent_withdrawn"))
    assert list(rows) == ["staff:sup"]


def test_it_is_confirmed_once_and_never_for_what_can_be_sued_for_no_more(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=6)
    case = meant(chase, day=7)
    meant(chase, day=8)
    for more in ({"reason": "Another"}, {"intent_id": "lgi_2"}):
        with pytest.raises(LegalIntentExists):
            meant(chase, day=9, **more)
    operations.withdraw_intent(
        chase.session, case_id=case.id, reason="Too old", withdrawn_by="staff:sup", now=chase.at(10)
    )
    with pytest.raises(NothingToSueFor):
        meant(chase, day=4 * 365, intent_id="lgi_3")
