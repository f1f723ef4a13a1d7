"""Cards that customers let us keep, and charges of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

METHODS = "'card_reader', 'pay_link', 'cash', 'cheque', 'bank_transfer'"
KINDS = "'invoice', 'receipt', 'refund', 'debit', 'reminder', 'reversal', 'chargeback', 'chargeback_outcome'"
OPEN = "status IN ('created', 'waiting', 'processing', 'unknown')"


def upgrade() -> None:
    """Create saved cards, let a payment be a charge of one, allow the message that asks its holder to pay."""
    op.create_table(
        "saved_cards",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("payment_id", sa.String(), nullable=False),
        sa.Column("consent_text", sa.String(), nullable=False),
        sa.Column("consent_sha256", sa.String(), nullable=False),
        sa.Column("consent_language", sa.String(), nullable=False),
        sa.Column(
            "consent_channel",
            sa.Enum("reader", "page", name="channel", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("consented_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stripe_customer_id", sa.String(), nullable=True),
        sa.Column("stripe_method_id", sa.String(), nullable=True),
        sa.Column("brand", sa.String(), nullable=True),
        sa.Column("last4", sa.String(), nullable=True),
        sa.Column("exp_month", sa.Integer(), nullable=True),
        sa.Column("exp_year", sa.Integer(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.CheckConstraint("(saved_at IS NULL) = (stripe_method_id IS NULL)", name=op.f("ck_saved_cards_saved")),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name=op.f("ck_saved_cards_withdrawn")),
        sa.CheckConstraint("consent_language IN ('fr', 'en')", name=op.f("ck_saved_cards_language")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_saved_cards_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_cards")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_saved_cards_payment_id")),
        sa.UniqueConstraint("stripe_method_id", name=op.f("uq_saved_cards_stripe_method_id")),
    )
    op.create_index(op.f("ix_saved_cards_customer_id"), "saved_cards", ["customer_id"])
    op.create_index("ix_saved_cards_created_at_id", "saved_cards", ["created_at", "id"])
    op.add_column("payments", sa.Column("saved_card_id", sa.String(), nullable=True))
    op.create_foreign_key(op.f("fk_payments_saved_card_id"), "payments", "saved_cards", ["saved_card_id"], ["id"])
    _allow(f"{METHODS}, 'card_on_file'", f"{KINDS}, 'confirmation'")
    _one_open("'card_reader', 'pay_link', 'card_on_file'")


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM message_attachments USING messages m WHERE m.id = message_id AND m.kind = 'confirmation'")
    op.execute("DELETE FROM messages WHERE kind = 'confirmation'")
    _one_open("'card_reader', 'pay_link'")
    _allow(METHODS, KINDS)
    op.drop_constraint(op.f("fk_payments_saved_card_id"), "payments", type_="foreignkey")
    op.drop_column("payments", "saved_card_id")
    op.drop_table("saved_cards")


def _allow(methods: str, kinds: str) -> None:
    op.drop_constraint(op.f("ck_payments_method"), "payments", type_="check")
    op.create_check_constraint(op.f("ck_payments_method"), "payments", f"method IN ({methods})")
    op.drop_constraint(op.f("ck_refunds_method"), "refunds", type_="check")
    op.create_check_constraint(op.f("ck_refunds_method"), "refunds", f"by_hand IN ({methods})")
    op.drop_constraint(op.f("ck_messages_kind"), "messages", type_="check")
    op.create_check_constraint(op.f("ck_messages_kind"), "messages", f"kind IN ({kinds})")


def _one_open(methods: str) -> None:
    op.drop_index("uq_payments_open_card", table_name="payments")
    op.create_index(
        "uq_payments_open_card",
        "payments",
        ["invoice_id"],
        unique=True,
        postgresql_where=sa.text(f"method IN ({methods}) AND {OPEN}"),
    )
