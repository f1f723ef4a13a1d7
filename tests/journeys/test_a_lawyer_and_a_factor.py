"""Who never goes to an agency goes to a lawyer, comes back, goes to a factor, is let go, and pays at last."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile

from server.cli.story.players import Json, Players, new, until
from tests.journeys.desk import Desk
from tests.journeys.test_two_people_let_go import late, status


def add(owner: Desk, kind: str, commission: str) -> str:
    """Note somebody who collects for us."""
    agency = {"agency_id": new("agc"), "kind": kind, "name": f"Me {new('x')}", "commission": commission}
    owner.send("/chase/agencies", on="/chase/agencies", **agency)
    return agency["agency_id"]


def refer(owner: Desk, clerk: Desk, here: str, agency_id: str) -> str:
    """Let the clerk propose and answer for our side, and the owner approve; return the referral."""
    path = here.removesuffix("/letting-go")
    clerk.send(f"{path}/proposals", on=here, reason="Ne répond plus")
    clear = {"invoice_right": "on", "delivered": "on", "nothing_unread": "on"}
    clerk.send(f"{path}/checks", on=here, before="referral", **clear)
    referral_id = owner.hidden(owner.read(here), "referral_id")
    owner.send(f"{path}/referrals", on=here, referral_id=referral_id, agency_id=agency_id, note="Rien depuis un mois")
    return referral_id


def score(street: Players, agency_id: str) -> Json:
    """What came of what somebody was handed."""
    agencies = street.office("GET", "/agencies")["items"]
    (found,) = next(each["scores"] for each in agencies if each["agency_id"] == agency_id)
    return {name: found[f"{name}_minor"] for name in ("referred", "recovered", "commission")}


def test_a_debt_goes_to_a_lawyer_then_to_a_factor_and_comes_in_after_it_was_let_go(street: Players) -> None:
    owner, clerk = Desk(street), Desk(street, "clerk")
    agency_id, lawyer_id, factor_id = (
        add(owner, *said) for said in (("agency", "25"), ("lawyer", "10"), ("factor", "40"))
    )
    invoice, here = late(street, "Xavier Notaire")
    path, terms = here.removesuffix("/letting-go"), f"/customers/{invoice['customer_id']}/standing"
    clerk.send(f"/customers/{invoice['customer_id']}/no_agency", on=terms, reason="Tout le monde le connaît")
    referral_id = refer(owner, clerk, here, lawyer_id)
    status(street, invoice, "referred")
    assert f'value="{agency_id}"' not in clerk.read(here)
    pack = clerk.browser.post(
        f"{clerk.office}/referrals/{referral_id}/handover",
        data={"csrf_token": clerk.hidden(clerk.read(here), "csrf_token")},
        timeout=60,
    ).content
    assert hashlib.sha256(pack).hexdigest() in clerk.read(here)
    with zipfile.ZipFile(io.BytesIO(pack)) as files:
        for row in files.read("SHA256SUMS").decode().splitlines():
            found, name = row.split("  ")
            assert hashlib.sha256(files.read(name)).hexdigest() == found
        (debt,) = csv.DictReader(io.StringIO(files.read("debts.csv").decode()))
        evidence = zipfile.ZipFile(io.BytesIO(files.read(f"evidence-{invoice['number']}.zip")))
    assert (debt["invoice"], debt["amount"], debt["currency"]) == (invoice["number"], "50.00", "CAD")
    assert {"contract.pdf", f"invoice-{invoice['number']}.pdf", "log.jsonl"} <= set(evidence.namelist())
    street.collect(invoice, "cash", 2000)
    owner.send(f"/referrals/{referral_id}/recall", on=here, reason="Trop lent")
    status(street, invoice, "active")
    refer(owner, clerk, here, factor_id)
    street.collect(invoice, "cash", 1000)
    clear = {"invoice_right": "on", "delivered": "on", "nothing_unread": "on"}
    clerk.send(f"{path}/checks", on=here, before="write_off", **clear)
    for reason, decide in (("Plus rien à prendre", "rejection"), ("Le notaire est mort", "approval")):
        write_off_id = clerk.hidden(clerk.read(here), "write_off_id")
        clerk.send(f"{path}/write_offs", on=here, write_off_id=write_off_id, reason=reason)
        owner.send(f"{path}/write_offs/{write_off_id}/{decide}", on=here, note="Le facteur essaie encore")
        if decide == "rejection":
            street.wait(days=1)
            status(street, invoice, "referred")  # and not chased by us beside the factor
    assert street.invoice(invoice)["status"] == "written_off"
    street.wait(days=1)
    assert status(street, invoice, "closed")["closed_because"] == "written_off"
    clerk.send(f"{path}/write_offs/{write_off_id}/invoices/{invoice['invoice_id']}/reinstatement", on=here)
    street.collect(invoice, "cash", 2000)
    street.wait(days=1)
    until(lambda: street.cases(invoice["customer_id"])[0]["closed_because"], lambda it: it == "recovered", "recovery")
    assert score(street, lawyer_id) == {"referred": 5000, "recovered": 2000, "commission": 200}
    assert score(street, factor_id) == {"referred": 3000, "recovered": 1000, "commission": 400}
    shown = clerk.read("/chase/agencies")
    assert "$2.00" in shown
    assert "$4.00" in shown
