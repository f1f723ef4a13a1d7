"""Saved cards and tips, while the process is killed."""

from __future__ import annotations

from server.business import queries as business
from server.core.database import transaction
from server.payments import flows
from server.payments.rules import Status
from tests.killed.flows import Plan, ids, kills, now
from tests.messages.conftest import MailServer
from tests.payments.test_saved_cards import save_by_tap
from tests.shop import Shop

TIPS = {"CAD": {"percentages": [10, 20]}}


@kills(flows.charge_saved)
def a_saved_card_is_charged(shop: Shop, _mail: MailServer, number: int) -> Plan:
    card, invoice, (payment_id, _) = save_by_tap(shop), shop.invoice(), ids(number)
    before_minor = shop.captured()

    def finish() -> None:
        ended = shop.payment(payment_id).status
        assert ended in (Status.SUCCEEDED, Status.FAILED)
        taken_minor = Shop.TOTAL if ended is Status.SUCCEEDED else 0
        assert (shop.captured() - before_minor, shop.balance(invoice)) == (taken_minor, Shop.TOTAL - taken_minor)

    wanted = {"payment_id": payment_id, "invoice_id": invoice.id, "saved_card_id": card.id}
    return Plan(now(**wanted, amount_minor=Shop.TOTAL, taken_by="staff:anne"), finish)


@kills(flows.let_card_go)
def a_saved_card_is_let_go(shop: Shop, _mail: MailServer, number: int) -> Plan:
    card = save_by_tap(shop)

    def finish() -> None:
        assert shop.sandbox.state.get("payment_method", card.stripe_method_id or "")["customer"] is None

    return Plan({"card_id": card.id}, finish)


@kills(flows.set_tips)
def tips_are_offered(shop: Shop, _mail: MailServer, _number: int) -> Plan:
    def finish() -> None:
        with transaction() as session:
            assert business.get_profile(session).tips == TIPS

    return Plan({"tips": TIPS}, finish)
