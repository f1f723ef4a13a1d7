"""Charging for paying late at the desk, and letting it go."""

from __future__ import annotations

from server.core.database import transaction
from server.law import operations as law
from server.law import rules as law_rules
from tests.late_charges import signed
from tests.office.conftest import Desk, hidden
from tests.shop import Shop


def test_a_late_charge_is_explained_charged_and_waived_at_the_desk(desk: Desk, shop: Shop) -> None:
    with transaction() as session:
        invoice = signed.invoice(session, "late", now=shop.now())
    address = f"/invoices/{invoice.id}/late_charges"
    assert "Nobody has read the rules of this place yet: Quebec." in desk.get(address)
    with transaction() as session:
        row = law_rules.rows()["ca-qc"]
        law.review(
            session,
            review_id="lrv_1",
            key="ca-qc",
            version=row.version,
            switched_on=True,
            name="Guy Roy",
            reviewed_by="staff:guy",
            now=shop.now(),
        )
    assert "No whole day has passed" in desk.get(address)
    shop.pass_time(days=61)
    page = desk.get(address)
    assert "CA$2.15" in page or "$2.15" in page
    charged = {"charge_id": hidden(page, "charge_id"), "act": "post"}
    assert desk.post(address, charged).status_code == 303
    page = desk.get(address)
    assert "Everything up to this day was charged or let go." in page
    charge = hidden(page, "charge")
    assert desk.post(address, {"charge": charge, "act": "waive", "reason": " "}).status_code == 422
    assert desk.post(address, {"charge": charge, "act": "waive", "reason": "Loyal for years"}).status_code == 303
    page = desk.get(address)
    assert "Loyal for years" in page
    assert "Waived" in page
    assert "Late charges" in desk.get(f"/invoices/{invoice.id}")
