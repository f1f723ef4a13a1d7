"""What a receipt keeps: everything it will ever say, as it was when the outcome was learnt."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from server.core.words import LANGUAGES


class Kind(StrEnum):
    """What happened. A `declined` slip says that no money was taken, `refund_failed` that none went back;
    `credit_payout` that money held for a customer was transferred back to them."""

    PAYMENT = "payment"
    DECLINED = "declined"
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"
    CREDIT_PAYOUT = "credit_payout"


class Channel(StrEnum):
    """How a receipt is sent."""

    EMAIL = "email"
    TEXT = "text"


# Text messages cost money, and an address typed by a stranger may be anybody's.
MOST_SENDINGS = 10
# A second tap within this time is the same wish.
OPENS_AGAIN_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Card:
    """The card as a receipt may show it: never more of its number than `last4`.

    `emv` are Stripe's receipt fields by their names; `read_method` and `wallet` are Stripe's words too. Source: Stripe,
    "Terminal: receipts", which requires application_preferred_name, dedicated_file_name and account_type.
    """

    brand: str | None
    last4: str | None
    read_method: str | None = None
    wallet: str | None = None
    emv: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Part:
    """Money that came for the invoice, or went back of it (`is_refund`)."""

    method: str
    amount_minor: int
    last4: str | None = None
    is_refund: bool = False


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of money, as whoever learns it tells: of a payment, or of the refund `refund_id` of it.

    `amount_minor` is without the tip, `beyond_minor` what of it is more than was owed (which is credit, unless it
    goes back by itself), `balance_minor` what is still owed; `split` is everything so far, this one included.
    """

    kind: Kind
    payment_id: str
    refund_id: str | None = None
    invoice_number: str
    happened_at: datetime
    method: str
    amount_minor: int
    tip_minor: int = 0
    beyond_minor: int = 0
    beyond_goes_back: bool = False
    balance_minor: int
    split: Sequence[Part]
    reference: str | None = None
    card: Card | None = None
    preferred_locales: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that a receipt says. `amount_minor` is without the tip; `split` is everything so far, this one included.

    `seller` is the invoice's, or the business as it is where there is no invoice (`invoice_number` is "");
    `happened_at` is told by the clocks of the seller's time zone.
    """

    kind: Kind
    number: str
    language: str
    currency: str
    seller: Mapping[str, Any]
    customer_name: str
    invoice_number: str
    place: str | None
    happened_at: datetime
    method: str
    amount_minor: int
    balance_minor: int
    split: tuple[Part, ...]
    tip_minor: int = 0
    beyond_minor: int = 0
    beyond_goes_back: bool = False
    reference: str | None = None
    card: Card | None = None

    @property
    def total_minor(self) -> int:
        """What moved in all, the tip included."""
        return self.amount_minor + self.tip_minor


def kept(facts: Facts) -> str:
    """Return the facts as text, to be read again by `read`."""
    return json.dumps({**asdict(facts), "happened_at": facts.happened_at.isoformat()}, ensure_ascii=False)


def read(text: str) -> Facts:
    """Return the facts that were kept."""
    said: dict[str, Any] = json.loads(text)
    return Facts(
        **{
            **said,
            "kind": Kind(said["kind"]),
            "happened_at": datetime.fromisoformat(said["happened_at"]),
            "split": tuple(Part(**part) for part in said["split"]),
            "card": Card(**said["card"]) if said["card"] else None,
        }
    )


def number(sequence: int) -> str:
    """Return the number printed on a receipt: R-000042."""
    return f"R-{sequence:06d}"


def language(*, customer: str | None, preferred_locales: Sequence[str], business: Sequence[str]) -> str:
    """Return the language of a receipt: the customer's where we know it, else the first that the card asks for and we
    speak, else the business's first. `preferred_locales` are the card's own: `fr`, `fr-CA`."""
    of_card = [locale[:2].lower() for locale in preferred_locales]
    spoken = (wanted for wanted in (customer, *of_card, *business) if wanted in LANGUAGES)
    return next(spoken, LANGUAGES[0])


def place(address: Mapping[str, Any]) -> str | None:
    """Return where money changed hands, as card networks want it: city and region."""
    said = [part for part in (address.get("city"), address.get("region")) if part]
    return ", ".join(said) or None


def printed_card(card: Card) -> Card:
    """Return what the slip of a refund shows of the card that paid: its name and application, no proof of reading."""
    shown = ("application_preferred_name", "dedicated_file_name", "account_type")
    return replace(card, read_method=None, emv={name: card.emv[name] for name in shown if name in card.emv})


def link_token(link_key: str, receipt_id: str) -> str:
    """Return the secret in the address of a receipt's page: 160 bits that follow from a key outside the database, so
    that every reprint carries the same address."""
    digest = hmac.new(link_key.encode(), f"receipt|{receipt_id}".encode(), hashlib.sha256).digest()[:20]
    return base64.b32encode(digest).decode().lower()
