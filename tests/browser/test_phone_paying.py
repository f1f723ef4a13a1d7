"""Being paid before the van leaves: the pay sheet of a technician's phone."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import select

from server.core.database import transaction
from server.ledger.rules import Kind
from server.payments.models import Payment
from tests.browser.conftest import Phone, Town
from tests.browser.test_everybody import problems, reach
from tests.shop import Shop

PROCESS = "/v1/terminal/readers/*/process_payment_intent"
LIT = "Tap, insert or swipe the card."
PAID = "$218.45 received"


def payments() -> list[tuple[str, str, int]]:
    """The method, status and amount of every payment, oldest first."""
    with transaction() as session:
        found = session.execute(
            select(Payment.method, Payment.status, Payment.amount_minor).order_by(Payment.created_at)
        )
        return [(str(method), str(status), amount_minor) for method, status, amount_minor in found]


def present(town: Town, card: str) -> None:
    """Hold a good card to the reader (`tap`) or a bad one (`decline`), and let the business hear of it."""
    town.shop.press(card)
    town.catch_up()


def at_the_pay_sheet(phone: Phone) -> Page:
    job_id = phone.plan()
    phone.pair()
    phone.look_at(job_id)
    phone.finish()
    return phone.page


def test_from_job_done_the_reader_is_lit_in_three_taps_on_two_screens(town: Town, phone: Phone) -> None:
    job_id = phone.plan()
    phone.pair()
    phone.look_at(job_id)
    phone.page.evaluate(
        """() => {
          window.seen = {taps: 0, screens: []}
          const look = () => seen.screens.includes(location.hash) || seen.screens.push(location.hash)
          addEventListener('click', () => (seen.taps++, look()), true)
          addEventListener('hashchange', look)
        }"""
    )
    phone.finish()
    phone.tap("Card")
    expect(phone.page.get_by_text(LIT)).to_be_visible()
    seen: dict[str, Any] = phone.page.evaluate("seen")
    assert seen == {"taps": 3, "screens": [f"#/job/{job_id}", f"#/job/{job_id}/pay"]}
    assert town.shop.can_tap()
    town.catch_up()
    expect(phone.page.get_by_role("heading", name=PAID)).to_be_visible()
    phone.tap("Back to the day’s jobs")
    expect(phone.page.get_by_text("Paid", exact=True)).to_be_visible()
    assert town.shop.captured() == Shop.TOTAL


def hold(page: Page, address: str) -> None:
    """Hold back what the app asks first at an address that ends so. `held` is that, once it is asked.

    Within the page: whether a request is seen to pass depends on when the service worker takes the page over.
    """
    page.evaluate(
        """address => {
          const ask = window.fetch
          window.held = new Promise((tell) => {
            window.fetch = (where, ...rest) => {
              if (!where.endsWith(address)) return ask(where, ...rest)
              window.fetch = ask
              return new Promise((resolve) => tell({letGo: () => resolve(ask(where, ...rest))}))
            }
          })
        }""",
        address,
    )


def let_go(page: Page) -> None:
    """Let it pass."""
    page.evaluate("held.then((one) => one.letGo())")


def test_nothing_moves_the_ways_to_pay_under_a_thumb(town: Town, phone: Phone) -> None:
    job_id = phone.plan()
    phone.pair()
    phone.look_at(job_id)
    hold(phone.page, "/v1/readers")
    phone.finish()
    phone.page.evaluate("held.then(() => true)")
    thumb = phone.page.get_by_role("button", name="QR code")
    before = thumb.bounding_box()
    let_go(phone.page)
    expect(phone.page.get_by_text("Reader: Van 1")).to_be_visible()
    expect(phone.page.get_by_role("button", name="Card", exact=True)).to_be_enabled()
    assert thumb.bounding_box() == before


def test_nothing_moves_under_the_thumb_of_whoever_was_just_paid(town: Town, phone: Phone) -> None:
    page = at_the_pay_sheet(phone)
    hold(page, "/receipt")
    page.evaluate(
        """() => {
          window.told = []
          new MutationObserver(() => {
            const words = document.querySelector('.paid')?.innerText
            if (words) told.push(words)
          }).observe(document.body, {subtree: true, childList: true, characterData: true})
        }"""
    )
    phone.tap("Card")
    expect(page.get_by_text(LIT)).to_be_visible()
    present(town, "tap")
    page.evaluate("held.then(() => true)")
    expect(page.get_by_role("heading", name=PAID)).to_be_visible()
    onwards = page.get_by_role("link", name="Back to the day’s jobs")
    before = onwards.bounding_box()
    let_go(page)
    expect(page.get_by_role("button", name="E-mail")).to_be_visible()
    assert onwards.bounding_box() == before
    assert [words for words in page.evaluate("told") if "still to pay" in words] == []


def test_a_declined_card_says_why_and_what_to_do_and_another_card_pays(town: Town, phone: Phone) -> None:
    page = at_the_pay_sheet(phone)
    phone.tap("Card")
    expect(page.get_by_text(LIT)).to_be_visible()
    present(town, "decline")
    expect(page.get_by_role("heading", name="declined")).to_be_visible()
    expect(page.get_by_text("another card")).to_be_visible()
    phone.tap("Try again")
    expect(page.get_by_text(LIT)).to_be_visible()
    present(town, "tap")
    expect(page.get_by_role("heading", name=PAID)).to_be_visible()
    assert [status for _, status, _ in payments()] == ["failed", "succeeded"]
    assert town.shop.captured() == Shop.TOTAL


def test_a_payment_canceled_on_the_phone_darkens_the_reader_and_takes_nothing(town: Town, phone: Phone) -> None:
    page = at_the_pay_sheet(phone)
    phone.tap("Card")
    phone.tap("Cancel the payment")
    expect(page.get_by_role("heading", name="Canceled")).to_be_visible()
    assert not town.shop.can_tap()
    phone.tap("Pay another way")
    expect(page.get_by_role("button", name="Card", exact=True)).to_be_enabled()


def test_an_amount_that_was_typed_stays_until_it_is_received(phone: Phone) -> None:
    page = at_the_pay_sheet(phone)
    page.get_by_label("Amount to collect now").fill("100")
    phone.tap("QR code")
    phone.tap("Pay another way")
    phone.tap("Cash, cheque or transfer")
    phone.tap("Pay another way")
    expect(page.get_by_label("Amount to collect now")).to_have_value("100")
    phone.tap("Cash, cheque or transfer")
    phone.tap("Record $100.00 received")
    phone.tap("Collect the rest")
    expect(page.get_by_label("Amount to collect now")).to_have_value("118.45")
    assert payments() == [("cash", "succeeded", 10000)]


def test_more_than_is_owed_is_taken_by_hand_once_the_customer_agrees_that_it_is_their_credit(
    town: Town, phone: Phone
) -> None:
    page = at_the_pay_sheet(phone)
    page.get_by_label("Amount to collect now").fill("300")
    expect(page.get_by_role("alert")).to_contain_text("At most $218.45 by card or QR code.")
    expect(page.get_by_role("button", name="Card", exact=True)).to_be_disabled()
    phone.tap("Cash, cheque or transfer")
    asked = page.get_by_label("The customer agrees that $81.55 more than is owed is kept as their credit.")
    phone.tap("Record $300.00 received")
    assert payments() == [], "nobody has agreed"
    assert problems(page) == []
    asked.check()
    phone.tap("Record $300.00 received")
    expect(page.get_by_text("$300.00 received")).to_be_visible()
    assert payments() == [("cash", "succeeded", 30000)]
    assert town.shop.books(Kind.CUSTOMER_CREDIT) == 8155


def test_the_code_closes_itself_when_the_customer_has_paid(town: Town, phone: Phone, page: Page) -> None:
    at_the_pay_sheet(phone)
    phone.tap("QR code")
    expect(phone.page.get_by_alt_text("QR code of the payment page")).to_be_visible()
    page.goto(phone.page.locator("p.address").inner_text())
    page.locator("button.main").click()
    page.locator('button[value="pay"]').click()
    expect(phone.page.get_by_role("heading", name=PAID)).to_be_visible()
    assert town.shop.captured() == Shop.TOTAL


def test_the_code_for_a_part_asks_for_it_and_without_a_network_says_what_to_type(phone: Phone) -> None:
    page = at_the_pay_sheet(phone)
    page.get_by_label("Amount to collect now").fill("100")
    hold(page, "/qr.svg?amount_minor=10000")
    phone.tap("QR code")
    let_go(page)
    expect(page.get_by_role("heading", name="Scan to pay $100.00")).to_be_visible()
    phone.tap("Pay another way")
    phone.context.set_offline(True)
    phone.tap("QR code")
    expect(page.get_by_role("heading", name="Scan to pay $218.45")).to_be_visible()
    expect(page.get_by_text("The customer types $100.00")).to_be_visible()
    expect(page.get_by_alt_text("QR code of the payment page")).to_be_visible()


def test_an_unknown_outcome_is_called_unknown_even_after_a_crash_and_resolves_itself(town: Town, phone: Phone) -> None:
    at_the_pay_sheet(phone)
    town.shop.fault("drop_after", PROCESS, times=3)
    phone.tap("Card")
    unknown = "Outcome not known yet"
    expect(phone.page.get_by_role("heading", name=unknown)).to_be_visible()
    expect(phone.page.get_by_text("Do not charge again")).to_be_visible()
    here = phone.page.url
    phone.crash()
    phone.page.goto(here)
    expect(phone.page.get_by_role("heading", name=unknown)).to_be_visible()
    expect(phone.page.get_by_role("button", name="Card", exact=True)).to_have_count(0)
    present(town, "tap")
    expect(phone.page.get_by_role("heading", name=PAID)).to_be_visible()
    assert payments() == [("card_reader", "succeeded", Shop.TOTAL)]
    assert town.shop.captured() == Shop.TOTAL


def test_an_unknown_outcome_is_asked_about_when_the_technician_says_so(town: Town, phone: Phone) -> None:
    at_the_pay_sheet(phone)
    town.shop.fault("drop_after", PROCESS, times=3)
    phone.tap("Card")
    check = phone.page.get_by_role("button", name="Check status")
    expect(check).to_be_visible()
    town.shop.press("tap")
    check.click()
    expect(phone.page.get_by_role("heading", name=PAID)).to_be_visible()
    assert town.shop.captured() == Shop.TOTAL


def test_the_pay_sheet_works_by_keyboard_alone(town: Town, phone: Phone) -> None:
    page = at_the_pay_sheet(phone)
    press = page.keyboard.press
    reach(page, "input")
    press("Control+A")
    page.keyboard.type("100,00")
    reach(page, "button.button:not(.main)")
    press("Enter")
    reach(page, "input[value=cash]")
    press("ArrowRight")
    reach(page, "input:not([type=radio])")
    page.keyboard.type("0041")
    press("Enter")
    expect(page.get_by_role("heading", name="$100.00 received")).to_be_focused()
    reach(page, "button.main")
    press("Enter")
    reach(page, "button.main")
    press("Enter")
    expect(page.get_by_text(LIT)).to_be_visible()
    present(town, "decline")
    expect(page.get_by_role("heading", name="declined")).to_be_visible()
    reach(page, "button.main")
    press("Enter")
    expect(page.get_by_text(LIT)).to_be_visible()
    present(town, "tap")
    expect(page.get_by_role("heading", name="$118.45 received")).to_be_focused()
    assert payments() == [
        ("cheque", "succeeded", 10000),
        ("card_reader", "failed", 11845),
        ("card_reader", "succeeded", 11845),
    ]


def test_a_part_goes_back_to_the_interac_card_that_paid(town: Town, phone: Phone) -> None:
    page = at_the_pay_sheet(phone)
    phone.tap("Card")
    expect(page.get_by_text(LIT)).to_be_visible()
    town.shop.press("tap", card="interac")
    town.catch_up()
    expect(page.get_by_role("heading", name=PAID)).to_be_visible()
    page.get_by_role("link", name="Back", exact=True).click()
    page.get_by_text("Give money back").click()
    page.get_by_label("Amount to give back").fill("18.45")
    page.get_by_label("Why").fill("An hour too many")
    found = problems(page)
    phone.tap("Give it back")
    expect(page.get_by_text("The reader asks for the card that paid")).to_be_visible()
    town.shop.press("tap", card="interac")
    town.catch_up()
    expect(page.get_by_text("Given back")).to_be_visible()
    expect(page.get_by_text("Collect $18.45")).to_be_visible()
    phone.tap("Give the receipt")
    phone.tap("QR code")
    expect(page.get_by_alt_text("QR code of the receipt")).to_be_visible()
    assert found == []
