"""Questions about payments, refunds and readers."""

from server.payments.queries.fees import (
    fees_minor,
    list_fees,
    list_without_fee,
)
from server.payments.queries.payments import (
    NoSuchPayment,
    find_concerned,
    find_holder,
    find_open_checkout,
    find_payment,
    find_spare_intent,
    get_event,
    get_locked,
    get_payment,
    list_for_invoices,
    list_known_charges,
    list_open,
    list_to_check,
    payments_statement,
)
from server.payments.queries.readers import (
    NoSuchReader,
    get_reader,
    readers_statement,
)
from server.payments.queries.refunds import (
    NoSuchRefund,
    claimed_minor,
    find_card_refund,
    find_refund,
    get_refund,
    get_refund_locked,
    list_refunds,
    list_refunds_to_check,
    refunds_statement,
)
from server.payments.queries.sheets import (
    refund_sheets,
    sheet,
    sheets,
)

__all__ = [
    "NoSuchPayment",
    "NoSuchReader",
    "NoSuchRefund",
    "claimed_minor",
    "fees_minor",
    "find_card_refund",
    "find_concerned",
    "find_holder",
    "find_open_checkout",
    "find_payment",
    "find_refund",
    "find_spare_intent",
    "get_event",
    "get_locked",
    "get_payment",
    "get_reader",
    "get_refund",
    "get_refund_locked",
    "list_fees",
    "list_for_invoices",
    "list_known_charges",
    "list_open",
    "list_refunds",
    "list_refunds_to_check",
    "list_to_check",
    "list_without_fee",
    "payments_statement",
    "readers_statement",
    "refund_sheets",
    "refunds_statement",
    "sheet",
    "sheets",
]
