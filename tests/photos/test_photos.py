"""Photos over HTTP: kept once, shown to the job's technician and the office, to nobody else."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server.core.database import transaction
from server.photos import rules
from tests import quebec
from tests.photos.pictures import JPEG, PNG, SVG
from tests.quebec import Shop

PHOTOS = "/api/v1/jobs/job_1/photos"


@pytest.fixture
def quebec_shop(product: object) -> Shop:
    return quebec.open_shop()


def photo(picture: bytes = JPEG, **said: Any) -> dict[str, Any]:
    body = {"photo_id": "pho_1", "kind": "before", "taken_at": "2026-03-02T15:00:00Z", "caption": "Fuite"}
    return {**body, "content": base64.b64encode(picture).decode(), **said}


def test_a_photo_is_kept_once_and_comes_back_byte_for_byte(client: FlaskClient, quebec_shop: Shop) -> None:
    kept = client.post(PHOTOS, json=photo(), headers=quebec_shop.phone)
    assert kept.status_code == 201, kept.get_json()
    told = kept.get_json()
    assert (told["sha256"], told["taken_by"]) == (hashlib.sha256(JPEG).hexdigest(), "Luc Roy")
    assert (told["content_type"], told["width"], told["height"]) == ("image/jpeg", 8, 6)
    again = client.post(PHOTOS, json=photo(), headers=quebec_shop.phone)
    assert (again.status_code, again.get_json()) == (201, told)
    for caller in (quebec_shop.phone, quebec_shop.desk):
        assert client.get(PHOTOS, headers=caller).get_json()["items"] == [told]
        sent = client.get(f"{PHOTOS}/pho_1", headers=caller)
        assert (sent.data, sent.content_type) == (JPEG, "image/jpeg")
        assert sent.headers["X-Content-Type-Options"] == "nosniff"
        assert sent.headers["Content-Disposition"] == 'attachment; filename="pho_1.jpg"'
    sheet = client.get("/api/v1/jobs/job_1", headers=quebec_shop.phone).get_json()
    assert sheet["photos"] == [told]
    with transaction() as session:
        stored = session.execute(text("SELECT content FROM photos")).scalar_one()
    assert JPEG not in bytes(stored)


def test_another_photo_under_the_same_id_is_refused(client: FlaskClient, quebec_shop: Shop) -> None:
    client.post(PHOTOS, json=photo(), headers=quebec_shop.phone)
    other = client.post(PHOTOS, json=photo(PNG), headers=quebec_shop.phone)
    assert (other.status_code, other.get_json()["code"]) == (409, "photo_exists")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"content": base64.b64encode(SVG).decode()}, "photo_unreadable"),
        ({"content": base64.b64encode(PNG[:60] + bytes(8) + PNG[68:]).decode()}, "photo_unreadable"),
        ({"content": base64.b64encode(JPEG + bytes(rules.LARGEST_BYTES)).decode()}, "photo_unreadable"),
        ({"content": "not base64!"}, "invalid"),
        ({"kind": "selfie"}, "invalid"),
        ({"payment_id": "pay_unknown", "kind": "cheque"}, "photo_not_of_payment"),
    ],
    ids=["a script", "broken inside", "too large", "no base64", "no such kind", "no such payment"],
)
def test_what_is_no_photo_is_refused_with_a_reason(
    client: FlaskClient, quebec_shop: Shop, said: dict[str, Any], code: str
) -> None:
    refused = client.post(PHOTOS, json=photo(**said), headers=quebec_shop.phone)
    assert (refused.status_code, refused.get_json()["code"]) == (422, code)
    assert client.get(PHOTOS, headers=quebec_shop.phone).get_json()["items"] == []


def test_a_technician_sees_photos_of_their_own_jobs_alone(client: FlaskClient, quebec_shop: Shop) -> None:
    with transaction() as session:
        quebec.plan_job(session, "job_2", technician_id=quebec.add_technician(session, "Ève Caron").id)
    theirs = PHOTOS.replace("job_1", "job_2")
    assert client.post(theirs, json=photo(), headers=quebec_shop.desk).status_code == 201
    for path in (theirs, f"{theirs}/pho_1", f"{PHOTOS}/pho_1"):
        assert client.get(path, headers=quebec_shop.phone).status_code == 404
    assert client.post(theirs, json=photo(photo_id="pho_2"), headers=quebec_shop.phone).status_code == 404
    assert client.get(f"{theirs}/pho_1").status_code == 401


def test_a_job_has_so_many_photos_and_no_more(
    client: FlaskClient, quebec_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_OF_A_JOB", 1)
    assert client.post(PHOTOS, json=photo(), headers=quebec_shop.phone).status_code == 201
    refused = client.post(PHOTOS, json=photo(photo_id="pho_2"), headers=quebec_shop.phone)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "too_many_photos")


def test_nobody_changes_a_photo(client: FlaskClient, quebec_shop: Shop) -> None:
    client.post(PHOTOS, json=photo(), headers=quebec_shop.phone)
    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text("UPDATE photos SET kind = 'after'"))
