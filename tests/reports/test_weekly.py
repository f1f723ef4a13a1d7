"""The report of a week says the same whenever it is asked for; the chase is measured against counting by hand."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from server.access import operations as access
from server.access.rules import Role
from server.contacts import operations as contacts
from server.contacts.rules import Kind
from server.core import clock, words
from server.core.database import transaction
from server.dunning.models import Action, Promise
from server.dunning.rules import PromiseStatus, Source
from server.dunning.rules.pursuing import Costs, Effort, costs
from server.messages.models import Message
from server.payments.rules import Method
from server.reports import operations, queries
from server.reports.queries import DayToCome
from server.reports.rules import Adherence, PromisesKept, Weekly, as_csv, headline, last_day, sections
from tests.dunning.chase import Chase
from tests.shop import Shop

ZONE = "America/Toronto"
TOTAL = Shop.TOTAL


def test_a_week_ends_on_its_sunday() -> None:
    assert {last_day(date(2026, 3, 2) + timedelta(days=day)) for day in range(7)} == {date(2026, 3, 8)}


@pytest.mark.parametrize(
    ("calls", "letters", "texts", "total_minor"), [(0, 0, 0, 0), (1, 0, 0, 750), (0, 1, 0, 565), (2, 2, 10, 2680)]
)
def test_the_cost_of_chasing_is_minutes_postage_and_texts(
    calls: int, letters: int, texts: int, total_minor: int
) -> None:
    house = Costs(
        source="",
        call_minutes=10,
        letter_minutes=5,
        handover_minutes=30,
        hour_minor=4500,
        postage_minor=190,
        text_minor=5,
    )
    assert house.total_minor(Effort(calls=calls, letters=letters, texts=texts)) == total_minor


def test_shares_without_a_denominator_are_not_told() -> None:
    nothing = PromisesKept(currency="CAD", kept=0, decided=0, received_minor=0, promised_minor=0)
    assert (nothing.by_count_percent, nothing.by_amount_percent) == (None, None)
    assert Adherence(who="planner", step=1, inside=0, due=0).percent is None


def weekly(shop: Shop, on: date) -> Weekly:
    with transaction() as session:
        return queries.weekly(session, on=on, time_zone=ZONE, today=clock.local_date(shop.now(), ZONE))


def figures(found: Weekly) -> dict[str, tuple[int, int]]:
    (cad,) = found.money
    return {figure.name: (figure.now_minor, figure.before_minor) for figure in cad.figures}


def to_monday(shop: Shop) -> date:
    """Let the clock go on to the next Monday at noon; return the Sunday before."""
    today = clock.local_date(shop.now(), ZONE)
    last = last_day(today)
    shop.pass_time(days=(last - today).days + 1)
    return last


def test_a_past_week_stays_as_it_was_known_when_it_ended(shop: Shop) -> None:
    to_monday(shop)
    first, second = shop.invoice(), shop.invoice()
    shop.collect(second, "pay_1", method=Method.CASH)
    with pytest.raises(DayToCome):
        weekly(shop, clock.local_date(shop.now(), ZONE))
    last = to_monday(shop)
    found = weekly(shop, last)
    assert figures(found) == {
        "open": (TOTAL, 0),
        "past_due": (0, 0),
        "over_90": (0, 0),
        "in_collection": (0, 0),
        "invoiced": (2 * TOTAL, 0),
        "received": (TOTAL, 0),
        "on_site": (TOTAL, 0),
        "expected": (TOTAL, 0),
    }
    shop.collect(first, "pay_2", method=Method.CASH, amount_minor=1000)
    with transaction() as session:  # what happened in that week and is learnt of in this one is this one's
        session.execute(text("ALTER TABLE ledger_entries DISABLE TRIGGER USER"))
        moved = "UPDATE ledger_entries SET happened_at = happened_at - interval '3 days' WHERE id = (SELECT id FROM"
        session.execute(text(f"{moved} ledger_entries ORDER BY recorded_at DESC LIMIT 1)"))
        session.execute(text("ALTER TABLE ledger_entries ENABLE TRIGGER USER"))
    assert weekly(shop, last) == found
    following = to_monday(shop)
    assert figures(weekly(shop, following))["open"] == (TOTAL - 1000, TOTAL)
    assert weekly(shop, last) == found


def test_the_report_says_in_words_and_in_csv_who_is_late_and_what_changed(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.pass_time(days=31)
    last = to_monday(shop)
    with transaction() as session:
        kind: dict[str, Any] = {"customer_id": "cus_1", "now": shop.now() - timedelta(days=2), "subject_id": "x"}
        contacts.note(session, kind=Kind.PROMISE_BROKEN, facts={}, **kind)
        moved = {"was": "new_unknown", "became": "high"}
        contacts.note(session, kind=Kind.CLASS_CHANGED, facts=dict(moved), **kind)
    found = weekly(shop, last)
    assert [(late.name, late.past_due_minor, late.before_minor) for late in found.late] == [
        (invoice.buyer["name"], TOTAL, 0)
    ]
    assert {count.kind: (count.now, count.before) for count in found.counts}["promise_broken"] == (1, 0)
    assert [(move.was, move.became) for move in found.moves] == [("new_unknown", "high")]
    for locale in ("fr_CA", "en_CA"):
        said = [headline(found, locale), *(row for _, rows in sections(found, locale) for row in rows)]
        assert "%(" not in str(said)
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert ["past_due", "CAD", "218.45", "0.00"] in [list(row.values())[1:] for row in rows]


def test_it_is_mailed_once_to_each_who_decides_on_monday_morning(shop: Shop) -> None:
    shop.invoice()
    with transaction() as session:
        people = {"owner": (Role.ADMIN, "fr"), "super": (Role.SUPERVISOR, "en"), "desk": (Role.OFFICE, "en")}
        for name, (role, language) in people.items():
            address = f"{name}@example.com"
            access.add_staff(session, name=name, role=role, language=language, email=address, now=shop.now())
    last = to_monday(shop)
    early = datetime.combine(last + timedelta(days=1), time(5), ZoneInfo(ZONE)).astimezone(UTC)
    for now, written in ((early, 0), (early + timedelta(hours=3), 2), (early + timedelta(hours=4), 0)):
        with transaction() as session:
            assert operations.send_weekly(session, now=now) == written
    with transaction() as session:
        mails = session.scalars(
            select(Message).where(Message.kind == "weekly_report").order_by(Message.recipient)
        ).all()
    assert [mail.recipient for mail in mails] == ["owner@example.com", "super@example.com"]
    assert mails[0].subject.startswith("La semaine du ")
    assert words.date(last, "en_CA") in mails[1].subject
    assert "218" in mails[0].text


def test_nothing_is_mailed_before_the_first_invoice(shop: Shop) -> None:
    to_monday(shop)
    with transaction() as session:
        assert operations.send_weekly(session, now=shop.now()) == 0


def test_promises_and_the_plan_are_measured_as_counting_does(session: Session) -> None:
    chase = Chase(session)
    chase.invoice()
    chase.run(day=6)
    (case,) = chase.cases()
    for number, (status, received_minor) in enumerate(
        [("kept", 5000), ("partly_kept", 2000), ("broken", 0), ("cancelled", 0), ("kept", 9000)]
    ):
        session.add(
            Promise(
                id=f"prm_{number}",
                case_id=case.id,
                cycle=1,
                status=PromiseStatus(status),
                source=Source.OFFICE,
                amount_minor=5000,
                currency="CAD",
                due_on=chase.at(10).date(),
                owed={},
                received_minor=received_minor,
                made_by="staff:anne",
                made_at=chase.at(7),
                decided_at=chase.at(11),
            )
        )
    session.flush()
    taken = update(Action).where(Action.status == "claimed")
    session.execute(taken.values(status="done", claimed_by="staff:anne", closes_on=chase.at(8).date()))
    for kind, channel, count in (("call_closed", None, 2), ("step_taken", "letter", 1), ("message_sent", "text", 3)):
        for _ in range(count):
            said: dict[str, Any] = {"customer_id": "cus_1", "subject_id": "x", "facts": {"channel": channel}}
            contacts.note(session, kind=kind, **said, now=chase.at(9))
    on = chase.at(30).date()
    found = queries.conduct(session, on=on, time_zone=ZONE, today=on)
    (promises,) = found.promises
    assert (promises.kept, promises.decided) == (2, 4)
    assert (promises.received_minor, promises.promised_minor) == (5000 + 2000 + 0 + 5000, 20000)
    assert (str(promises.by_count_percent), str(promises.by_amount_percent)) == ("50.0", "60.0")
    assert found.adherence == [
        Adherence(who="planner", step=0, inside=0, due=1),  # it lapsed
        Adherence(who="staff:anne", step=1, inside=1, due=1),
    ]
    assert found.cost_minor == costs().total_minor(Effort(calls=2, letters=1, texts=3))


def test_the_office_reads_any_week_over_http(shop: Shop, client: FlaskClient) -> None:
    shop.invoice()
    last = to_monday(shop)
    with transaction() as session:
        _, key = access.create_api_key(session, name="Desk", now=shop.now())
    headers = {"Authorization": f"Bearer {key}"}
    said = client.get("/api/v1/reports/weekly", headers=headers).get_json()
    assert said["last"] == last.isoformat()
    assert client.get(f"/api/v1/reports/weekly?on={last}", headers=headers).get_json() == said
    assert client.get("/api/v1/reports/weekly.csv", headers=headers).data.startswith(b"section,name")
    assert client.get(f"/api/v1/reports/weekly?on={last + timedelta(days=9)}", headers=headers).status_code == 422
    assert client.get("/api/v1/reports/conduct", headers=headers).get_json()["overrides"] == 0
