"""The proof of an invoice: everything ever made for it at Stripe, asked now, beside the books."""

from __future__ import annotations

from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import text

from server.audit import flows
from server.audit.rules import Proof
from server.cli import main
from server.core import clock, config
from server.core.database import transaction
from server.invoices.models import Invoice
from server.payments.rules import Method
from tests.shop import Shop


def prove(invoice: Invoice) -> Proof:
    return flows.prove(invoice_id=invoice.id, now=clock.now())


def busy_invoice(shop: Shop) -> Invoice:
    """Declined once, a page opened and given up, paid by card, a part given back."""
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("decline")
    shop.ask("pay_1")
    shop.collect(invoice, "pay_2", method=Method.PAY_LINK)
    shop.collect(invoice, "pay_3")
    shop.press("tap")
    shop.ask("pay_3")
    shop.refund("pay_3", "ref_1", 1000)
    return invoice


def test_a_proof_names_everything_and_its_sums_agree(shop: Shop) -> None:
    proof = prove(busy_invoice(shop))
    assert [(each.status, each.captured_minor, each.is_written_down) for each in proof.intents] == [
        ("succeeded", Shop.TOTAL, True)
    ]
    assert proof.intents[0].payment_ids == ("pay_1", "pay_3"), "the second attempt used the first's PaymentIntent"
    assert [(each.status, each.is_paid, each.payment_ids) for each in proof.sessions] == [
        ("expired", False, ("pay_2",))
    ]
    assert [(each.refund_id, each.status, each.amount_minor) for each in proof.refunds] == [
        ("ref_1", "succeeded", 1000)
    ]
    assert [(each.reason, each.in_minor, each.out_minor) for each in proof.entries] == [
        ("payment_received", Shop.TOTAL, 0),
        ("payment_refunded", 0, 1000),
    ]
    assert (proof.captured_minor, proof.refunded_minor, proof.ledger_minor) == (Shop.TOTAL, 1000, Shop.TOTAL - 1000)
    assert proof.agrees is True


def test_a_refund_that_came_back_is_no_money_given_back(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("tap")
    shop.ask("pay_1")
    shop.fault("refund_fails", "/v1/refunds")
    shop.refund("pay_1", "ref_1", 1000)
    shop.pass_time(minutes=5)
    shop.resolve_open()
    shop.pass_time(days=2)
    shop.resolve_open()
    proof = prove(invoice)
    assert [(each.status, each.is_given_back) for each in proof.refunds] == [("failed", False)]
    assert (proof.refunded_minor, proof.ledger_minor, proof.agrees) == (0, Shop.TOTAL, True)


def test_money_that_we_never_wrote_down_is_found_and_told(shop: Shop) -> None:
    invoice = busy_invoice(shop)
    with transaction() as session:  # a restore lost the attempt
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("DELETE FROM receipts"))
        session.execute(text("DELETE FROM refunds"))
        session.execute(text("DELETE FROM payments WHERE id <> 'pay_2'"))
    proof = prove(invoice)
    assert [(each.payment_ids, each.is_written_down) for each in proof.intents] == [(("pay_3",), False)]
    assert [(each.refund_id, each.is_written_down) for each in proof.refunds] == [("ref_1", False)]
    assert proof.agrees is True, "the books still have both"


def test_a_page_whose_address_never_reached_us_is_found(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault("drop_after", "/v1/checkout/sessions", times=3)
    shop.collect(invoice, "pay_1", method=Method.PAY_LINK)
    assert shop.payment("pay_1").stripe_session_id is None
    assert [(each.status, each.is_written_down) for each in prove(invoice).sessions] == [("open", False)]


def test_books_that_were_tampered_with_are_found_out(shop: Shop) -> None:
    invoice = busy_invoice(shop)
    with transaction() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(
            text(
                "UPDATE ledger_transfers SET amount_minor = amount_minor - 7 WHERE entry_id IN"
                " (SELECT id FROM ledger_entries WHERE about = :about AND reason = 'payment_received')"
            ),
            {"about": invoice.id},
        )
    proof = prove(invoice)
    assert (proof.difference_minor, proof.agrees) == (7, False)
    assert "they differ by" in proof.says("en_CA")


def test_an_invoice_paid_in_cash_has_nothing_at_stripe(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1", method=Method.CASH)
    proof = prove(invoice)
    assert (list(proof.intents), list(proof.sessions), list(proof.entries), proof.agrees) == ([], [], [], True)


def test_without_an_answer_of_stripe_it_says_that_nothing_is_proven(shop: Shop) -> None:
    invoice = busy_invoice(shop)
    shop.fault("drop_before", "*", times=100)
    proof = prove(invoice)
    assert (proof.silence, proof.agrees) == ("stripe_outcome_unknown", None)
    assert [(each.status, each.payment_ids) for each in proof.intents] == [(None, ("pay_1", "pay_3"))]
    assert [each.status for each in proof.sessions] == [each.status for each in proof.refunds] == [None]
    assert "proves nothing" in proof.says("en_CA")


def test_the_operator_proves_an_invoice_by_its_number(shop: Shop, product: config.Config) -> None:
    invoice = busy_invoice(shop)
    ran = CliRunner().invoke(main, ["audit", "--invoice", invoice.number])
    assert ran.exit_code == 0, ran.output
    assert "they agree" in ran.output
    assert "status=succeeded" in ran.output
    unknown = CliRunner().invoke(main, ["audit", "--invoice", "F-999999"])
    assert (unknown.exit_code, "There is no invoice F-999999" in unknown.output) == (1, True)


def test_an_invoice_of_nobody_is_not_found(shop: Shop, client: FlaskClient) -> None:
    assert client.get("/api/v1/invoices/inv_none/proof").status_code == 401
