"""Phones and card readers at the desk."""

from __future__ import annotations

import re

from server.core.database import transaction
from server.payments.operations.readers import take_reader
from tests.office.conftest import Desk
from tests.shop import Shop


def test_the_code_on_the_screen_pairs_one_phone_which_the_desk_can_shut_out(desk: Desk, shop: Shop) -> None:
    shown = desk.post("/phones", {"technician_id": shop.technician.id}).text
    code = re.search(r'class="code">([^<]+)<', shown)
    assert code
    assert "<svg" in shown
    paired = desk.client.post("/api/v1/devices/pair", json={"code": code[1], "name": "Pixel"})
    assert paired.status_code == 201
    assert paired.json
    phone = {"Authorization": f"Bearer {paired.json['token']}"}
    assert desk.client.get("/api/v1/me", headers=phone).status_code == 200
    again = desk.client.post("/api/v1/devices/pair", json={"code": code[1], "name": "Other"})
    assert again.status_code == 422
    assert "Luc Roy · Pixel" in desk.get("/phones")
    desk.post(f"/phones/{paired.json['device_id']}/revocation", {}, on="/phones")
    assert desk.client.get("/api/v1/me", headers=phone).status_code == 401
    assert "Shut out" in desk.get("/phones")


def test_a_phone_is_paired_for_a_technician_only(desk: Desk) -> None:
    assert desk.post("/phones", {"technician_id": "stf_nobody"}).status_code == 404


def test_a_reader_is_registered_by_the_code_it_shows(desk: Desk) -> None:
    said = {"registration_code": "simulated-s700", "label": "Van 2"}
    assert desk.post("/readers", said).status_code == 303
    assert "Van 2" in desk.get("/readers")


def test_a_wrong_code_is_refused_in_words_and_kept_to_be_corrected(desk: Desk) -> None:
    refused = desk.post("/readers", {"registration_code": "no such code", "label": "Van 2"})
    assert refused.status_code == 422
    assert 'value="no such code"' in refused.text
    assert desk.post("/readers", {"registration_code": "", "label": ""}).status_code == 422


def test_a_reader_is_assigned_taken_over_freed_and_asked_about(desk: Desk, shop: Shop) -> None:
    with transaction() as session:
        take_reader(session, reader_id=shop.reader.id, by=f"staff:{shop.technician.id}", now=shop.now())
    at = f"/readers/{shop.reader.id}"
    assert "Held by Luc Roy until" in desk.get("/readers")
    assert "The reader is ready." in desk.get(f"/readers?check={shop.reader.id}")
    said = {"technician_id": shop.technician.id, "van": "Van 3"}
    assert desk.post(f"{at}/assignment", said, on="/readers").status_code == 303
    assert "Van 3 · Luc Roy" in desk.get("/readers")
    desk.post(f"{at}/lease", {}, on="/readers")
    assert "Held by Luc Roy until" not in desk.get("/readers")
    desk.post(f"{at}/release", {}, on="/readers")
    assert "Held by" not in desk.get("/readers")
