"""Pages for everybody: by keyboard alone, by screen reader, on a phone, by day and by night."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from server.access.models import Staff
from server.access.rules import Role
from server.core.database import transaction
from server.dunning import operations as dunning
from server.dunning import queries
from server.dunning.rules import DisputeReason, ProposalKind, Source
from server.invoices.models import Invoice
from tests import quebec
from tests.browser.conftest import EMAIL, Town

AXE = (Path(__file__).parents[2] / "kiosk_client" / "node_modules" / "axe-core" / "axe.min.js").read_text()
# Every rule runs; how to find again each of the many elements with which nothing is wrong is not worked out.
RUN = """async tags =>
    (await axe.run({runOnly: tags, resultTypes: ["violations"], selectors: false})).violations"""
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


def problems(page: Page) -> list[str]:
    """Return what axe finds wrong with a page, and whether one has to scroll sideways."""
    page.evaluate(AXE)
    violations: list[dict[str, Any]] = page.evaluate(RUN, WCAG)
    wrong = [(page.url, broken["id"], node["html"]) for broken in violations for node in broken["nodes"]]
    is_too_wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return [": ".join(one) for one in wrong] + ([f"{page.url}: too wide"] if is_too_wide else [])


def pages_of_the_chase(town: Town, late: Invoice) -> list[str]:
    """Let somebody be chased; return the pages about it."""
    now = town.shop.now()
    with transaction() as session:
        quebec.start_chasing(session, now=now)
        dunning.plan(session, today=queries.today_of(session, now=now), now=now)
        (case,) = queries.find_open_cases(session).values()
        plans = [row.id for row in queries.list_plans(session)]
        dunning.propose_by_hand(
            session, case_id=case.id, kind=ProposalKind.EITHER, reason="No answer", proposed_by="staff:anne", now=now
        )
        dunning.dispute(
            session,
            invoice_id=late.id,
            dispute_id="dsp_1",
            amount_minor=1000,
            reason=DisputeReason.PRICE,
            said="Too dear",
            source=Source.OFFICE,
            opened_by="staff:anne",
            now=now,
        )
    return [
        "/chase",
        f"/chase/cases/{case.id}",
        f"/chase/cases/{case.id}/law",
        f"/chase/cases/{case.id}/letting-go",
        f"/chase/plans/{plans[0]}?other_id={plans[1]}",
        "/chase/plans",
        f"/cases/{case.id}/arrangements",
        "/chase/agencies",
        f"/invoices/{late.id}/late_charges",
        "/chase/limitations",
        "/numbers/weekly",
        "/policy",
        "/customers/cus_1/standing",
    ]


@pytest.mark.parametrize(
    ("viewport", "colours", "language"),
    [(PHONE, "light", "fr"), (DESK, "dark", "en")],
    ids=["on a phone by day in French", "at a desk by night in English"],
)
def test_every_page_is_for_everybody(town: Town, browser: Browser, viewport: Any, colours: Any, language: str) -> None:
    paid, late, at_reader, unknown = (town.shop.invoice() for _ in range(4))
    town.shop.collect(paid, "pay_1")
    town.shop.press("decline")
    town.shop.ask("pay_1")
    town.shop.collect(paid, "pay_2")
    town.shop.press("tap")
    town.shop.ask("pay_2")
    town.shop.pass_time(days=40)
    chase = pages_of_the_chase(town, late)
    town.shop.fault("drop_after", "/v1/terminal/readers/*/process_payment_intent", nth=1, times=3)
    town.shop.collect(unknown, "pay_3")
    town.shop.collect(at_reader, "pay_4")
    context = browser.new_context(viewport=viewport, color_scheme=colours)
    page = context.new_page()
    links = [town.link(invoice) for invoice in (paid, late, at_reader, unknown)]
    found = []
    for path in (f"{town.address}/office/login", *links, f"{town.address}/p/none"):
        page.goto(f"{path}?lang={language}")
        found += problems(page)
    page.goto(f"{town.address}/office/login?lang=en")
    town.sign_in(page)
    for path in (
        "/",
        f"/invoices/{late.id}",
        f"/invoices/{paid.id}",
        f"/invoices/{unknown.id}",
        "/customers",
        "/numbers",
        "/customers/new",
        "/customers/cus_1",
        "/customers/cus_1/contact",
        "/jobs",
        "/jobs/new",
        f"/jobs/{late.job_id}",
        "/phones",
        "/readers",
        *(chase[::2] if viewport is PHONE else chase[1::2]),
    ):
        page.goto(f"{town.address}/office{path}{'&' if '?' in path else '?'}lang={language}")
        found += problems(page)
    page.goto(f"{town.address}/office/phones?lang={language}")
    page.locator("main form button.main").click()
    found += problems(page)
    context.close()
    assert found == []


def test_the_desk_works_by_keyboard_alone(town: Town, page: Page) -> None:
    invoice = town.shop.invoice()
    page.goto(f"{town.address}/office/")
    for word in (EMAIL, quebec.PASSWORD):
        page.keyboard.type(word)
        page.keyboard.press("Tab" if word == EMAIL else "Enter")
    page.wait_for_url(f"{town.address}/office/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Go to the content")).to_be_focused()
    page.keyboard.press("Enter")
    reach(page, f"#{invoice.id}")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/invoices/{invoice.id}")
    reach(page, "#amount")
    page.keyboard.press("Control+A")
    page.keyboard.type("100,00")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The payment is recorded")
    assert town.shop.balance(invoice) == town.shop.TOTAL - 10000


def test_the_customers_page_works_by_keyboard_alone(town: Town, page: Page) -> None:
    page.goto(town.link(town.shop.invoice()))
    reach(page, "button.main")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{town.shop.sandbox.url}/**")


def test_a_debt_is_handed_over_by_keyboard_alone(town: Town, page: Page) -> None:
    late = town.shop.invoice()
    town.shop.pass_time(days=40)
    case = next(path for path in pages_of_the_chase(town, late) if path.endswith("letting-go"))
    with transaction() as session:
        session.scalars(select(Staff).where(Staff.email == EMAIL)).one().role = Role.ADMIN
    town.sign_in(page)
    page.goto(f"{town.address}/office{case}")
    reach(page, "nav a[href$='/chase/agencies']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chase/agencies")
    for field, words in (("#name", "Me Roy"), ("#kind", "Lawyer"), ("#commission", "10")):
        reach(page, field)
        page.keyboard.type(words)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Me Roy")).to_be_visible()
    page.goto(f"{town.address}/office{case}")
    for question in ("invoice_right", "delivered", "nothing_unread"):
        reach(page, f"[name={question}]")
        page.keyboard.press("Space")
    reach(page, "#checks-note-referral")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing stands against it", exact=True)).to_be_visible()
    reach(page, "#refer-note")
    page.keyboard.type("Nobody answers")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="In the hands of Me Roy")).to_be_visible()
    page.goto(f"{town.address}/office{case.replace('letting-go', 'law')}")
    reach(page, "#note")
    page.keyboard.type("By mail")
    page.keyboard.press("Enter")
    expect(page.locator("#happened_on")).to_be_focused()  # the day is missing: the browser leads there
    reach(page, "nav a[href$='/chase/limitations']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chase/limitations")


def reach(page: Page, selector: str) -> None:
    """Press Tab until one is there, and see that the place shows it."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            shown = page.evaluate("getComputedStyle(document.activeElement).boxShadow")
            assert shown != "none", f"{selector} does not show that it has the focus"
            return
    raise AssertionError(f"{selector} is not reached by Tab")
