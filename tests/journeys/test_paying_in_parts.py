"""A debt is paid in parts: agreed in writing, signed on the page, charged to the saved card on each day."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import requests

from server.cli.story.players import VISA, Json, Players, new, until
from tests.journeys.desk import Desk
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


def test_a_customer_asks_for_three_parts_and_a_missed_one_lets_the_chase_go_on(street: Players) -> None:
    clerk = Desk(street, "clerk")
    invoice, case = late(street, "Gaston Tranche")
    assert send(invoice, "payment_plans", count="3", every="week", first_on=days_from_now(street, 2)) == 303
    here = f"/cases/{case['case_id']}/arrangements"
    (asked,) = street.office("GET", f"/dunning/cases/{case['case_id']}")["payment_plans"]
    assert (asked["status"], [part["amount_minor"] for part in asked["parts"]]) == ("asked", [1667, 1667, 1666])
    plan_id = asked["payment_plan_id"]
    clerk.send(f"/cases/{case['case_id']}/payment_plans/{plan_id}/offer", on=here)
    address = f"{invoice['pay_url']}/agreements/{plan_id}"
    unsigned = requests.get(f"{address}.pdf", timeout=30).content
    signature = {"document_sha256": plan_of(street, plan_id)["document_sha256"], "signer_name": "Gaston Tranche"}
    said = {**signature, "witness_name": "Aline Témoin", "agreed": "on"}
    assert requests.post(address, data=said, allow_redirects=False, timeout=30).status_code == 303
    assert requests.get(f"{address}.pdf", timeout=30).content != unsigned
    assert "Witnessed by Aline Témoin" in clerk.read(here)
    assert street.cases(invoice["customer_id"])[0]["status"] == "paused"
    street.collect(invoice, "cash", 1667)
    street.wait(days=12)  # the first part has come; the second had five days of grace
    assert plan_of(street, plan_id)["status"] == "active"
    street.wait(days=5)
    until(lambda: plan_of(street, plan_id)["status"], lambda status: status == "broken", "the plan to have ended")
    # A missed part is a broken word: where the plan goes on is a person's decision.
    assert street.cases(invoice["customer_id"])[0]["status"] == "referral_pending"
    street.collect(invoice, "cash", 3333)


def test_a_card_that_is_refused_is_tried_again_and_leaves_a_link(street: Players) -> None:
    card = save(street, "4000000000000341")
    invoice = second_job(street, card)
    by_day(street)
    street.wait(days=31)
    (case,) = until(lambda: street.cases(card["customer_id"]), lambda found: len(found) == 1, "a case")
    plan_id = new("ppl")
    wanted = {"payment_plan_id": plan_id, "count": 2, "first_on": days_from_now(street, 1), "every": "month"}
    plan = street.office("POST", f"/dunning/cases/{case['case_id']}/payment_plans", wanted, status=201)
    said = {"document_sha256": plan["document_sha256"], "signer_name": "Rosalie Morin", "agreed": "on"}
    address = f"{invoice['pay_url']}/agreements/{plan_id}"
    requests.post(address, data={**said, "saved_card_id": card["saved_card_id"]}, timeout=30)
    street.wait(days=1)
    until(lambda: charges(street, invoice), lambda found: found == ["failed"], "the card to be refused")
    street.wait(days=1)
    assert charges(street, invoice) == ["failed"]
    street.wait(days=1)
    until(lambda: charges(street, invoice), lambda found: found == ["failed"] * 2, "the card to be tried again")
    refusal = until(
        lambda: [mail for mail in street.mails(street.addresses[-1]) if "n’a pas été débitée" in mail["subject"]],
        bool,
        "the word of the refusal",
    )
    link = re.search(r"http://\S+/p/[\w.-]+", refusal[-1]["text"])
    assert link
    _, session_id = street.open_checkout(link[0])
    street.press_checkout(session_id, "pay")
    street.must_be_paid(invoice)
    until(lambda: plan_of(street, plan_id)["status"], lambda status: status == "completed", "the plan to be over")


def charges(street: Players, invoice: Json) -> list[str]:
    """How the charges of a card on file ended."""
    paid = street.office("GET", f"/payments?invoice_id={invoice['invoice_id']}")["items"]
    return [payment["status"] for payment in paid if payment["method"] == "card_on_file"]
