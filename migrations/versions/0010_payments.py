"""Collecting money."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create payments, readers, stripe_events."""
    op.create_table(
        "readers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("location_id", sa.String(), nullable=False),
        sa.Column("device_type", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readers")),
    )
    op.create_table(
        "stripe_events",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("intent_id", sa.String(), nullable=True),
        sa.Column("payment_id", sa.String(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_events")),
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.String(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "card_reader",
                "pay_link",
                "cash",
                "cheque",
                "bank_transfer",
                name="method",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "created",
                "waiting",
                "processing",
                "unknown",
                "succeeded",
                "failed",
                "canceled",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("reader_id", sa.String(), nullable=True),
        sa.Column("taken_by", sa.String(), nullable=False),
        sa.Column("stripe_intent_id", sa.String(), nullable=True),
        sa.Column("stripe_session_id", sa.String(), nullable=True),
        sa.Column("stripe_charge_id", sa.String(), nullable=True),
        sa.Column("checkout_url", sa.LargeBinary(), nullable=True),
        sa.Column("card_brand", sa.String(), nullable=True),
        sa.Column("card_last4", sa.String(), nullable=True),
        sa.Column("failure_code", sa.String(), nullable=True),
        sa.Column("checks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (status IN ('created', 'waiting', 'processing', 'unknown'))",
            name=op.f("ck_payments_settled"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payments_positive")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_payments_invoice_id")),
        sa.ForeignKeyConstraint(["reader_id"], ["readers.id"], name=op.f("fk_payments_reader_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("stripe_charge_id", name=op.f("uq_payments_stripe_charge_id")),
        sa.UniqueConstraint("stripe_session_id", name=op.f("uq_payments_stripe_session_id")),
    )
    op.create_index("ix_payments_created_at_id", "payments", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_payments_invoice_id"), "payments", ["invoice_id"], unique=False)
    op.create_index(op.f("ix_payments_stripe_intent_id"), "payments", ["stripe_intent_id"], unique=False)
    op.create_index(
        "ix_payments_to_check",
        "payments",
        ["next_check_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('created', 'waiting', 'processing', 'unknown')"),
    )
    op.create_index(
        "uq_payments_live_intent",
        "payments",
        ["stripe_intent_id"],
        unique=True,
        postgresql_where=sa.text("status NOT IN ('failed', 'canceled')"),
    )
    op.create_index(
        "uq_payments_open_card",
        "payments",
        ["invoice_id"],
        unique=True,
        postgresql_where=sa.text(
            "method IN ('card_reader', 'pay_link') AND status IN ('created', 'waiting', 'processing', 'unknown')"
        ),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index(
        "uq_payments_open_card",
        table_name="payments",
        postgresql_where=sa.text(
            "method IN ('card_reader', 'pay_link') AND status IN ('created', 'waiting', 'processing', 'unknown')"
        ),
    )
    op.drop_index(
        "uq_payments_live_intent",
        table_name="payments",
        postgresql_where=sa.text("status NOT IN ('failed', 'canceled')"),
    )
    op.drop_index(
        "ix_payments_to_check",
        table_name="payments",
        postgresql_where=sa.text("status IN ('created', 'waiting', 'processing', 'unknown')"),
    )
    op.drop_index(op.f("ix_payments_stripe_intent_id"), table_name="payments")
    op.drop_index(op.f("ix_payments_invoice_id"), table_name="payments")
    op.drop_index("ix_payments_created_at_id", table_name="payments")
    op.drop_table("payments")
    op.drop_table("stripe_events")
    op.drop_table("readers")
