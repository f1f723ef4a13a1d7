"""Photos of a job: taken at the door, seen at the desk, handed to a bank that takes the money back."""

from __future__ import annotations

import base64
import re
import secrets

import requests

from server.cli.story.players import Players, line, new, until
from tests.journeys.test_between_us_and_the_bank import DISPUTED
from tests.photos.pictures import JPEG, PNG


def take(street: Players, job_id: str, kind: str, picture: bytes = JPEG, **more: str) -> str:
    said = {"photo_id": new("pho"), "kind": kind, "taken_at": street.now(), **more}
    content = base64.b64encode(picture).decode()
    kept = street.phone("POST", f"/jobs/{job_id}/photos", {**said, "content": content}, status=201)
    again = street.phone("POST", f"/jobs/{job_id}/photos", {**said, "content": content}, status=201)
    assert again == kept
    return str(kept["photo_id"])


def at_the_desk(street: Players, path: str) -> requests.Response:
    browser = requests.Session()
    login = f"{street.world['web']}/office/login"
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(login, timeout=30).text)
    assert token
    browser.post(login, data={"csrf_token": token[1], **street.world["office"]}, timeout=60).raise_for_status()
    return browser.get(f"{street.world['web']}/office{path}", timeout=30)


def test_what_the_phone_saw_is_seen_at_the_desk_and_by_the_bank(street: Players) -> None:
    invoice = street.do_job("Régine Morin", "Chauffe-eau", [line("Chauffe-eau", "1", 30000, "none")])
    job_id = invoice["job_id"]
    before = take(street, job_id, "before", caption="Réservoir percé")
    after = take(street, job_id, "after", PNG)
    sheet = street.phone("GET", f"/jobs/{job_id}")
    assert [photo["photo_id"] for photo in sheet["photos"]] == [before, after]
    assert street.send("GET", f"/jobs/{job_id}/photos/{after}", None, street.phone_token).content == PNG
    assert street.send("GET", f"/jobs/{job_id}/photos/{after}", None, "fpd_" + secrets.token_hex(8)).status_code == 401
    page = at_the_desk(street, f"/jobs/{job_id}")
    assert "Réservoir percé" in page.text
    shown = at_the_desk(street, f"/jobs/{job_id}/photos/{before}")
    assert (shown.content, shown.headers["Content-Security-Policy"]) == (JPEG, "default-src 'none'; sandbox")

    payment_id = street.collect(invoice, "card_reader", 30000)["payment_id"]
    street.present(DISPUTED)
    street.payment(payment_id, "succeeded")
    street.wait(seconds=30)
    (mine,) = until(
        lambda: [
            it for it in street.office("GET", "/chargebacks")["items"] if it["invoice_id"] == invoice["invoice_id"]
        ],
        lambda found: bool(found) and found[0]["staged_at"] is not None,
        "the evidence to lie at Stripe",
    )
    files = street.office("GET", f"/chargebacks/{mine['chargeback_id']}")["files"]
    (photos,) = [file for file in files if file["slot"] == "uncategorized_file"]
    assert photos["stripe_file_id"]


def test_a_photo_of_a_cheque_stays_with_the_payment_it_made(street: Players) -> None:
    invoice = street.do_job("Rock Poirier", "Drain", [line("Drain", "1", 9000, "none")])
    paid = {"payment_id": new("pay"), "invoice_id": invoice["invoice_id"], "method": "cheque", "amount_minor": 9000}
    street.phone("POST", "/payments", {**paid, "reference": "0412"}, status=201)
    photo_id = take(street, invoice["job_id"], "cheque", payment_id=paid["payment_id"])
    (photo,) = street.office("GET", f"/jobs/{invoice['job_id']}/photos")["items"]
    assert (photo["photo_id"], photo["payment_id"]) == (photo_id, paid["payment_id"])
