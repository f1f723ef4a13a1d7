"""A row is off until an admin reads it and puts a name under it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from server.access import operations as access
from server.access.rules import Role
from server.core.database import transaction
from server.law import operations, queries
from server.law.operations import HouseCeilingStays, ReviewExists, RowChanged
from server.law.queries import NoSuchRow
from server.law.rules import State
from tests import quebec

TODAY = quebec.NOW.date()
WANTED = {"version": 1, "switched_on": True, "name": "Lucie Roy", "reviewed_by": "staff:lucie"}


def _review(session: Session, review_id: str = "lrv_1", key: str = "ca-qc", *, days: int = 0, **more: object) -> None:
    said = {**WANTED, **more}
    operations.review(session, review_id=review_id, key=key, now=quebec.NOW + timedelta(days=days), **said)  # type: ignore[arg-type]


def _state(session: Session, key: str = "ca-qc") -> State:
    state: State = queries.get_sheet(session, key, today=TODAY)["state"]
    return state


def test_every_place_is_shipped_off(session: Session) -> None:
    quebec.open_business(session)
    states = {sheet["key"]: sheet["state"] for sheet in queries.list_sheets(session, today=TODAY)}
    assert states.pop("house") is State.ALWAYS
    assert set(states.values()) == {State.OFF}


def test_the_last_review_counts_and_each_is_kept(session: Session) -> None:
    quebec.open_business(session)
    _review(session)
    _review(session)
    assert _state(session) is State.ON
    _review(session, "lrv_2", switched_on=False, days=1)
    assert _state(session) is State.OFF
    assert [review.switched_on for review in queries.list_reviews(session, "ca-qc")] == [False, True]
    assert _state(session, "ca-on") is State.OFF


def test_what_cannot_be_reviewed(session: Session) -> None:
    _review(session)
    with pytest.raises(ReviewExists):
        _review(session, switched_on=False)
    with pytest.raises(RowChanged):
        _review(session, "lrv_2", version=7)
    with pytest.raises(HouseCeilingStays):
        _review(session, "lrv_2", key="house")
    with pytest.raises(NoSuchRow):
        _review(session, "lrv_2", key="mars")


def test_over_http_only_an_admin_reviews(client: FlaskClient) -> None:
    shop = quebec.open_shop()
    with transaction() as session:
        _, key = access.create_api_key(session, name="Owner", role=Role.ADMIN, now=quebec.NOW)
    asked = {"review_id": "lrv_1", "version": 1, "switched_on": True, "name": "Lucie Roy"}
    rows = client.get("/api/v1/law", headers=shop.desk).json
    assert rows is not None
    assert [row["row"] for row in rows["items"]][:2] == ["house", "ca"]
    assert client.get("/api/v1/law", headers=shop.phone).status_code == 403
    assert client.post("/api/v1/law/ca-qc/reviews", json=asked, headers=shop.desk).status_code == 403
    answer = client.post("/api/v1/law/ca-qc/reviews", json=asked, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 201, answer.json
    assert answer.json is not None
    assert (answer.json["state"], answer.json["reviewed_by"]) == ("on", "Lucie Roy")
    hours = next(rule for rule in answer.json["rules"] if rule["rule"] == "hours")
    assert "R-2.2" in hours["source"]
