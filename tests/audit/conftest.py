"""A business whose books, documents and Stripe agree, and a way to break them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from server.contracts import operations as contracts
from server.core import clock
from server.core.database import transaction
from server.payments.rules import Method
from tests import quebec
from tests.shop import Shop

Break = Callable[..., None]


@pytest.fixture
def trade(shop: Shop) -> Shop:
    """A shop with an invoice paid half in cash and half by card, one paid on a page, one unpaid, and a contract."""
    half = Shop.TOTAL // 2
    first, second = shop.invoice(), shop.invoice()
    shop.invoice()
    shop.collect(first, "pay_cash", method=Method.CASH, amount_minor=half)
    shop.collect(first, "pay_card")
    shop.press("tap")
    shop.ask("pay_card")
    shop.pay_page(shop.collect(second, "pay_page", method=Method.PAY_LINK))
    shop.ask("pay_page")
    with transaction() as session:
        quebec.plan_job(session, "job_signed")
        contracts.issue(session, job_id="job_signed", contract_id="con_1", now=clock.now())
    return shop


@pytest.fixture
def break_it() -> Break:
    """Change the database behind everybody's back: no trigger, no foreign key sees it."""

    def run(statement: str, **values: Any) -> None:
        with transaction() as session:
            session.execute(text("SET LOCAL session_replication_role = replica"))
            session.execute(text(statement), values)

    return run
