"""A plan is data: written wrong it says where, seen dry it says whom and why not, and a case moves to it by hand."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta

from server.cli.story.players import Json, Players, line, new, until
from tests.journeys.desk import Desk
from tests.journeys.plans import in_force
from tests.journeys.test_two_people_let_go import status

LONGEST_PAUSE_DAYS = 20  # between the end of a step and the next


def run(street: Players, **wanted: object) -> Json:
    """Run the plan, or see it dry; return what came of it."""
    asked = street.office("POST", "/dunning/runs", {"run_id": new("run"), **wanted}, status=202)
    return until(
        lambda: street.office("GET", f"/dunning/runs/{asked['run_id']}"),
        lambda it: it["status"] in ("done", "failed"),
        "the run to be over",
    )


def line_of(lines: list[Json], invoice: Json) -> Json:
    """What a run says of the customer of an invoice; nothing where they are not in this list."""
    return next((each for each in lines if each["customer_id"] == invoice["customer_id"]), {})


def test_a_version_is_checked_seen_dry_for_a_day_and_followed_by_hand(street: Players) -> None:
    desk = Desk(street)
    work = [line("Prise", "1", 5000, "none")]
    chased, resting = (street.do_job(name, "Prise", work) for name in ("Denise Planche", "Roger Repos"))
    street.wait(days=31)
    case_id, path = (
        status(street, chased, "active")["case_id"],
        f"/cases/{status(street, resting, 'active')['case_id']}",
    )
    hold_id = desk.hidden(desk.read(f"{path}/arrangements"), "hold_id")
    desk.send(f"{path}/holds", on=f"{path}/arrangements", hold_id=hold_id, kind="manual", reason="En vacances")
    before = in_force(street)
    said = {name: before[name] for name in ("name", "basis", "min_gap_days", "large_accounts", "modifiers", "exits")}
    steps = deepcopy(before["steps"])
    wrong = deepcopy(steps)
    wrong[1]["small"]["template"] = "nope"
    wrong[2]["opens_day"] = wrong[1]["closes_day"]
    refused = street.send("POST", "/dunning/plans", {**said, "steps": wrong}, street.world["api_key"])
    assert (refused.status_code, refused.json()["code"]) == (422, "plan_invalid")
    faults = refused.json()["errors"]
    assert faults["steps.1.small.template"] == ["template_unknown"]
    assert faults["steps.2.opens_day"] == ["window_overlaps"]
    bare = street.office("POST", "/dunning/plans", {**said, "steps": steps, "large_accounts": []}, status=201)
    plan_id, today = bare["plan_id"], date.fromisoformat(street.now()[:10])
    # Between two steps nothing is planned, nor on Sundays and holidays where another story has Quebec's law hold.
    days = [(today + timedelta(days=12 + more)).isoformat() for more in range(LONGEST_PAUSE_DAYS)]
    seen = (run(street, dry_run=True, plan_id=plan_id, as_of=on) for on in days)
    dry = next(found for found in seen if line_of(found["planned"], chased))
    assert dry["warnings"] == ["threshold_missing"]
    planned = line_of(dry["planned"], chased)
    assert planned["open_minor"] == 5000
    assert "50,00" in planned["subject"]
    assert line_of(dry["skipped"], resting)["reason"] == "paused"
    switched = street.send("POST", f"/dunning/plans/{plan_id}/switch", None, street.world["api_key"])
    assert switched.json()["code"] == "threshold_missing"
    preview = street.office("GET", f"/dunning/preview?template=final_demand&case_id={case_id}")
    assert chased["number"] in preview["text"]
    moved = {"plan_id": plan_id, "reason": "Version d’essai"}
    assert (
        street.office("POST", f"/dunning/cases/{case_id}/plan", moved)["transitions"][-1]["note"] == "Version d’essai"
    )
    assert in_force(street)["plan_id"] == before["plan_id"]
    run(street)
    street.wait(seconds=60)
    sent = len(street.mails(street.addresses[-2]))
    assert line_of(run(street)["skipped"], chased)["reason"] is not None  # a second run on one day
    street.wait(seconds=60)
    assert len(street.mails(street.addresses[-2])) == sent
    for invoice in (chased, resting):
        street.collect(invoice, "cash", 5000)
