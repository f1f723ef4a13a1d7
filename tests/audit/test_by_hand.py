"""The audit of money by hand: a cheque that is not where the books say, a line that is not what it says."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from server.audit import flows as audit
from server.business import operations as business
from server.core.database import transaction
from server.payments.rules import Method
from server.statements import flows
from tests.cash.test_floats import Round
from tests.shop import Shop
from tests.statements.files import ACCOUNT, camt, entry


def findings(shop: Shop) -> list[str]:
    return [str(finding) for finding in audit.check(now=shop.now())]


def test_a_cheque_that_moved_behind_the_books_is_found(shop: Shop) -> None:
    day = Round(shop)
    day.take("pay_1", Method.CHEQUE)
    assert findings(shop) == []
    with transaction() as session:
        session.execute(text("UPDATE payments SET held_by = '' WHERE id = 'pay_1'"))
    assert findings(shop) == [f"cheques_are_held: {shop.technician.id}: expected 0 CAD, found 10000 CAD"]


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE bank_lines SET amount_minor = 1 WHERE status = 'matched'",
        "UPDATE bank_lines SET status = 'reversed' WHERE status = 'matched'",
        "UPDATE bank_lines SET status = 'credited', customer_id = 'cus_1' WHERE status = 'waiting'",
    ],
)
def test_a_line_that_is_not_what_it_says_is_found(shop: Shop, harm: str) -> None:
    invoice = shop.invoice()
    with transaction() as session:
        business.set_bank_account(session, currency="CAD", holder="Roy", routing="815-30000", account_number=ACCOUNT)
    content = camt([entry("218.45", text=invoice.number, bank_reference="B1"), entry("5.00", bank_reference="B2")])
    flows.take_in(content=content, currency="CAD", imported_by="a", now=shop.now())
    assert findings(shop) == []
    with transaction() as session:
        session.execute(text(harm))
    assert [found.partition(":")[0] for found in findings(shop)] == ["bank_line_in_books"]
