"""Stripe's test cards and test amounts: https://docs.stripe.com/terminal/references/testing"""

from dataclasses import dataclass

from server.sandbox.errors import StripeError


@dataclass(frozen=True)
class Decline:
    """Why a card is refused: the error's code, the bank's reason and the words."""

    code: str
    decline_code: str
    message: str


@dataclass(frozen=True)
class Card:
    """A test card. `verification` is how the holder proves to be the holder, `declines_later` off-session, `locales`
    the languages it asks for."""

    number: str
    brand: str
    funding: str = "credit"
    verification: str = "approval"
    decline: Decline | None = None
    refund_fails: bool = False
    declines_later: Decline | None = None
    disputed: bool = False
    asked_about: bool = False
    locales: tuple[str, ...] = ("en", "fr")

    @property
    def last4(self) -> str:
        """The last four digits."""
        return self.number[-4:]

    @property
    def is_interac(self) -> bool:
        """Canada's debit network, with rules of its own."""
        return self.brand == "interac"


def _declined(decline_code: str, message: str = "Your card was declined.") -> Decline:
    return Decline("card_declined", decline_code, message)


GENERIC = _declined("generic_decline")
AUTHENTICATION = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
WRONG_PIN = _declined("incorrect_pin", "Your card's PIN is incorrect.")
OTHER_CARD = _declined("generic_decline", "The card presented is not the one that paid.")
BANK_ACCOUNT = Card("000123456789", "bank")
NO_FUNDS = Decline(
    "payment_intent_payment_attempt_failed", "insufficient_funds", "The bank account has insufficient funds."
)
APPROVED, DECLINED, INTERAC = "4242424242424242", "4000000000000002", "4506445006931933"
EXPIRED = "4000000000000069"

CARDS = {
    card.number: card
    for card in (
        Card(APPROVED, "visa"),
        Card("4000056655665556", "visa", "debit"),
        Card("5555555555554444", "mastercard"),
        Card("5200828282828210", "mastercard", "debit"),
        Card("5105105105105100", "mastercard", "prepaid"),
        Card("378282246310005", "amex", locales=("en",)),
        Card("6011111111111117", "discover"),
        Card("3056930009020004", "diners"),
        Card("3566002020360505", "jcb", locales=("ja", "en")),
        Card("6200000000000005", "unionpay"),
        Card(INTERAC, "interac", "debit", "online_pin", locales=("fr", "en")),
        Card("4001007020000002", "visa", verification="offline_pin"),
        Card("4000008260000075", "visa", verification="offline_pin"),
        Card("4001000360000005", "visa", verification="online_pin"),
        Card("4000002760000008", "visa", verification="online_pin"),
        Card(DECLINED, "visa", decline=GENERIC),
        Card("4000000000009995", "visa", decline=_declined("insufficient_funds", "Your card has insufficient funds.")),
        Card("4000000000009987", "visa", decline=_declined("lost_card")),
        Card("4000000000009979", "visa", decline=_declined("stolen_card")),
        Card(EXPIRED, "visa", decline=Decline("expired_card", "expired_card", "Your card has expired.")),
        Card(
            "4000000000000119",
            "visa",
            decline=Decline(
                "processing_error",
                "processing_error",
                "An error occurred while processing your card. Try again in a little bit.",
            ),
        ),
        Card("4000000000005126", "visa", refund_fails=True),
        Card("4000002760003184", "visa", declines_later=AUTHENTICATION),
        Card("4000000000000259", "visa", disputed=True),
        Card("4000000000001976", "visa", asked_about=True),
        Card("4000000000000341", "visa", declines_later=GENERIC),
    )
}

# What a customer may hold in their hand on the sandbox's pages, by the word for it.
IN_HAND = {
    "visa": APPROVED,
    "interac": INTERAC,
    "reads_english": "378282246310005",
    "wants_holder": "4000002760003184",
    "refused_later": "4000000000000341",
    "refunds_come_back": "4000000000005126",
    "taken_back": "4000000000000259",
    "asked_about": "4000000000001976",
}

AMOUNT_ENDINGS = {
    1: _declined("call_issuer"),
    5: GENERIC,
    55: WRONG_PIN,
    65: _declined("withdrawal_count_limit_exceeded", "Your card has exceeded its balance or credit limit."),
    75: _declined("pin_try_exceeded", "You have exceeded the allowable number of PIN tries."),
}
PIN_ENDINGS = {2: "offline_pin", 3: "online_pin"}


def card(number: str) -> Card:
    """The test card with this number, or the refusal of any other: no real card may come near the sandbox."""
    found = CARDS.get(number.replace(" ", ""))
    if found is None:
        raise StripeError(
            "Your card was declined. Your request was in test mode, but used a number that is not a test card.",
            status=402,
            type="card_error",
            code="card_declined",
            decline_code="test_mode_live_card",
        )
    return found


def decline_for(card: Card, amount: int) -> Decline | None:
    """How Stripe answers a test card: the card's own decline, else the one the amount's last two digits ask for."""
    return card.decline or AMOUNT_ENDINGS.get(amount % 100)


def verification_for(card: Card, amount: int) -> str:
    """How the holder proves to be the holder: amounts ending 02 and 03 ask for a PIN."""
    return PIN_ENDINGS.get(amount % 100, card.verification)
