"""The process dies at any step of taking a statement in: every line counts once, and nothing is paid twice."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.business import operations as business
from server.core.database import transaction
from server.invoices.rules import rf_reference
from server.ledger.rules import Kind
from server.payments.rules import Method
from server.statements import flows
from tests.shop import Shop
from tests.statements.files import ACCOUNT, camt, entry

ROOT = Path(__file__).parents[2]
# Everything is imported once; each attempt is a fork of it, that dies at its step.
MORTALS = """
import json, os, sys
from server.core import clock, config
from server.statements import flows
from tests.payments.mortal import live_until
for said in sys.stdin:
    step, content = json.loads(said)
    if not (child := os.fork()):
        clock.follow(config.current().clock_file)
        live_until(step)
        flows.take_in(content=content, currency="CAD", imported_by="test", now=clock.now())
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture
def mortals(shop: Shop) -> Iterator[subprocess.Popen[str]]:
    """A process whose children take statements in and die."""
    started = subprocess.Popen(
        [sys.executable, "-c", MORTALS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with started:
        yield started


def take_in_mortally(mortals: subprocess.Popen[str], step: int, content: str) -> bool:
    """Take a file in, in a process that is killed at this step; return whether it came to its end before."""
    assert mortals.stdin
    assert mortals.stdout
    mortals.stdin.write(json.dumps([step, content]) + "\n")
    mortals.stdin.flush()
    told = next(line for line in mortals.stdout if line.strip() in ("0", "-9"))
    return told.strip() == "0"


def test_whenever_it_dies_taking_it_in_again_ends_where_it_would_have(
    shop: Shop, mortals: subprocess.Popen[str]
) -> None:
    with transaction() as session:
        business.set_bank_account(session, currency="CAD", holder="Roy", routing="815-30000", account_number=ACCOUNT)
    credit_minor = 0
    for step in itertools.count(1):
        invoice = shop.invoice()
        page = shop.collect(invoice, f"pay_{step}", method=Method.PAY_LINK)
        reference = rf_reference(invoice.number) or ""
        content = camt([entry("218.45", reference=reference, bank_reference=f"B{step}")])
        is_done = take_in_mortally(mortals, step, content)
        flows.take_in(content=content, currency="CAD", imported_by="test", now=shop.now())
        assert (shop.status(invoice), shop.books(Kind.BANK)) == ("paid", step * Shop.TOTAL)
        # A page that stayed open may be paid all the same: that money is the customer's credit.
        paid_too = shop.pay_page(page)
        shop.ask(page.id)
        credit_minor += Shop.TOTAL if paid_too else 0
        assert shop.books(Kind.CUSTOMER_CREDIT) == credit_minor
        if is_done:
            break
    assert step > 5, "no step was found to die at"
    assert not paid_too
