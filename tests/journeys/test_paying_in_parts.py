"""A debt is paid in parts: agreed in writing, signed on the page, charged to the saved card on each day."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import requests

from server.cli.story.players import VISA, Json, Players, new, until
from tests.journeys.test_a_card_is_saved import save, second_job
from tests.journeys.test_promises_kept_and_broken import days_from_now, late, send


def by_day(street: Players) -> None:
    """Wait for the middle of a morning in Quebec, when cards are charged."""
    now = datetime.fromisoformat(street.now())
    street.wait(seconds=int((datetime(now.year, now.month, now.day, 15, tzinfo=UTC) - now).total_seconds()) % 86400)


def plan_of(street: Players, plan_id: str) -> Json:
    return street.office("GET", f"/dunning/payment_plans/{plan_id}")


def missing(street: Players, plan_id: str) -> list[int]:
    """What is missing of each part."""
    return [part["missing_minor"] for part in plan_of(street, plan_id)["parts"]]


def test_a_plan_is_signed_on_the_page_and_charged_on_its_days(street: Players) -> None:
    card = save(street, VISA)
    invoice = second_job(street, card)
    by_day(street)
    street.wait(days=31)
    (case,) = until(lambda: street.cases(card["customer_id"]), lambda found: len(found) == 1, "a case")
    plan_id = new("ppl")
    wanted = {"payment_plan_id": plan_id, "count": 2, "first_on": days_from_now(street, 1), "every": "week"}
    plan = street.office("POST", f"/dunning/cases/{case['case_id']}/payment_plans", wanted, status=201)
    assert [part["amount_minor"] for part in plan["parts"]] == [6000, 6000]
    address = f"{invoice['pay_url']}/agreements/{plan_id}"
    page = requests.get(f"{address}?lang=fr", timeout=30).text
    assert "Accord de paiement" in page
    signature = {"document_sha256": plan["document_sha256"], "signer_name": "Rosalie Morin", "agreed": "on"}
    chosen = re.search(r'name="saved_card_id" value="([^"]+)"', page)
    assert chosen
    said = {**signature, "saved_card_id": chosen[1]}
    assert requests.post(address, data=said, allow_redirects=False, timeout=30).status_code == 303
    assert requests.get(f"{address}.pdf", timeout=30).content.startswith(b"%PDF")
    street.wait(days=1)
    until(lambda: missing(street, plan_id), lambda gaps: gaps == [0, 6000], "the first part to be charged")
    street.wait(days=7)
    street.must_be_paid(invoice)
    until(lambda: plan_of(street, plan_id)["status"], lambda status: status == "completed", "the plan to be over")


def test_a_customer_asks_for_parts_and_a_missed_one_lets_the_chase_go_on(street: Players) -> None:
    invoice, case = late(street, "Gaston Tranche")
    assert send(invoice, "payment_plans", count="2", every="week", first_on=days_from_now(street, 2)) == 303
    (asked,) = street.office("GET", f"/dunning/cases/{case['case_id']}")["payment_plans"]
    assert asked["status"] == "asked"
    path = f"/dunning/payment_plans/{asked['payment_plan_id']}"
    offered = street.office("POST", f"{path}/offer", {})
    signature = {"document_sha256": offered["document_sha256"], "signer_name": "Gaston Tranche"}
    street.office("POST", f"{path}/signature", {**signature, "witness_name": "Anne"}, status=201)
    (resting,) = street.cases(invoice["customer_id"])
    assert resting["status"] == "paused"
    street.wait(days=9)
    until(lambda: street.office("GET", path)["status"], lambda status: status == "broken", "the plan to have ended")
    street.collect(invoice, "cash", 5000)
