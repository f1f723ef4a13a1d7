"""Every way a payment on a reader can end: its state, whether money counts, and what the technician reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import text

from server.core.database import transaction
from server.gateway.client import client as stripe_client
from server.invoices.models import Invoice
from server.payments import flows, queries
from server.payments.flows import readers as reader_flows
from server.payments.rules import KEY_LIFE, Status
from tests.shop import Shop

PROCESS = "/v1/terminal/readers/*/process_payment_intent"
Happen = Callable[[Shop, Invoice], None]


@dataclass(frozen=True)
class Outcome:
    """What happens to `pay_1`, and what must be true then."""

    name: str
    happen: Happen
    status: Status
    code: str | None
    en: str
    fr: str

    @property
    def is_paid(self) -> bool:
        return self.status is Status.SUCCEEDED


def press(*buttons: str, number: str | None = None) -> Happen:
    def happen(shop: Shop, invoice: Invoice) -> None:
        shop.collect(invoice, "pay_1")
        for button in buttons:
            shop.press(button, **({"number": number} if number else {}))

    return happen


def fault(kind: str, *buttons: str, path: str = PROCESS, times: int = 1, seconds: int = 0) -> Happen:
    def happen(shop: Shop, invoice: Invoice) -> None:
        shop.fault(kind, path, times=times)
        shop.collect(invoice, "pay_1")
        for button in buttons:
            shop.press(button)
        if seconds:
            shop.pass_time(seconds=seconds)

    return happen


def busy(shop: Shop, invoice: Invoice) -> None:
    shop.collect(shop.invoice(), "pay_other")
    shop.press("tap", authorizing_seconds=3600)
    shop.collect(invoice, "pay_1")
    shop.pass_time(hours=1)
    assert shop.ask("pay_other").status is Status.SUCCEEDED


def offline(shop: Shop, invoice: Invoice) -> None:
    shop.press("unplug")
    shop.collect(invoice, "pay_1")
    shop.press("plug")


def canceled_by_technician(shop: Shop, invoice: Invoice) -> None:
    shop.collect(invoice, "pay_1")
    flows.cancel(payment_id="pay_1", now=shop.now())


def frozen_then_canceled(shop: Shop, invoice: Invoice) -> None:
    press("freeze")(shop, invoice)
    assert shop.ask("pay_1").status is Status.WAITING
    assert reader_flows.check_reader(reader_id=shop.reader.id)[0] == "collecting"
    flows.cancel(payment_id="pay_1", now=shop.now())


def intent_canceled_at_stripe(shop: Shop, invoice: Invoice) -> None:
    shop.collect(invoice, "pay_1")
    stripe_client().v1.payment_intents.cancel(shop.payment("pay_1").stripe_intent_id or "")


def reader_deleted(shop: Shop, invoice: Invoice) -> None:
    shop.collect(invoice, "pay_1")
    stripe_client().v1.terminal.readers.delete(shop.reader.id)


DECLINED = ("The card was declined.", "La carte a été refusée.")
OUTCOMES = (
    Outcome("approved", press("tap"), Status.SUCCEEDED, None, "The payment was received.", "Le paiement a été reçu."),
    Outcome("declined", press("decline"), Status.FAILED, "generic_decline", *DECLINED),
    Outcome(
        "no funds",
        press("tap", number="4000000000009995"),
        Status.FAILED,
        "insufficient_funds",
        "There is not enough money on the card.",
        "La carte n’a pas assez de fonds.",
    ),
    Outcome(
        "wrong PIN",
        press("wrong_pin"),
        Status.FAILED,
        "incorrect_pin",
        "The PIN was wrong.",
        "Le NIP est erroné.",
    ),
    Outcome(
        "expired card",
        press("expire"),
        Status.FAILED,
        "expired_card",
        "The card has expired.",
        "La carte est expirée.",
    ),
    Outcome(
        "the customer cancels",
        press("cancel"),
        Status.CANCELED,
        "customer_canceled",
        "The customer canceled on the reader.",
        "Le client a annulé sur le lecteur.",
    ),
    Outcome(
        "the technician cancels",
        canceled_by_technician,
        Status.CANCELED,
        None,
        "The payment was given up. Nothing was charged.",
        "Le paiement a été abandonné. Rien n’a été débité.",
    ),
    Outcome(
        "the card is pulled early",
        press("pull"),
        Status.FAILED,
        "card_removed",
        "The card was taken out too early. It was not charged.",
        "La carte a été retirée trop tôt. Elle n’a pas été débitée.",
    ),
    Outcome(
        "busy",
        busy,
        Status.FAILED,
        "terminal_reader_busy",
        "The reader is busy with another payment.",
        "Le lecteur est occupé par un autre paiement.",
    ),
    Outcome(
        "offline",
        offline,
        Status.FAILED,
        "terminal_reader_offline",
        "The reader is offline.",
        "Le lecteur est hors ligne.",
    ),
    Outcome(
        "timed out, still unknown",
        fault("reader_timeout"),
        Status.UNKNOWN,
        None,
        "We do not know yet whether the money was taken.",
        "Nous ne savons pas encore si l’argent a été prélevé.",
    ),
    Outcome(
        "timed out for good",
        fault("reader_timeout", seconds=40),
        Status.FAILED,
        "reader_interrupted",
        "The reader stopped before a card was presented. The card was not charged.",
        "Le lecteur s’est arrêté avant qu’une carte soit présentée. La carte n’a pas été débitée.",
    ),
    Outcome(
        "timed out but delivered",
        fault("reader_timeout_delivered"),
        Status.WAITING,
        None,
        "The customer has not paid yet.",
        "Le client n’a pas encore payé.",
    ),
    Outcome(
        "timed out but delivered, and paid",
        fault("reader_timeout_delivered", "tap"),
        Status.SUCCEEDED,
        None,
        "The payment was received.",
        "Le paiement a été reçu.",
    ),
    Outcome(
        "answer lost but paid",
        fault("drop_after", "tap", times=3),
        Status.SUCCEEDED,
        None,
        "The payment was received.",
        "Le paiement a été reçu.",
    ),
    Outcome(
        "connection error but authorized",
        press("lose"),
        Status.SUCCEEDED,
        None,
        "The payment was received.",
        "Le paiement a été reçu.",
    ),
    Outcome(
        "connection error before the bank was asked",
        fault("connection_error", "tap"),
        Status.FAILED,
        "connection_error",
        "The reader lost its connection. The card was not charged.",
        "Le lecteur a perdu sa connexion. La carte n’a pas été débitée.",
    ),
    Outcome(
        "stuck in progress",
        press("freeze"),
        Status.WAITING,
        None,
        "The customer has not paid yet.",
        "Le client n’a pas encore payé.",
    ),
    Outcome(
        "stuck in progress, then canceled",
        frozen_then_canceled,
        Status.CANCELED,
        None,
        "The payment was given up. Nothing was charged.",
        "Le paiement a été abandonné. Rien n’a été débité.",
    ),
    Outcome(
        "replaced by another action",
        press("replace"),
        Status.FAILED,
        "reader_replaced",
        "The reader went on to something else. The card was not charged.",
        "Le lecteur est passé à autre chose. La carte n’a pas été débitée.",
    ),
    Outcome(
        "the intent was canceled at Stripe",
        intent_canceled_at_stripe,
        Status.CANCELED,
        "intent_canceled",
        "This payment was canceled at the card service. The card was not charged.",
        "Ce paiement a été annulé auprès du service de cartes. La carte n’a pas été débitée.",
    ),
    Outcome(
        "the reader was deleted at Stripe",
        reader_deleted,
        Status.FAILED,
        "reader_gone",
        "This reader is no longer registered. The card was not charged.",
        "Ce lecteur n’est plus enregistré. La carte n’a pas été débitée.",
    ),
)


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.name)
def test_every_outcome_on_a_reader_has_its_state_its_money_and_its_sentence(shop: Shop, outcome: Outcome) -> None:
    invoice = shop.invoice()
    outcome.happen(shop, invoice)
    payment = shop.ask("pay_1")
    assert (payment.status, payment.failure_code) == (outcome.status, outcome.code)
    assert shop.balance(invoice) == (0 if outcome.is_paid else Shop.TOTAL)
    shop.resolve_open()
    assert shop.at_stripe() == shop.captured()
    with transaction() as session:
        said = [queries.sheets(session, [payment], locale=locale)[0]["advice"] for locale in ("en", "fr")]
    assert [words["message"] for words in said] == [outcome.en, outcome.fr]
    assert all(words["what_to_do"] for words in said)


def test_each_further_attempt_has_keys_of_its_own_and_the_same_intent(shop: Shop) -> None:
    invoice = shop.invoice()
    for number, button in enumerate(("decline", "wrong_pin", "pull", "cancel", "replace", "tap"), 1):
        shop.collect(invoice, f"pay_{number}")
        shop.press(button)
        shop.ask(f"pay_{number}")
    assert shop.balance(invoice) == 0
    sent = [row for row in shop.control("GET", "journal")["items"] if row["path"].endswith("/process_payment_intent")]
    assert len({row["idempotency_key"] for row in sent}) == len(sent) == 6
    assert {row["params"]["payment_intent"] for row in sent} == set(shop.intents())
    assert len(shop.intents()) == 1
    assert shop.at_stripe() == shop.captured() == Shop.TOTAL


def test_a_key_older_than_stripes_memory_leads_to_asking_not_to_sending_again(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault("drop_after", PROCESS, times=3)
    shop.collect(invoice, "pay_1")
    shop.press("tap")
    with transaction() as session:  # as if the process had died before it wrote down that the answer was lost
        session.execute(text("UPDATE payments SET status = 'created', unknown_since = NULL"))
    shop.pass_time(seconds=(KEY_LIFE + timedelta(hours=5)).total_seconds())
    sent = len(shop.control("GET", "journal")["items"])
    assert shop.collect(invoice, "pay_1", amount_minor=Shop.TOTAL).status is Status.SUCCEEDED
    since = shop.control("GET", "journal")["items"][sent:]
    assert {row["method"] for row in since} == {"GET"}
