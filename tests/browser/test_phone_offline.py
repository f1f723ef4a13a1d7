"""Where there is no network: everything at the door goes on, and each thing arrives once, in order."""

from __future__ import annotations

from datetime import datetime

from playwright.sync_api import Page, Request, Route, expect
from sqlalchemy import select

from server.contracts.models import Signature
from server.core.database import transaction
from server.invoices.models import Invoice
from server.payments.models import Payment
from tests.browser.conftest import Phone, Town
from tests.shop import Shop


def arrived() -> list[str]:
    """What is written down, in the order in which it arrived."""
    columns = {
        "signature": Signature.received_at,
        "invoice": Invoice.created_at,
        "payment": Payment.created_at,
    }
    with transaction() as session:
        found: list[tuple[datetime, str]] = [
            (moment, what) for what, column in columns.items() for moment in session.scalars(select(column))
        ]
    return [what for _, what in sorted(found)]


def sign(phone: Phone, job_id: str) -> None:
    """Sign, by typing, a contract that was fetched before."""
    phone.look_at(job_id, "/contract")
    phone.tap("Read it all at once")
    phone.tap("Go to signature")
    phone.page.get_by_text("En tapant le nom").click()
    phone.page.get_by_label("Tapez votre nom complet").fill("Marie Tremblay")
    phone.tap("Signer")
    expect(phone.page.get_by_role("alert")).to_have_text("Signed, not sent yet")


def record_cash(phone: Phone) -> None:
    phone.tap("Cash, cheque or transfer")
    phone.tap("Record $218.45 received")
    expect(phone.page.get_by_text("Recorded on this phone.")).to_be_visible()


def finish_offline(phone: Phone) -> str:
    """Finish a job and take cash for it, without a network; return the job's id."""
    job_id = phone.plan()
    phone.pair()
    phone.keeps_the_app()
    phone.look_at(job_id)
    expect(phone.page.get_by_role("button", name="Job done")).to_be_visible()
    phone.context.set_offline(True)
    phone.finish()
    record_cash(phone)
    return job_id


def must_be_sent(page: Page) -> None:
    expect(page.locator(".banner")).to_have_text("")
    expect(page.locator(".chip.paid").get_by_text("Paid", exact=True)).to_be_visible()


def test_without_a_network_the_phone_opens_with_the_jobs_it_last_saw(phone: Phone) -> None:
    phone.plan("Robinet")
    phone.pair()
    phone.keeps_the_app()
    phone.context.set_offline(True)
    phone.page.reload()
    expect(phone.page.get_by_role("heading", name="Robinet")).to_be_visible()
    expect(phone.page.get_by_role("status")).to_contain_text("No network. You can keep working.")
    phone.crash()
    expect(phone.page.get_by_role("heading", name="Robinet")).to_be_visible()


def test_a_visit_without_a_network_arrives_once_and_in_order(town: Town, phone: Phone) -> None:
    job_id = phone.plan()
    phone.pair()
    phone.keeps_the_app()
    phone.look_at(job_id, "/contract")
    phone.tap("Show the contract")
    expect(phone.page.get_by_text("Clause 1 of")).to_be_visible()
    phone.context.set_offline(True)
    sign(phone, job_id)
    phone.tap("Back to the job")
    phone.page.get_by_role("button", name="Job done").click()
    record_cash(phone)
    phone.crash()
    phone.tap("3 waiting to be sent")
    expect(phone.page.locator(".queued .strong")).to_have_text(
        ["Signature of Marie Tremblay", "Job done", "$218.45 received (cash)"]
    )
    assert arrived() == []
    phone.context.set_offline(False)
    expect(phone.page.get_by_text("Everything has been sent.")).to_be_visible()
    phone.look_at(job_id)
    must_be_sent(phone.page)
    assert arrived() == ["signature", "invoice", "payment"]


def test_an_app_that_dies_before_it_heard_the_answer_sends_the_same_thing_again(town: Town, phone: Phone) -> None:
    finish_offline(phone)

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    phone.context.route("**/completion", lose_the_answer)
    with phone.page.expect_event("requestfailed", lambda request: request.url.endswith("/completion")):
        phone.context.set_offline(False)
    assert arrived() == ["invoice"]
    phone.context.unroute("**/completion")
    phone.crash()
    must_be_sent(phone.page)
    assert arrived() == ["invoice", "payment"]


def test_two_tabs_send_each_thing_once(town: Town, phone: Phone) -> None:
    finish_offline(phone)
    other = phone.new_tab()
    other.goto(f"{town.address}/kiosk/")
    expect(other.get_by_text("2 waiting to be sent")).to_be_visible()
    posted: list[Request] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            posted.append(request)

    phone.context.on("request", note)
    phone.context.set_offline(False)
    phone.page.get_by_role("link", name="Back to the day’s jobs").click()
    must_be_sent(phone.page)
    must_be_sent(other)
    # A tab may hear of the network a moment before it is there: what then fails is tried again, and never left.
    left = [one for one in posted if one.failure != "net::ERR_INTERNET_DISCONNECTED"]
    assert [one.url.rsplit("/", 1)[-1] for one in left] == ["completion", "payments"]
    assert arrived() == ["invoice", "payment"]


def test_the_code_of_an_invoice_is_shown_without_a_network(town: Town, phone: Phone, page: Page) -> None:
    job_id = phone.plan()
    phone.pair()
    phone.keeps_the_app()
    phone.look_at(job_id)
    phone.finish()
    phone.tap("QR code")
    expect(phone.page.get_by_alt_text("QR code of the payment page")).to_be_visible()
    phone.context.set_offline(True)
    phone.crash()
    phone.look_at(job_id, "/pay")
    expect(phone.page.get_by_role("button", name="Card", exact=True)).to_be_disabled()
    phone.tap("QR code")
    expect(phone.page.get_by_alt_text("QR code of the payment page")).to_be_visible()
    page.goto(phone.page.locator("p.address").inner_text())
    page.locator("button.main").click()
    page.locator('button[value="pay"]').click()
    phone.context.set_offline(False)
    expect(phone.page.get_by_role("heading", name="$218.45 received")).to_be_visible()
    assert town.shop.captured() == Shop.TOTAL
