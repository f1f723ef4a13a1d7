"""Bank statements, while the process is killed."""

from __future__ import annotations

from server.business import operations as business
from server.core import clock
from server.core.database import transaction
from server.invoices.rules import rf_reference
from server.payments.rules import Method
from server.statements import flows
from tests.killed.flows import Plan, ids, kills, now
from tests.messages.conftest import MailServer
from tests.shop import Shop
from tests.statements.files import ACCOUNT, camt, entry

TOTAL = "218.45"


def _statement(number: int, reference: str = "") -> str:
    day = clock.local_date(clock.now(), "America/Toronto")
    return camt([entry(TOTAL, reference=reference, bank_reference=f"B{number}", day=day)])


def _open_account() -> None:
    with transaction() as session:
        business.set_bank_account(session, currency="CAD", holder="Roy", routing="815-30000", account_number=ACCOUNT)


@kills(flows.take_in)
def a_transfer_arrives_while_a_page_is_open(shop: Shop, _mail: MailServer, number: int) -> Plan:
    _open_account()
    invoice, (payment_id, _) = shop.invoice(), ids(number)
    shop.collect(invoice, payment_id, method=Method.PAY_LINK)

    def finish() -> None:
        assert shop.balance(invoice) == 0

    content = _statement(number, rf_reference(invoice.number) or "")
    return Plan(now(content=content, currency="CAD", imported_by="staff:anne"), finish)


@kills(flows.assign)
def a_transfer_without_reference_is_assigned(shop: Shop, _mail: MailServer, number: int) -> Plan:
    _open_account()
    invoice = shop.invoice()
    _, (line,) = flows.take_in(content=_statement(number), currency="CAD", imported_by="staff:anne", now=clock.now())

    def finish() -> None:
        assert shop.balance(invoice) == 0

    return Plan(now(line_id=line.id, invoice_ids=[invoice.id], decided_by="staff:anne"), finish)
