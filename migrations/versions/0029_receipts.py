"""Receipts, and text messages that bring them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = ("payment", "declined", "refund", "refund_failed")


def upgrade() -> None:
    """Create receipt_series, receipts, receipt_sendings; let messages be texts, and languages be unknown."""
    op.create_table(
        "receipt_series",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_receipt_series_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_series")),
    )
    op.create_table(
        "receipts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column(
            "kind", sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True, length=40), nullable=False
        ),
        sa.Column("payment_id", sa.String(), nullable=False),
        sa.Column("refund_id", sa.String(), nullable=True),
        sa.Column("invoice_id", sa.String(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(refund_id IS NOT NULL) = (kind IN ('refund', 'refund_failed'))", name=op.f("ck_receipts_refund")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_receipts_payment_id")),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_receipts_refund_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_receipts_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("number", name=op.f("uq_receipts_number")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_receipts_token_hash")),
    )
    for column in ("payment_id", "refund_id", "invoice_id"):
        op.create_index(op.f(f"ix_receipts_{column}"), "receipts", [column], unique=False)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON receipts"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "receipt_sendings",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("receipt_id", sa.String(), nullable=False),
        sa.Column("sent_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_receipt_sendings_message_id")),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipts.id"], name=op.f("fk_receipt_sendings_receipt_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_receipt_sendings")),
    )
    op.create_index(op.f("ix_receipt_sendings_receipt_id"), "receipt_sendings", ["receipt_id"], unique=False)
    _allow_channels("channel IN ('email', 'text')")
    op.add_column(
        "customers", sa.Column("language_known", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_column("customers", "language_known")
    op.drop_table("receipt_sendings")
    op.drop_table("receipts")
    op.drop_table("receipt_series")
    op.execute("DELETE FROM messages WHERE channel = 'text'")
    _allow_channels("channel = 'email'")


def _allow_channels(channels: str) -> None:
    op.drop_constraint(op.f("ck_messages_channel"), "messages", type_="check")
    op.create_check_constraint(op.f("ck_messages_channel"), "messages", channels)
