"""Every screen of a technician's phone: for everybody, by day and by night, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from server.core.database import transaction
from server.invoices import queries as invoices
from server.payments.rules import Method
from tests.browser.conftest import Phone, Town
from tests.browser.test_everybody import problems
from tests.photos.pictures import JPEG

PROCESS = "/v1/terminal/readers/*/process_payment_intent"


def at_the_contract(phone: Phone, job_id: str) -> Iterator[str]:
    page = phone.page
    phone.look_at(job_id, "/contract")
    expect(page.locator(".actions button.main")).to_be_enabled()
    yield "no contract yet"
    page.locator(".actions button.main").click()
    expect(page.locator("progress")).to_be_visible()
    yield "a clause"
    page.locator("main button.quiet").click()
    page.locator(".actions button.main").click()
    expect(page.locator("canvas")).to_be_visible()
    yield "signing with a finger"
    page.locator("input[value=typed]").check(force=True)
    page.locator("input[type=checkbox]").check()
    page.locator("input.script").fill("Marie Tremblay")
    yield "signing with a witness"
    page.locator("input").last.fill("Rita Caron")
    page.locator("form button.main").click()
    expect(page.locator(".notice.paid")).to_be_visible()
    yield "signed"


def with_photos(phone: Phone) -> Iterator[str]:
    page = phone.page
    leak: FilePayload = {"name": "leak.jpg", "mimeType": "image/jpeg", "buffer": JPEG}
    none: FilePayload = {"name": "x", "mimeType": "", "buffer": b"x"}
    page.locator(".photos input[multiple]").set_input_files([leak, none])
    expect(page.locator(".photos form img")).to_be_visible()
    yield "a photo was taken, and a file is none"
    page.locator(".photos form input:not([type=radio])").fill("Sous l’évier")
    page.locator(".photos form button.main").click()
    expect(page.locator(".shot img")).to_be_visible()
    yield "a job with a photo"
    page.locator(".shot").click()
    expect(page.locator("dialog img")).to_be_visible()
    yield "a photo at large"
    page.locator("dialog button").click()


def before_the_work(phone: Phone, job_id: str) -> Iterator[str]:
    """A deposit that was signed for is taken, half of it by cheque."""
    page = phone.page
    phone.look_at(job_id)
    page.locator(".wide").click()
    expect(page.locator(".thumbs button").first).to_be_enabled()
    yield "the pay sheet of a deposit"
    page.locator("input").first.fill("20")
    page.locator("main.pay > button.button").click()
    page.locator("input[value=cheque]").check(force=True)
    page.locator("input:not([type=radio])").first.fill("0412")
    page.locator(".pay input[capture]").set_input_files(
        {"name": "cheque.jpg", "mimeType": "image/jpeg", "buffer": JPEG}
    )
    expect(page.locator(".shots img")).to_be_visible()
    yield "a cheque and its photo"
    page.locator("form > button.main").click()
    expect(page.locator(".live.paid")).to_be_visible()
    yield "a part of a deposit is paid"


def at_the_pay_sheet(phone: Phone) -> Iterator[str]:
    page, shop = phone.page, phone.town.shop
    card, other_way = page.locator(".thumbs button").first, page.locator(".live .button").last
    expect(card).to_be_enabled()
    yield "the pay sheet"
    page.locator("input").fill("0")
    yield "a wrong amount"
    page.locator("input").fill("100")
    page.locator(".thumbs button").last.click()
    expect(page.locator("img.code")).to_be_visible()
    yield "the code"
    other_way.click()
    page.locator("main.pay > button.button").click()
    page.locator("form button").last.click()
    card.click()
    expect(page.locator(".live.waiting .button").last).to_be_visible()
    yield "the reader is lit"
    shop.press("decline")
    phone.town.catch_up()
    expect(page.locator(".live.failed")).to_be_visible()
    yield "declined"
    shop.fault("drop_after", PROCESS, times=3)
    page.locator("button.main").click()
    expect(page.locator(".live.unknown")).to_be_visible()
    yield "unknown"
    shop.press("tap")
    page.locator(".live .button").click()
    expect(page.locator(".live.paid")).to_be_visible()
    yield "a part is paid"


def without_a_network(phone: Phone, job_id: str) -> Iterator[str]:
    page = phone.page
    phone.context.set_offline(True)
    phone.look_at(job_id)
    page.locator(".actions button").click()
    yield "unsigned, finish anyway"
    page.locator(".actions button").click()
    expect(page.locator("main.pay")).to_be_visible()
    yield "the pay sheet without a network"
    page.locator("main.pay > button.button").click()
    page.locator("form button.main").click()
    expect(page.locator(".live.paid")).to_be_visible()
    yield "recorded"
    page.locator(".banner a").click()
    yield "the queue"
    page.locator("header a").click()
    yield "the day without a network"


def screens(phone: Phone, job_id: str, other_id: str) -> Iterator[str]:
    """Come to every screen of the phone, one after another; tell which it is."""
    page, shop = phone.page, phone.town.shop
    page.goto(f"{phone.town.address}/kiosk/#pair=WRONG")
    page.locator("form button.main").click()
    expect(page.get_by_role("alert")).to_be_visible()
    yield "a wrong code"
    phone.pair()
    yield "the day"
    phone.look_at(job_id)
    expect(page.locator(".actions a.main")).to_be_visible()
    yield "a job"
    yield from with_photos(phone)
    yield from at_the_contract(phone, job_id)
    yield from before_the_work(phone, job_id)
    phone.look_at(job_id)
    yield "a job whose deposit is paid in part"
    page.locator(".actions button").click()
    yield from at_the_pay_sheet(phone)
    phone.look_at(job_id)
    expect(page.locator(".totals .total")).to_have_count(2)
    yield "a job partly paid"
    yield from without_a_network(phone, other_id)
    with transaction() as session:
        (invoice,) = invoices.list_for_jobs(session, [job_id])
    phone.look_at(job_id, "/pay")
    page.locator("main.pay > button.button").click()
    page.locator("form button.main").click()
    expect(page.locator(".live.paid")).to_be_visible()  # whoever is still at the form is told there, and it is dropped
    shop.collect(invoice, "pay_desk", method=Method.CASH)
    # All of what follows is asked before the phone is unpaired: whatever came after that would unpair it at once.
    with page.expect_response("**/api/v1/jobs?*"):
        phone.context.set_offline(False)
    page.locator(".banner.bad a").click()
    expect(page.locator(".queued.bad")).to_be_visible()
    page.locator(".queued.bad button").first.click()
    yield "refused"
    phone.revoke()
    page.locator("header a").click()
    page.locator(".as-of button").click()
    expect(page.locator("main.pair")).to_be_visible()
    yield "unpaired"


@pytest.mark.parametrize(
    ("language", "colours"), [("fr", "light"), ("en", "dark")], ids=["by day in French", "by night in English"]
)
def test_every_screen_is_for_everybody(town: Town, browser: Browser, language: str, colours: Any) -> None:
    phone = Phone(town, browser, language=language)
    phone.page.emulate_media(color_scheme=colours)
    found = []
    for screen in screens(phone, phone.plan(deposit_minor=5000, po_number="4711"), phone.plan("Robinet")):
        found += [f"{screen}: {problem}" for problem in problems(phone.page)]
    phone.context.close()
    found += phone.heard
    assert not found, "\n".join(found)
