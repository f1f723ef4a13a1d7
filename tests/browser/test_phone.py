"""A technician's phone: paired by the office's link, it shows the day, has contracts signed, and can be unpaired."""

from __future__ import annotations

from playwright.sync_api import Browser, CDPSession, Page, expect
from sqlalchemy import select

from server.contracts.models import Signature
from server.core.database import transaction
from tests.browser.conftest import Phone, Town


def signatures() -> list[Signature]:
    with transaction() as session:
        return list(session.scalars(select(Signature)))


HAS_INK_IN = """(pad, [left, top, right, bottom]) => {
  const scale = pad.width / pad.offsetWidth
  const around = [left, top, right - left, bottom - top].map(length => length * scale)
  return pad.getContext('2d').getImageData(...around).data.some(part => part)
}"""


def draw(page: Page, *strokes: list[tuple[int, int]]) -> None:
    """Draw with a real finger on the signature box; points are from its corner."""
    page.locator("canvas").scroll_into_view_if_needed()
    # A finger meets what is on the glass: the frame after the scroll, which a busy machine paints late.
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    finger = page.context.new_cdp_session(page)
    for stroke in strokes:
        for _ in range(20):
            _touch(page, finger, stroke)
            across, down = zip(*stroke, strict=True)
            if page.locator("canvas").evaluate(HAS_INK_IN, [min(across), min(down), max(across), max(down)]):
                break
        else:
            raise AssertionError("the finger left no ink")


def _touch(page: Page, finger: CDPSession, stroke: list[tuple[int, int]]) -> None:
    box = page.locator("canvas").bounding_box()
    assert box
    for number, (x, y) in enumerate(stroke):
        point = {"x": box["x"] + x, "y": box["y"] + y}
        kind = "touchMove" if number else "touchStart"
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def read_to_the_signature(phone: Phone, job_id: str) -> None:
    phone.look_at(job_id, "/contract")
    phone.tap("Show the contract")
    clause = phone.page.get_by_text("Clause 1 of ")
    for _ in range(int(clause.inner_text().removeprefix("Clause 1 of ")) - 1):
        phone.tap("Next clause")
    phone.tap("Go to signature")


def test_the_link_the_desk_shows_pairs_one_phone_once(town: Town, phone: Phone, page: Page, browser: Browser) -> None:
    phone.plan("Chauffe-eau")
    town.sign_in(page)
    page.goto(f"{town.address}/office/phones")
    page.get_by_label("Whose phone").select_option("Zoé Gagnon")
    page.get_by_role("button", name="Show the code").click()
    link = f"{town.address}/kiosk/#pair={page.locator('.code').inner_text()}"
    phone.page.goto(link)
    phone.tap("Pair this phone")
    expect(phone.page.get_by_role("heading", name="Chauffe-eau")).to_be_visible()
    other = browser.new_page(locale="en-CA")
    other.goto(link)
    other.locator("form button.main").click()
    expect(other.get_by_role("alert")).to_contain_text("code")
    other.close()


def test_the_day_shows_the_technicians_own_jobs_in_order(town: Town, phone: Phone) -> None:
    now = town.shop.now()
    phone.plan("Drain", scheduled_at=now.replace(hour=18))
    phone.plan("Robinet", scheduled_at=now.replace(hour=13))
    phone.plan("Douche", technician_id=town.shop.technician.id)
    phone.pair()
    expect(phone.page.locator(".cards h2")).to_have_text(["Robinet", "Drain"])
    phone.page.get_by_role("button", name="Day after").click()
    expect(phone.page.get_by_text("No jobs this day.")).to_be_visible()


def test_a_contract_is_read_and_signed_with_a_finger(phone: Phone) -> None:
    job_id = phone.plan()
    phone.pair()
    read_to_the_signature(phone, job_id)
    phone.tap("Signer")
    expect(phone.page.get_by_role("alert")).to_contain_text("Le cadre est vide.")
    draw(phone.page, [(30, 40), (60, 80), (90, 40)], [(120, 40), (150, 80), (180, 40)])
    phone.tap("Signer")
    expect(phone.page.get_by_role("alert")).to_contain_text("Signed by Marie Tremblay")
    (signature,) = signatures()
    assert (signature.method, len(signature.strokes or [])) == ("strokes", 2)
    assert signature.signed_at <= signature.received_at


def test_a_contract_is_signed_by_typing_a_name_before_a_witness(phone: Phone) -> None:
    job_id = phone.plan()
    phone.pair()
    read_to_the_signature(phone, job_id)
    page = phone.page
    page.get_by_label("Nom de la personne qui signe").fill("Guy Tremblay")
    page.get_by_text("En tapant le nom").click()
    page.get_by_label("Tapez votre nom complet").fill("Guy Tremblay")
    page.get_by_label("Ajouter un témoin").check()
    page.get_by_label("Nom du témoin").fill("Rita Caron")
    phone.tap("Signer")
    expect(page.get_by_role("alert")).to_contain_text("Witness: Rita Caron")
    (signature,) = signatures()
    assert (signature.typed_name, signature.witness_name) == ("Guy Tremblay", "Rita Caron")


def test_a_revoked_phone_says_so_forgets_the_customers_and_keeps_what_it_recorded(town: Town, phone: Phone) -> None:
    job_id = phone.plan()
    phone.pair()
    phone.look_at(job_id)
    phone.finish()
    phone.context.set_offline(True)
    phone.tap("Cash, cheque or transfer")
    phone.tap("Record $218.45 received")
    expect(phone.page.get_by_text("Recorded on this phone.")).to_be_visible()
    phone.revoke()
    phone.context.set_offline(False)
    page = phone.page
    expect(page.get_by_role("alert")).to_have_text("This phone was unpaired. Ask the office.")
    expect(page.get_by_text("1 thing you recorded is kept here")).to_be_visible()
    expect(page.get_by_text("Marie Tremblay")).to_have_count(0)
    phone.pair()
    expect(page.get_by_text("Paid", exact=True)).to_be_visible()
