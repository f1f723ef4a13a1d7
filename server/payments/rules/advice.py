"""What to tell the technician when something did not work: what happened, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from server.core.words import msgid as _
from server.payments.rules.collecting import Status


@dataclass(frozen=True)
class Advice:
    """What happened and what to do, in words."""

    message: str
    what_to_do: str


_TRY_ANOTHER = _("Try another card, or take the payment by QR code or cash.")

_TRY_AGAIN = _("Try again.")

_ADVICE = {
    "card_declined": Advice(_("The card was declined."), _TRY_ANOTHER),
    "generic_decline": Advice(_("The card was declined."), _TRY_ANOTHER),
    "call_issuer": Advice(_("The bank declined the card and asks the customer to call."), _TRY_ANOTHER),
    "insufficient_funds": Advice(_("There is not enough money on the card."), _TRY_ANOTHER),
    "lost_card": Advice(_("The card was declined."), _TRY_ANOTHER),
    "stolen_card": Advice(_("The card was declined."), _TRY_ANOTHER),
    "expired_card": Advice(_("The card has expired."), _TRY_ANOTHER),
    "incorrect_pin": Advice(_("The PIN was wrong."), _("Try again with the right PIN, or use another card.")),
    "pin_try_exceeded": Advice(_("The PIN was wrong too many times."), _TRY_ANOTHER),
    "withdrawal_count_limit_exceeded": Advice(_("The card has reached its limit."), _TRY_ANOTHER),
    "processing_error": Advice(_("The card could not be processed."), _TRY_AGAIN),
    "forwarded_declined": Advice(
        _("The bank declined a card that the phone had taken on its own. Nothing is paid."),
        _("Ask the customer for another card, or show them the payment page."),
    ),
    "customer_canceled": Advice(_("The customer canceled on the reader."), _TRY_AGAIN),
    "card_removed": Advice(
        _("The card was taken out too early. It was not charged."),
        _("Try again, and leave the card in until the reader says so."),
    ),
    "card_not_supported": Advice(_("This kind of card is not accepted."), _TRY_ANOTHER),
    "terminal_reader_hardware_fault": Advice(
        _("The reader has a fault. The card was not charged."),
        _("Switch the reader off and on, or use another one."),
    ),
    "connection_error": Advice(_("The reader lost its connection. The card was not charged."), _TRY_AGAIN),
    "terminal_reader_busy": Advice(
        _("The reader is busy with another payment."), _("Wait until it is free, or remove the card, then try again.")
    ),
    "terminal_reader_offline": Advice(
        _("The reader is offline."), _("Check that it is switched on and connected, or use the QR code.")
    ),
    "reader_interrupted": Advice(
        _("The reader stopped before a card was presented. The card was not charged."), _TRY_AGAIN
    ),
    "reader_replaced": Advice(
        _("The reader went on to something else. The card was not charged."),
        _("Ask who else uses this reader, then try again."),
    ),
    "reader_taken": Advice(
        _("Somebody else took this reader meanwhile. The card was not charged."),
        _("Ask who else uses this reader, then try again."),
    ),
    "in_use": Advice(
        _("The reader is busy with another payment."), _("Wait until it is free, or remove the card, then try again.")
    ),
    "reader_gone": Advice(
        _("This reader is no longer registered. The card was not charged."),
        _("Use another reader or the QR code, and tell the office."),
    ),
    "double_released": Advice(
        _("The phone sent this payment twice. The second time nothing was taken."), _("There is nothing to do.")
    ),
    "authorization_expired": Advice(
        _("The bank no longer holds the amount, and nothing was taken: the invoice owes it again."),
        _("Take the payment again."),
    ),
    "authorization_released": Advice(
        _("The amount held on the card was released. Nothing was taken."), _("Take the payment again, if it is owed.")
    ),
    "intent_canceled": Advice(
        _("This payment was canceled at the card service. The card was not charged."), _TRY_AGAIN
    ),
    "intent_invalid_state": Advice(
        _("This payment changed in the meantime."), _("Look at the balance before you try again.")
    ),
    "interrupted": Advice(_("We were interrupted before the payment began. Nothing was charged."), _TRY_AGAIN),
    "not_taken_in": Advice(
        _("Something is wrong on our side: we cannot say yet whether the money was taken."),
        _("Do not charge again, and tell the office."),
    ),
    "stripe_busy": Advice(_("The card service is busy. Nothing was charged."), _("Wait a moment, then try again.")),
    "amount_too_small": Advice(_("The amount is too small for a card."), _("Take it in cash.")),
}

_ADVICE |= {
    "authentication_required": Advice(
        _("The bank wants the customer to confirm this payment."),
        _("They have been sent a link to pay it. Nothing was charged."),
    ),
}

_PAY_OTHERWISE = _("Ask for another way to pay: the balance is open.")

_ADVICE |= {
    "debit_insufficient_funds": Advice(_("There was not enough money in the bank account."), _PAY_OTHERWISE),
    "debit_account_closed": Advice(_("The bank account is closed."), _PAY_OTHERWISE),
    "debit_account_wrong": Advice(_("The bank does not know this account."), _PAY_OTHERWISE),
    "debit_not_authorized": Advice(_("The customer's bank says that the debit was not authorized."), _PAY_OTHERWISE),
    "debit_failed": Advice(_("The customer's bank did not pay the debit."), _PAY_OTHERWISE),
}

_OTHERWISE = Advice(_("The payment did not go through. The card was not charged."), _TRY_ANOTHER)


_GIVEN_UP = Advice(_("The payment was given up. Nothing was charged."), _TRY_AGAIN)
_STANDING = {
    Status.CREATED: Advice(_("The payment is beginning."), _("Wait a moment.")),
    Status.WAITING: Advice(
        _("The customer has not paid yet."),
        _("Let them finish. If the reader shows an error or nothing at all, cancel here, then try again."),
    ),
    Status.PROCESSING: Advice(_("The bank is answering."), _("Wait. Do not charge again.")),
    Status.UNKNOWN: Advice(
        _("We do not know yet whether the money was taken."),
        _("Do not charge again: it is being checked, and resolves by itself."),
    ),
    Status.SUCCEEDED: Advice(_("The payment was received."), _("There is nothing more to do.")),
}


def told(status: Status, failure_code: str | None) -> Advice:
    """Return what to tell the technician of an attempt, however it stands, in English."""
    return advice(failure_code) if failure_code else _STANDING.get(status, _GIVEN_UP)


def advice(failure_code: str) -> Advice:
    """Return what to tell the technician, in English."""
    return _ADVICE.get(failure_code, _OTHERWISE)


_REFUND_ADVICE = {
    "rejected": Advice(_("A second person turned this refund down."), _("Ask the office why.")),
    "interrupted": Advice(_("We were interrupted before the refund began. Nothing was given back."), _TRY_AGAIN),
    "expired_or_canceled_card": Advice(
        _("The card has expired or was canceled: its bank sent the refund back."),
        _("Give the money back another way, for example by transfer."),
    ),
    "lost_or_stolen_card": Advice(
        _("The card was lost or stolen: its bank sent the refund back."),
        _("Give the money back another way, for example by transfer."),
    ),
    "timed_out": Advice(_("No card was presented at the reader in time. Nothing was given back."), _TRY_AGAIN),
    "canceled": Advice(_("This refund was canceled. Nothing was given back."), _TRY_AGAIN),
    "customer_canceled": Advice(_("The customer canceled on the reader. Nothing was given back."), _TRY_AGAIN),
    "reader_interrupted": Advice(
        _("The reader stopped before a card was presented. Nothing was given back."), _TRY_AGAIN
    ),
    "connection_error": Advice(_("The reader lost its connection. Nothing was given back."), _TRY_AGAIN),
    "terminal_reader_busy": Advice(
        _("The reader is busy with something else. Nothing was given back."),
        _("Wait until it is free, or choose another reader."),
    ),
    "reader_taken": Advice(
        _("Somebody else took this reader meanwhile. Nothing was given back."),
        _("Ask who else uses this reader, then try again."),
    ),
    "reader_gone": Advice(
        _("This reader is no longer registered. Nothing was given back."), _("Choose another reader.")
    ),
    "terminal_reader_offline": Advice(
        _("The reader is offline. Nothing was given back."),
        _("Check that it is switched on and connected, or choose another reader."),
    ),
    "stripe_busy": Advice(_("The card service is busy. Nothing was given back."), _("Wait a moment, then try again.")),
    "card_declined": Advice(
        _("The card did not take the refund. Nothing was given back."),
        _("Present the very card that paid, or give the money back another way."),
    ),
    "charge_already_refunded": Advice(
        _("This payment was given back already."), _("Look at the balance before you try again.")
    ),
}

_REFUND_OTHERWISE = Advice(
    _("The refund did not go through. Nothing was given back."), _("Give the money back another way, or try again.")
)


def refund_advice(failure_code: str) -> Advice:
    """Return why a refund did not work and what to do, in English."""
    return _REFUND_ADVICE.get(failure_code, _REFUND_OTHERWISE)
