"""Two technicians share a card reader: nobody stops a colleague, and what comes late is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from server.cli.story.players import VISA, Json, Players, line, new
from tests.journeys.desk import Desk


@pytest.fixture
def colleague(street: Players) -> Iterator[Players]:
    """Another phone, of another technician; the reader is free before and after."""
    people = street.office("GET", "/technicians")["items"]
    (anne,) = [person for person in people if person["name"] == "Anne Côté"]
    told = street.office("POST", "/devices/pairings", {"technician_id": anne["technician_id"]})
    paired = requests.post(
        f"{street.world['web']}/api/v1/devices/pair", json={"code": told["code"], "name": "Pixel"}, timeout=30
    ).json()
    free(street)
    yield replace(street, phone_token=paired["token"])
    free(street)


def free(street: Players) -> None:
    street.office("DELETE", lease_of(street))


def lease_of(street: Players) -> str:
    return f"/readers/{street.world['reader_id']}/lease"


def bill(street: Players) -> Json:
    return street.do_job("Luce Roy", "Prise", [line("Prise", "1", 5000, "none")])


def test_a_held_reader_is_refused_until_the_office_frees_it(street: Players, colleague: Players) -> None:
    invoice = bill(street)
    taken = colleague.phone("POST", lease_of(street), {})
    assert taken["lease"]["is_mine"]
    refused = street.attempt(invoice, "card_reader", 5000)
    assert (refused.status_code, refused.json()["code"], refused.json()["held_by"]) == (409, "reader_held", "Anne Côté")
    free(street)
    payment = street.collect(invoice, "card_reader", 5000)
    street.payment(payment["payment_id"], "waiting")
    street.present(VISA)
    street.must_be_paid(invoice)


def test_a_stale_holder_is_refused(street: Players, colleague: Players) -> None:
    stale = street.phone("POST", lease_of(street), {})["lease"]["fence"]
    street.office("POST", lease_of(street), {})
    free(street)
    colleague.phone("POST", lease_of(street), {})
    colleague.phone("DELETE", lease_of(street))
    late = {"payment_id": new("pay"), "invoice_id": bill(street)["invoice_id"], "method": "card_reader"}
    body = {**late, "amount_minor": 5000, "reader_id": street.world["reader_id"], "reader_fence": stale}
    refused = street.send("POST", "/payments", body, street.phone_token)
    assert (refused.status_code, refused.json()["code"]) == (409, "reader_taken")


def test_after_a_while_a_reader_passes_on(street: Players, colleague: Players) -> None:
    colleague.phone("POST", lease_of(street), {})
    assert street.send("POST", lease_of(street), {}, street.phone_token).status_code == 409
    street.wait(seconds=301)
    assert street.phone("POST", lease_of(street), {})["lease"]["is_mine"]


def test_lines_are_shown_before_the_payment_and_never_over_one(street: Players, colleague: Players) -> None:
    invoice = bill(street)
    reader, wanted = f"/readers/{street.world['reader_id']}", {"invoice_id": invoice["invoice_id"]}
    street.phone("POST", f"{reader}/display", wanted)
    assert street.phone("GET", reader)["doing"]["code"] == "showing"
    payment = street.collect(invoice, "card_reader", 5000)
    street.payment(payment["payment_id"], "waiting")
    refused = street.send("POST", f"{reader}/display", wanted, street.phone_token)
    assert (refused.status_code, refused.json()["code"]) == (409, "reader_in_use")
    assert street.phone("GET", reader)["doing"]["code"] == "collecting"
    street.present(VISA)
    street.must_be_paid(invoice)


def test_the_office_registers_a_reader_by_the_code_it_shows(street: Players) -> None:
    code = {"registration_code": "simulated-wpe", "label": "Camion 9"}
    assert "The reader is registered." in Desk(street).send("/readers", on="/readers", **code)
    (seen,) = [one for one in street.phone("GET", "/readers")["items"] if one["label"] == "Camion 9"]
    assert (seen["status"], seen["technician_id"]) == ("online", None)


def test_the_office_says_whose_a_reader_is(street: Players) -> None:
    path = f"/readers/{street.world['reader_id']}/assignment"
    wanted = {"technician_id": street.world["technician"]["id"], "van": "Camion 3"}
    assert street.office("PUT", path, wanted)["van"] == "Camion 3"
    (seen,) = [one for one in street.phone("GET", "/readers")["items"] if one["van"] == "Camion 3"]
    assert (seen["technician_id"], seen["status"]) == (wanted["technician_id"], "online")


@pytest.mark.usefixtures("colleague")
def test_giving_up_does_not_clear_what_the_reader_shows_for_somebody_else_by_then(street: Players) -> None:
    mine, theirs = bill(street), bill(street)
    given_up = street.collect(mine, "card_reader", 5000)["payment_id"]
    street.wait(seconds=10)  # the first look, two seconds later, is over
    for _ in range(6):  # it waits longer each time until it asks by itself, and would learn that it was replaced
        street.phone("POST", f"/payments/{given_up}/check")
    street.office("POST", lease_of(street), {})
    wanted = {"payment_id": new("pay"), "invoice_id": theirs["invoice_id"], "method": "card_reader"}
    reader_id = street.world["reader_id"]
    street.office("POST", "/payments", {**wanted, "amount_minor": 5000, "reader_id": reader_id}, status=201)
    street.give_up(given_up)
    assert street.phone("GET", f"/readers/{reader_id}")["doing"]["code"] == "collecting"
    street.present(VISA)
    street.must_be_paid(theirs)
    assert street.phone("GET", f"/payments/{given_up}")["status"] == "canceled"
    assert street.invoice(mine)["balance_minor"] == 5000
