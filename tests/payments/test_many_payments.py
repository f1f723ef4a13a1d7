"""What is asked at every payment, every visit and every few seconds looks at few payments, however many there are."""

from __future__ import annotations

import pytest
from sqlalchemy import Select, text
from sqlalchemy.orm import Session

from server.core.database import transaction
from server.payments import queries
from server.payments.models import Payment
from tests.shop import Shop


@pytest.fixture
def many(shop: Shop) -> Shop:
    """Twenty thousand payments, of one invoice."""
    invoice = shop.invoice()
    with transaction() as session:
        session.execute(
            text(
                "INSERT INTO payments (id, invoice_id, method, status, amount_minor, currency, taken_by, created_at,"
                " settled_at) SELECT 'pay_' || n, :invoice_id, 'cash', 'succeeded', 1, 'CAD', 't', moment, moment"
                " FROM generate_series(1, 20000) n, LATERAL (SELECT now() - n * interval '1 minute' AS moment)"
            ),
            {"invoice_id": invoice.id},
        )
        session.execute(text("ANALYZE payments"))
    return shop


def plan(session: Session, statement: Select[Payment]) -> str:
    asked = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    return "\n".join(session.execute(text(f"EXPLAIN {asked}".replace(":", "\\:"))).scalars())


def test_no_payment_is_looked_at_in_vain(many: Shop) -> None:
    other = many.invoice()
    asked = {
        "of an invoice": queries.payments_statement(invoice_id=other.id),
        "the newest": queries.payments_statement(status="succeeded").order_by(Payment.settled_at.desc()).limit(8),
    }
    with transaction() as session:
        plans = {name: plan(session, statement) for name, statement in asked.items()}
    assert {name: found for name, found in plans.items() if "Seq Scan on payments" in found} == {}
