"""An admin reads what a place allows, and switches it on under a name."""

from __future__ import annotations

from tests.office.conftest import Desk, hidden


def test_the_owner_reads_the_rules_of_a_place_and_switches_them_on_and_off(owner: Desk) -> None:
    assert "Nobody yet" in owner.get("/law")
    page = owner.get("/law/ca-qc")
    assert "never on holidays, which Sundays are" in page
    assert "R-2.2" in page
    said = {"review_id": hidden(page, "review_id"), "version": "1", "name": "Guy Roy", "switch": "on"}
    assert owner.post("/law/ca-qc/reviews", said, on="/law/ca-qc").status_code == 303
    assert "These rules hold from now on." in owner.get("/law/ca-qc")
    assert "Guy Roy" in owner.get("/law")
    assert owner.post("/law/ca-qc/reviews", {**said, "switch": "off"}, on="/law/ca-qc").status_code == 409
    off = {**said, "review_id": "lrv_2", "switch": "off"}
    assert owner.post("/law/ca-qc/reviews", off, on="/law/ca-qc").status_code == 303
    assert "switched off" in owner.get("/law/ca-qc")


def test_a_review_without_a_name_is_refused_and_the_house_s_ceiling_stays(owner: Desk) -> None:
    said = {"review_id": "lrv_1", "version": "1", "name": " ", "switch": "on"}
    assert owner.post("/law/ca-qc/reviews", said, on="/law/ca-qc").status_code == 422
    named = {**said, "name": "Guy Roy"}
    answer = owner.post("/law/house/reviews", named, on="/law/ca-qc")
    assert answer.status_code == 422
    assert "always on" in answer.text
    assert "switch on" not in owner.get("/law/house")


def test_a_version_that_there_never_was_is_not_taken_for_a_name_that_is_missing(owner: Desk) -> None:
    said = {"review_id": "lrv_1", "name": "Guy Roy", "switch": "on"}
    for version in ("x", "99"):
        answer = owner.post("/law/ca-qc/reviews", {**said, "version": version}, on="/law/ca-qc")
        assert (answer.status_code, "Read it again" in answer.text) == (409, True)
    said = {**said, "version": "1", "name": ""}
    assert "Write who answers for it." in owner.post("/law/ca-qc/reviews", said, on="/law/ca-qc").text


def test_the_office_does_not_review_law(desk: Desk) -> None:
    desk.get("/law", status=403)
