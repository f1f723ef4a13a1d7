"""Two people let go: one asks, another approves; an agency gets a pack and its part, and what is written off may come
back."""

from __future__ import annotations

from server.cli.story.players import Json, Players, line, new, until
from tests.journeys.desk import Desk


def late(street: Players, name: str) -> tuple[Json, str]:
    """Do a job for 50.00 that is not paid; return its invoice and, once it is chased, the page of letting go."""
    invoice = street.do_job(name, "Prise", [line("Prise", "1", 5000, "none")])
    street.wait(days=31)
    (case,) = until(
        lambda: street.cases(invoice["customer_id"]), lambda found: [c["status"] for c in found] == ["active"], "a case"
    )
    return invoice, f"/chase/cases/{case['case_id']}/letting-go"


def status(street: Players, invoice: Json, wanted: str) -> Json:
    """Wait until the case stands so."""
    (case,) = until(
        lambda: street.cases(invoice["customer_id"]), lambda found: found[0]["status"] == wanted, f"a case {wanted}"
    )
    return case


def test_an_agency_gets_a_case_with_its_pack_keeps_its_part_and_gives_it_back(street: Players) -> None:
    owner, clerk, agency_id = Desk(street), Desk(street, "clerk"), new("agc")
    agency = {"agency_id": agency_id, "kind": "agency", "name": f"Agence {agency_id}", "commission": "25"}
    owner.send("/chase/agencies", on="/chase/agencies", **agency)
    invoice, here = late(street, "Zacharie Absent")
    path = here.removesuffix("/letting-go")
    clerk.send(f"{path}/proposals", on=here, reason="Ne répond plus")
    assert "A supervisor decides." in clerk.read(here)
    worth = street.office("GET", f"/referrals/cases/{path.rpartition('/')[2]}/ways")
    through = {way["agency_id"]: way for way in worth["ways"]}[agency_id]
    assert through["commission_minor"] == round(worth["expected_minor"] / 4) > 0
    assert worth["ways"][0]["net_minor"] == max(way["net_minor"] for way in worth["ways"])
    assert "The figures speak for this" in clerk.read(here)
    wanted = {"referral_id": owner.hidden(owner.read(here), "referral_id"), "agency_id": agency_id}
    api = {**wanted, "case_id": path.rpartition("/")[2], "note": "Moi"}
    street.office("POST", "/referrals", api, status=403)  # an office key asks, and does not decide
    clear = {"invoice_right": "on", "delivered": "on", "nothing_unread": "on"}
    clerk.send(f"{path}/checks", on=here, before="referral", **clear)
    owner.send(f"{path}/referrals", on=here, **wanted, note="Trois rappels sans réponse")
    status(street, invoice, "referred")
    token = clerk.hidden(clerk.read(here), "csrf_token")
    pack = clerk.browser.post(
        f"{clerk.office}/referrals/{wanted['referral_id']}/handover", data={"csrf_token": token}, timeout=60
    )
    assert (pack.headers["Content-Type"], pack.content[:2]) == ("application/zip", b"PK")
    street.collect(invoice, "cash", 2000)
    shown = owner.read(here)
    for words in ("Trois rappels sans réponse", "SHA-256", "$20.00", "$5.00"):  # a quarter of what came in
        assert words in shown
    assert f"Agence {agency_id}" in clerk.read("/chase/agencies")
    owner.send(f"/referrals/{wanted['referral_id']}/recall", on=here, reason="Il paie le reste lui-même")
    status(street, invoice, "active")
    street.collect(invoice, "cash", 3000)


def test_a_debt_is_written_off_by_a_second_person_and_paid_after_all(street: Players) -> None:
    owner, clerk = Desk(street), Desk(street, "clerk")
    invoice, here = late(street, "Yolande Partie")
    path = here.removesuffix("/letting-go")
    write_off = f"{path}/write_offs/{(wof := owner.hidden(clerk.read(here), 'write_off_id'))}"
    clear = {"invoice_right": "on", "delivered": "on", "nothing_unread": "on"}
    clerk.send(f"{path}/checks", on=here, before="write_off", **clear)
    clerk.send(f"{path}/write_offs", on=here, write_off_id=wof, reason="Partie sans laisser d'adresse")
    street.office("POST", f"/write_offs/{wof}/approval", status=403)
    assert "somebody else has to agree" in clerk.read(here)
    owner.send(f"{write_off}/approval", on=here)
    assert street.invoice(invoice)["status"] == "written_off"
    street.wait(days=1)
    assert status(street, invoice, "closed")["closed_because"] == "written_off"
    clerk.send(f"{write_off}/invoices/{invoice['invoice_id']}/reinstatement", on=here)
    street.collect(invoice, "cash", 5000)
    street.must_be_paid(invoice)
