"""The policy is written from the live settings: a change is a new version, a version is known by its hash and read."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from pdfminer.high_level import extract_text
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from server.business import operations as business
from server.contracts import operations as contracts
from server.contracts import queries as contract_queries
from server.core.database import transaction
from server.documents import pdf
from server.dunning.operations import install_plans
from server.policy import operations, queries, rules
from server.policy.operations import PersonNeeded, PolicyChanged
from server.policy.queries import NoPolicy
from server.standing import operations as standing
from server.standing.rules import ClassPolicy, Policy, RiskClass
from tests import quebec
from tests.dunning.chase import Chase

NOW = quebec.NOW


@pytest.fixture
def chase(session: Session) -> Chase:
    made = Chase(session)
    install_plans(session, now=NOW)
    return made


def test_a_change_of_settings_is_a_new_version_and_nothing_else_is(chase: Chase) -> None:
    first = operations.publish(chase.session, now=NOW)
    assert operations.publish(chase.session, now=NOW + timedelta(days=1)) is first
    business.change_settings(chase.session, {"office_refund_limit_minor": 77700})
    second = operations.publish(chase.session, now=NOW + timedelta(days=2))
    policy = Policy(classes={RiskClass.NEW_UNKNOWN: ClassPolicy(up_front_percent=30, limit_minor=90000)})
    standing.set_policy(chase.session, policy=policy, set_by="staff:guy", now=NOW)
    third = operations.publish(chase.session, now=NOW + timedelta(days=4))
    assert len({first.sha256, second.sha256, third.sha256}) == 3
    assert first.sha256 == rules.digest(first.content)
    for day, held in ((-9, first), (1, first), (2, second), (3, second), (9, third)):
        on = (NOW + timedelta(days=day)).date()
        assert queries.get_in_force(chase.session, on=on, time_zone="America/Toronto") is held
    with pytest.raises(DBAPIError, match="refused"):
        chase.session.execute(text("UPDATE policy_versions SET sha256 = ''"))


def test_it_says_what_the_settings_say_in_both_languages(chase: Chase) -> None:
    classes = {RiskClass.NEW_UNKNOWN: ClassPolicy(up_front_percent=30, limit_minor=90000)}
    policy = Policy(classes={**classes, RiskClass.HIGH: ClassPolicy(do_not_book=True)})
    standing.set_policy(chase.session, policy=policy, set_by="staff:guy", now=NOW)
    version = operations.publish(chase.session, now=NOW)
    said = {
        language: str(queries.get_facts(chase.session, version, language=language, for_staff=True).sections)
        for language in ("fr", "en")
    }
    assert "30% before the work is done, at most $900.00 open" in said["en"]
    assert "no further job until what is open is settled" in said["en"]
    assert "rien d’avance" in said["fr"]
    assert "%(" not in str(said)


def test_staff_read_the_version_that_holds_once(chase: Chase) -> None:
    luc = quebec.add_technician(chase.session)
    version = operations.publish(chase.session, now=NOW)
    with pytest.raises(PersonNeeded):
        operations.acknowledge(chase.session, sha256=version.sha256, staff_id=None, now=NOW)
    with pytest.raises(PolicyChanged):
        operations.acknowledge(chase.session, sha256="0" * 64, staff_id=luc.id, now=NOW)
    for later in range(2):
        now = NOW + timedelta(days=later)
        operations.acknowledge(chase.session, sha256=version.sha256, staff_id=luc.id, now=now)
    ((person, read),) = queries.list_readers(chase.session, version.sha256)
    assert person.id == luc.id
    assert read is not None
    assert read.acknowledged_at == NOW


def test_there_is_no_policy_before_the_first_version(chase: Chase) -> None:
    with pytest.raises(NoPolicy):
        queries.get_in_force(chase.session, time_zone="America/Toronto")


def test_the_contract_hands_it_over_as_it_was_on_that_day(client: FlaskClient) -> None:
    trade = quebec.open_shop()
    with transaction() as session:
        install_plans(session, now=NOW)
        contract = contracts.issue(session, job_id="job_1", contract_id="con_1", now=NOW)
        facts = contract_queries.get_facts(session, contract)
    said = client.get("/api/v1/policy", headers=trade.phone).get_json()
    assert facts.policy_url is not None
    address = facts.policy_url.partition("/policy.pdf")
    assert address[2] == "?on=2026-03-02&language=fr"
    printed = client.get("".join(address[1:]))
    assert printed.data == client.get("".join(address[1:])).data
    assert printed.data[:4] == b"%PDF"
    assert client.get("/policy.pdf?on=x").status_code == 200
    read = {"sha256": said["sha256"]}
    assert client.post("/api/v1/policy/acknowledgements", json=read, headers=trade.desk).status_code == 403
    readers = client.post("/api/v1/policy/acknowledgements", json=read, headers=trade.phone).get_json()["readers"]
    assert [reader["acknowledged_at"] is not None for reader in readers] == [True]


def test_its_pdf_says_its_hash(chase: Chase) -> None:
    version = operations.publish(chase.session, now=NOW)
    facts = queries.get_facts(chase.session, version, language="en", for_staff=True)
    assert version.sha256[:32] in extract_text(BytesIO(pdf.policy(facts))).replace("\n", "")


def test_what_one_person_may_give_back_is_told_to_the_staff_alone(chase: Chase) -> None:
    business.change_settings(chase.session, {"office_refund_limit_minor": 77700})
    version = operations.publish(chase.session, now=NOW)
    copies = [
        extract_text(BytesIO(pdf.policy(queries.get_facts(chase.session, version, language="en", for_staff=for_staff))))
        for for_staff in (True, False)
    ]
    assert ["777.00" in copy for copy in copies] == [True, False]
    assert ["for the staff alone" in copy for copy in copies] == [True, False]
