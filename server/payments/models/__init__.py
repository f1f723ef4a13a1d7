"""Tables of payments, refunds, fees, readers and the events Stripe sent."""

from server.payments.models.credit import (
    CreditApplication,
    CreditPayout,
)
from server.payments.models.events import (
    StripeEvent,
)
from server.payments.models.fees import (
    Fee,
)
from server.payments.models.payments import (
    Payment,
)
from server.payments.models.readers import (
    Reader,
)
from server.payments.models.refunds import (
    Refund,
)
from server.payments.models.saved_cards import (
    SavedCard,
)
from server.payments.models.shares import (
    PaymentShare,
)
from server.payments.models.tips import (
    TipPayout,
)
from server.payments.models.unassigned import (
    UnassignedPayment,
    UnnamedHold,
)

__all__ = [
    "CreditApplication",
    "CreditPayout",
    "Fee",
    "Payment",
    "PaymentShare",
    "Reader",
    "Refund",
    "SavedCard",
    "StripeEvent",
    "TipPayout",
    "UnassignedPayment",
    "UnnamedHold",
]
