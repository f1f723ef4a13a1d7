"""Tables of the seller: one business a database, and its taxes as data."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from server.business.rules import SecondPayment
from server.core.database import Base

BUSINESS_ID = "bus_1"


class Business(Base):
    """The seller. One row; what is missing for a proper invoice is null until somebody fills it in."""

    __tablename__ = "businesses"
    __table_args__ = (
        CheckConstraint(f"id = '{BUSINESS_ID}'", name="only_one"),
        CheckConstraint("payment_days >= 0", name="payment_days"),
        CheckConstraint("ebilling_credit_minor >= 0", name="ebilling_credit_minor"),
        CheckConstraint("technician_refund_limit_minor >= 0 AND office_refund_limit_minor >= 0", name="refund_limits"),
        CheckConstraint(
            "max_broken_promises >= 1 AND customer_promise_days >= 0 AND customer_promises >= 0"
            " AND plan_parts >= 2 AND plan_days >= 7",
            name="arrangements",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    legal_name: Mapped[str | None]
    line1: Mapped[str | None]
    line2: Mapped[str | None]
    city: Mapped[str | None]
    region: Mapped[str | None]
    postal_code: Mapped[str | None]
    country: Mapped[str]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    # [{"label": "TPS", "number": "123456789 RT0001"}, ...], as printed on invoices
    tax_ids: Mapped[list[Any]]
    time_zone: Mapped[str]
    currency: Mapped[str]
    languages: Mapped[list[Any]]
    payment_days: Mapped[int]
    invoice_prefix: Mapped[str]
    stripe_location_id: Mapped[str | None]
    # What one person alone may give back of a payment, in the business's currency.
    technician_refund_limit_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("20000"))
    office_refund_limit_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("100000"))
    # Whether a card at a reader is only authorized, and captured by a further act.
    capture_later: Mapped[bool] = mapped_column(server_default=text("false"))
    # The tips readers offer, by currency: {"CAD": {"percentages": [10, 15]}} or {"CAD": {"fixed_amounts_minor": [200]}}
    tips: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    # What a customer gets, once, who lets invoices come by e-mail; 0 is nothing. In the business's currency.
    ebilling_credit_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    second_payment: Mapped[SecondPayment] = mapped_column(server_default=text("'refund'"))
    # How many broken promises call for a referral; how far ahead and how often a customer may promise alone; the most
    # parts of a payment plan, and how many days it may last.
    max_broken_promises: Mapped[int] = mapped_column(server_default=text("1"))
    customer_promise_days: Mapped[int] = mapped_column(server_default=text("14"))
    customer_promises: Mapped[int] = mapped_column(server_default=text("2"))
    plan_parts: Mapped[int] = mapped_column(server_default=text("12"))
    plan_days: Mapped[int] = mapped_column(server_default=text("92"))

    @property
    def address(self) -> dict[str, str | None]:
        """The postal address, in the wire's shape."""
        parts = ("line1", "line2", "city", "region", "postal_code", "country")
        return {part: getattr(self, part) for part in parts}

    @property
    def seller(self) -> dict[str, Any]:
        """What contracts and invoices keep of the seller, as it was when they were written."""
        return {
            "name": self.legal_name or self.name,
            "address": self.address,
            "tax_ids": self.tax_ids,
            "email": self.email,
            "phone": self.phone,
            "country": self.country,
            "time_zone": self.time_zone,
        }


class BankAccount(Base):
    """Where transfers in a currency go: one account a currency, by IBAN, or by `routing` and `account_number`."""

    __tablename__ = "bank_accounts"
    __table_args__ = (CheckConstraint("(iban IS NULL) <> (account_number IS NULL)", name="identified"),)

    currency: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    iban: Mapped[str | None]
    bic: Mapped[str | None]
    bank_name: Mapped[str | None]
    routing: Mapped[str | None]
    account_number: Mapped[str | None]

    @property
    def identifier(self) -> str:
        """How a bank's statement names the account: its IBAN or its number, in letters and digits alone."""
        return "".join(filter(str.isalnum, self.iban or self.account_number or "")).upper()


class TaxCode(Base):
    """What a line says about its taxes. Several rates may hang on one code; on `none`, none do."""

    __tablename__ = "tax_codes"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_fr: Mapped[str]
    name_en: Mapped[str]
    country: Mapped[str | None]
    region: Mapped[str | None]


class TaxRate(Base):
    """One tax of a code, from `valid_from` to the last day `valid_to`. `position` is its place on the invoice."""

    __tablename__ = "tax_rates"
    __table_args__ = (
        CheckConstraint("rate_percent >= 0 AND rate_percent <= 100", name="rate_percent"),
        CheckConstraint("valid_to >= valid_from", name="valid_to"),
    )

    tax_code: Mapped[str] = mapped_column(ForeignKey("tax_codes.code"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    name_fr: Mapped[str]
    name_en: Mapped[str]
    rate_percent: Mapped[Decimal] = mapped_column(Numeric(7, 4))
