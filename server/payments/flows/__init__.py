"""Collect and give back through Stripe: write down, call, write down. No call is made inside a transaction."""

from server.payments.flows.asking import ask, ask_open, check
from server.payments.flows.capturing import capture, capture_due
from server.payments.flows.charging import charge_saved
from server.payments.flows.collecting import cancel, collect
from server.payments.flows.connecting import connection_token, create_location, list_locations, register_reader
from server.payments.flows.crediting import apply_credit
from server.payments.flows.debits import look_for_return, look_for_returns
from server.payments.flows.fees import learn_fees, learn_missing_fees
from server.payments.flows.interac import RefundCannotCancel, cancel_refund
from server.payments.flows.learning import learn, look_for_untold
from server.payments.flows.mobile import client_secret, look_for_forwarded, take_up
from server.payments.flows.refunding import approve_refund, ask_about_refund, refund
from server.payments.flows.saved_cards import let_card_go
from server.payments.flows.tips import set_tips

__all__ = [
    "RefundCannotCancel",
    "apply_credit",
    "approve_refund",
    "ask",
    "ask_about_refund",
    "ask_open",
    "cancel",
    "cancel_refund",
    "capture",
    "capture_due",
    "charge_saved",
    "check",
    "client_secret",
    "collect",
    "connection_token",
    "create_location",
    "learn",
    "learn_fees",
    "learn_missing_fees",
    "let_card_go",
    "list_locations",
    "look_for_forwarded",
    "look_for_return",
    "look_for_returns",
    "look_for_untold",
    "refund",
    "register_reader",
    "set_tips",
    "take_up",
]
