"""Before the work is done: photos, a deposit, and a reader that somebody else took, on a technician's phone."""

from __future__ import annotations

from playwright.sync_api import FilePayload, expect
from sqlalchemy import select

from server.core.database import transaction
from server.invoices.models import Invoice
from server.payments.models import Payment
from server.payments.operations import readers
from server.photos import queries as photos
from server.photos.models import Photo
from tests.browser.conftest import Phone, Town
from tests.browser.test_phone_offline import sign
from tests.photos.pictures import JPEG

GPS = b"Exif\0\0 46.8139 N 71.2080 W"
WITH_A_PLACE = JPEG[:2] + b"\xff\xe1" + (len(GPS) + 2).to_bytes(2) + GPS + JPEG[2:]
FILE: FilePayload = {"name": "IMG_0412.jpg", "mimeType": "image/jpeg", "buffer": WITH_A_PLACE}


def test_a_deposit_and_photos_taken_without_a_network_arrive_once_without_their_place(phone: Phone) -> None:
    job_id = phone.plan(deposit_minor=5000)
    phone.pair()
    phone.keeps_the_app()
    phone.look_at(job_id, "/contract")
    with phone.page.expect_response(f"**/jobs/{job_id}"):
        phone.tap("Show the contract")
    expect(phone.page.get_by_text("Clause 1 of")).to_be_visible()
    phone.context.set_offline(True)
    page = phone.page
    phone.look_at(job_id)
    page.get_by_label("Take a photo").set_input_files([FILE])
    page.get_by_label("What is to be seen").fill("Tank")
    phone.tap("Keep")
    expect(page.get_by_alt_text("Tank")).to_be_visible()
    sign(phone, job_id)
    phone.tap("Back to the job")
    expect(page.get_by_text("Deposit of $50.00 due before the van starts.")).to_be_visible()
    phone.tap("Take $50.00 now")
    phone.tap("Cash, cheque or transfer")
    page.get_by_text("Cheque", exact=True).click()
    page.get_by_label("Number of the cheque").fill("0412")
    page.get_by_label("Take a photo").set_input_files([FILE])
    phone.tap("Record $50.00 received")
    expect(page.get_by_text("Recorded on this phone.")).to_be_visible()
    phone.crash()
    expect(phone.page.get_by_role("link", name="5 waiting to be sent")).to_be_visible()
    phone.context.set_offline(False)
    expect(phone.page.locator(".banner")).to_have_text("")
    with transaction() as session:
        (deposit,) = session.scalars(select(Invoice))
        (paid,) = session.scalars(select(Payment))
        kept = {photo.kind: photo for photo in session.scalars(select(Photo))}
        seen = [photos.get_content(session, job_id=job_id, photo_id=photo.id)[1] for photo in kept.values()]
    assert (deposit.kind, deposit.status, paid.invoice_id, paid.reference) == ("deposit", "paid", deposit.id, "0412")
    assert {kind: photo.payment_id for kind, photo in kept.items()} == {"before": None, "cheque": paid.id}
    assert not any(b"Exif" in content for content in seen)
    phone.look_at(job_id)
    expect(phone.page.get_by_alt_text("Tank")).to_be_visible()
    expect(phone.page.get_by_text("Received on")).to_be_visible()


def test_whoever_lost_the_reader_is_told_and_nothing_is_taken(town: Town, phone: Phone) -> None:
    job_id = phone.plan()
    phone.pair()
    phone.look_at(job_id)
    phone.finish()
    page = phone.page
    expect(page.get_by_role("button", name="Card", exact=True)).to_be_enabled()
    expect(page.get_by_role("button", name="Check the reader")).to_be_enabled()
    with transaction() as session:
        readers.take_reader(
            session,
            reader_id=town.shop.reader.id,
            by=f"staff:{town.shop.technician.id}",
            is_office=True,
            now=town.shop.now(),
        )
    phone.tap("Card")
    expect(page.get_by_role("heading", name="The reader is somebody else’s now")).to_be_visible()
    phone.tap("See who holds it")
    expect(page.get_by_text("Luc Roy is using this reader until")).to_be_visible()
    assert not town.shop.can_tap()
