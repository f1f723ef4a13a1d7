"""What takes two people, at the desk: whoever asked, by whichever key of theirs, is not asked to agree."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select

from server.access import operations as access
from server.access.models import Staff
from server.access.rules import Role
from server.business import operations as business
from server.core.database import engine, transaction
from server.dunning import operations, queries
from server.ledger.rules import Kind
from server.payments.rules import Method
from server.statements import flows as statements
from server.write_offs import operations as write_offs
from tests import quebec
from tests.cash.test_floats import Round
from tests.office.conftest import EMAIL, OWNER, Desk, hidden
from tests.shop import Shop
from tests.statements.files import ACCOUNT, camt, entry

OTHERS = "somebody else has to agree"


def ask_for_a_refund(shop: Shop, refund_id: str) -> str:
    """Let another technician ask for one from their own phone; return their name."""
    with transaction() as session:
        asking = quebec.add_technician(session, name=f"Technician of {refund_id}")
        pairing = access.create_pairing(session, technician_id=asking.id, now=shop.now())
        phone = access.pair_device(session, code=pairing.code, name="Pixel", now=shop.now())
    shop.refund("pay_1", refund_id, requested_by=f"device:{phone.device_id}", role=Role.TECHNICIAN)
    return asking.name


def key_of(email: str, shop: Shop) -> str:
    """Return the principal of an API key that a person made."""
    with transaction() as session:
        made_by = session.scalars(select(Staff.id).where(Staff.email == email)).one()
        return f"api_key:{access.create_api_key(session, name='Sync', created_by=made_by, now=shop.now())[0].id}"


@pytest.fixture
def other(owner: Desk, shop: Shop) -> Desk:
    """A supervisor at a desk of their own."""
    said = {"language": "en", "email": "rose@plomberie-roy.example", "password": quebec.PASSWORD}
    with transaction() as session:
        access.add_staff(session, name="Rose Roy", role=Role.SUPERVISOR, **said, now=shop.now())
    desk = Desk(owner.client.application)
    assert desk.sign_in(said["email"]).status_code == 303
    return desk


def questions(desk: Desk, path: str) -> int:
    """Open a page; return how many statements that took."""
    seen: list[str] = []

    def see(*told: object) -> None:
        seen.append(str(told[2]))

    event.listen(engine(), "before_cursor_execute", see)
    desk.get(path)
    event.remove(engine(), "before_cursor_execute", see)
    return len(seen)


def test_who_made_the_key_that_asked_for_a_refund_is_not_shown_how_to_approve_it(
    owner: Desk, other: Desk, shop: Shop
) -> None:
    with transaction() as session:
        business.change_settings(session, {"office_refund_limit_minor": 0})
    shop.collect(shop.invoice(), "pay_1", method=Method.CASH)
    keys = [key_of(OWNER, shop) for _ in range(3)]
    shop.refund("pay_1", "ref_1", requested_by=keys[0])
    asked_once = questions(owner, "/invoices/inv_1")
    shop.refund("pay_1", "ref_2", requested_by=keys[1])
    shop.refund("pay_1", "ref_3", requested_by=keys[2])

    page = owner.get("/invoices/inv_1")
    assert (page.count(OTHERS), "Approve it" in page) == (3, False)
    page = other.get("/invoices/inv_1")
    assert (OTHERS in page, page.count("Approve it")) == (False, 3)
    assert questions(owner, "/invoices/inv_1") == asked_once


def test_whoever_waits_for_approval_is_named_in_as_many_questions_as_one_takes(owner: Desk, shop: Shop) -> None:
    with transaction() as session:
        business.change_settings(session, {"technician_refund_limit_minor": 0})
    shop.collect(shop.invoice(), "pay_1", method=Method.CASH)
    names = [ask_for_a_refund(shop, "ref_1")]
    asked_once = questions(owner, "/invoices/inv_1")
    names += [ask_for_a_refund(shop, refund_id) for refund_id in ("ref_2", "ref_3")]
    assert questions(owner, "/invoices/inv_1") == asked_once
    page = owner.get("/invoices/inv_1")
    assert [f"Asked for by {name}" in page for name in names] == [True] * 3


def test_who_made_the_key_that_asked_for_a_write_off_may_only_take_it_back(
    owner: Desk, other: Desk, shop: Shop
) -> None:
    with transaction() as session:
        quebec.start_chasing(session, now=shop.now())
    shop.invoice()
    shop.pass_time(days=60)
    key = key_of(OWNER, shop)
    with transaction() as session:
        operations.plan(session, today=queries.today_of(session, now=shop.now()), now=shop.now())
        (case,) = queries.find_open_cases(session).values()
        write_offs.ask(
            session,
            write_off_id="wof_1",
            customer_id="cus_1",
            currency="CAD",
            reason="Moved",
            asked_by=key,
            now=shop.now(),
        )

    here = f"/chase/cases/{case.id}/letting-go"
    page = owner.get(here)
    assert (OTHERS in page, "Take it back" in page, "Agree: write it off" in page) == (True, True, False)
    page = other.get(here)
    assert (OTHERS in page, "Agree: write it off" in page) == (False, True)


def test_who_made_the_key_that_handed_cash_over_is_not_asked_to_count_it(desk: Desk, shop: Shop) -> None:
    day = Round(shop)
    day.take("pay_1")
    day.hand_over(4000, handed_by=key_of(EMAIL, shop))
    page = desk.get("/cash")
    assert ("Somebody else than you counts it." in page, "Countersign" in page) == (True, False)
    day.hand_over(5000, "hnd_2")
    assert "Countersign" in desk.get("/cash")


def test_what_is_held_for_a_customer_is_transferred_back_above_the_limit_by_two(
    owner: Desk, other: Desk, shop: Shop
) -> None:
    with transaction() as session:
        business.set_bank_account(session, currency="CAD", holder="Roy", routing="815-30000", account_number=ACCOUNT)
    content = camt([entry("1500.00", bank_reference="B1")])
    (line,) = statements.take_in(content=content, currency="CAD", imported_by="staff:anne", now=shop.now())[1]
    path = "/customers/cus_1"
    assert owner.post(f"/bank/lines/{line.id}/credit", {"customer_id": "cus_1"}, on="/bank").status_code == 303
    page = owner.get(path)
    assert "Transfer back $1,500.00" in page
    said = {"payout_id": hidden(page, "payout_id"), "currency": "CAD", "amount": "1200", "reason": "By mistake"}
    unsaid = owner.post(f"{path}/credit/payouts", said, on=path)
    assert (unsaid.status_code, "needs its number or reference" in unsaid.text) == (422, True)
    for _again in range(2):
        assert owner.post(f"{path}/credit/payouts", {**said, "reference": "V-1"}, on=path).status_code == 303
    page = owner.get(path)
    assert (OTHERS in page, "Transfer back $300.00" in page, shop.books(Kind.BANK)) == (True, True, 150000)
    decide = f"/credit_payouts/{said['payout_id']}/decision"
    assert owner.post(decide, {"decision": "approve"}, on=path).status_code == 403
    assert "Approve it" in other.get(path)
    assert other.post(decide, {"decision": "perhaps"}, on=path).status_code == 400
    assert other.post(decide, {"decision": "approve"}, on=path).status_code == 303
    assert (shop.books(Kind.BANK), shop.books(Kind.CUSTOMER_CREDIT)) == (30000, 30000)
