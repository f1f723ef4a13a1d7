"""A good payer slips out of their own habit, gets worse and pays a part up front, and is released when cured."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from server.cli.story.players import Json, Players, line, new, until
from tests.journeys.desk import Desk
from tests.journeys.test_deposits import ask, sign

CLASSES = ("reliable", "slow_but_sure", "ordinary", "new_unknown", "deteriorating", "high")
WORK = [line("Entretien", "1", 10000, "none")]


@pytest.fixture
def owner(street: Players) -> Iterator[Desk]:
    """The owner, who asks those who get worse for a half up front until the story is over."""
    desk = Desk(street)
    said = {f"up_front_{name}": "0" for name in CLASSES} | {"up_front_high": "100", "stop_high": "on"}
    desk.send("/credit", on="/credit", **{**said, "up_front_deteriorating": "50"})
    yield desk
    desk.send("/credit", on="/credit", **said)


def standing(street: Players, customer_id: str, risk_class: str, because: str) -> Json:
    """Wait until they are of a class and stand so."""
    return until(
        lambda: street.office("GET", f"/customers/{customer_id}/standing"),
        lambda it: (it["risk_class"], it["terms"]["because"]) == (risk_class, because),
        f"{risk_class} because {because}",
    )


def book(street: Players, customer_id: str, percent: str) -> tuple[str, int]:
    """Book a job of which so much is paid before it is done; return its id and the answer's status."""
    job = {"job_id": new("job"), "customer_id": customer_id, "technician_id": street.world["technician"]["id"]}
    schedule = [{"label": "Commande", "percent": percent, "when": "on_signature"}]
    plan = {"title": "Chauffe-eau", "scheduled_at": street.now(), "lines": WORK, "schedule": schedule}
    answer = street.send("POST", "/jobs", {**job, **plan}, street.world["api_key"])
    return job["job_id"], answer.status_code


def test_terms_get_worse_with_a_good_payer_s_habit_and_better_by_themselves(street: Players, owner: Desk) -> None:
    clerk = Desk(street, "clerk")
    first = street.do_job("Fidèle Côté", "Entretien", WORK)
    customer_id = first["customer_id"]
    here = f"/customers/{customer_id}/standing"
    good = [first, *(street.do_another(customer_id, "Entretien", WORK) for _ in range(5))]
    for invoice in good:
        street.collect(invoice, "cash", 10000)
    late = [street.do_another(customer_id, "Entretien", WORK)]
    street.wait(days=4)
    standing(street, customer_id, "reliable", "usual")
    late += [street.do_another(customer_id, "Entretien", WORK) for _ in range(2)]
    street.wait(days=28)
    standing(street, customer_id, "reliable", "slips")
    assert "They pay later than they used to." in clerk.read(here)
    street.wait(days=5)
    worse = standing(street, customer_id, "deteriorating", "slips")
    (proposal,) = worse["proposals"]
    assert (proposal["because"], worse["terms"]["up_front_percent"]) == ("worst", 50)
    decision = f"/customers/{customer_id}/proposals/{proposal['proposal_id']}"
    assert "A supervisor decides." in clerk.read(here)
    owner.send(decision, on=here, decision="reject")
    assert book(street, customer_id, "20")[1] == 409
    for invoice in late:
        street.collect(invoice, "cash", 10000)
    job_id, booked = book(street, customer_id, "50")
    assert booked == 201
    sign(street, job_id)
    street.collect(ask(street, job_id, 1), "cash", 5000)
    street.collect(street.complete(job_id), "cash", 5000)
    street.wait(seconds=90)
    standing(street, customer_id, "reliable", "usual")
    history = street.office("GET", here)["history"]
    assert [change["became"] for change in history] == ["reliable", "deteriorating", "reliable"]
    assert "The last three are later than day" in clerk.read(here)
    assert book(street, customer_id, "1")[1] == 201
    clerk.send(here, on=here, payer_type="unknown", limit="", up_front_percent="30", do_not_book="")
    street.wait(days=1)
    (proposal,) = standing(street, customer_id, "reliable", "agreed")["proposals"]
    assert proposal["because"] == "best"
    owner.send(f"/customers/{customer_id}/proposals/{proposal['proposal_id']}", on=here, decision="approve")
    assert street.office("GET", here)["terms"]["up_front_percent"] == 0
    clerk.send(here, on=here, payer_type="unknown", limit="50.00", up_front_percent="", do_not_book="")
    over = street.do_another(customer_id, "Entretien", WORK)
    street.wait(days=1)
    held = standing(street, customer_id, "reliable", "over_limit")
    assert (held["terms"]["standing"], held["terms"]["up_front_percent"]) == ("hold", 100)
    street.collect(over, "cash", 10000)
    street.wait(seconds=90)
    standing(street, customer_id, "reliable", "usual")
