"""Giving money back."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

LIMITS = {"technician_refund_limit_minor": "20000", "office_refund_limit_minor": "100000"}


def upgrade() -> None:
    """Create refunds, the limits of one person alone, and the message that tells of a refund."""
    op.create_table(
        "refunds",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("payment_id", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "awaiting_approval",
                "created",
                "processing",
                "unknown",
                "succeeded",
                "failed",
                "canceled",
                name="refundstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("rejected_by", sa.String(), nullable=True),
        sa.Column("stripe_refund_id", sa.String(), nullable=True),
        sa.Column("failure_code", sa.String(), nullable=True),
        sa.Column("checks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refunds_positive")),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (status NOT IN ('succeeded', 'failed', 'canceled'))",
            name=op.f("ck_refunds_settled"),
        ),
        sa.CheckConstraint(
            "approved_by <> requested_by AND rejected_by <> requested_by", name=op.f("ck_refunds_second_person")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_refunds_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("stripe_refund_id", name=op.f("uq_refunds_stripe_refund_id")),
    )
    op.create_index(op.f("ix_refunds_payment_id"), "refunds", ["payment_id"], unique=False)
    op.create_index("ix_refunds_created_at_id", "refunds", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_refunds_to_check",
        "refunds",
        ["next_check_at"],
        unique=False,
        postgresql_where=sa.text("next_check_at IS NOT NULL"),
    )
    for name, limit in LIMITS.items():
        op.add_column("businesses", sa.Column(name, sa.BigInteger(), server_default=sa.text(limit), nullable=False))
    op.create_check_constraint(
        op.f("ck_businesses_refund_limits"),
        "businesses",
        "technician_refund_limit_minor >= 0 AND office_refund_limit_minor >= 0",
    )
    _allow_kinds("'invoice', 'receipt', 'refund', 'reminder'")


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM message_attachments USING messages m WHERE m.id = message_id AND m.kind = 'refund'")
    op.execute("DELETE FROM messages WHERE kind = 'refund'")
    _allow_kinds("'invoice', 'receipt', 'reminder'")
    op.drop_constraint(op.f("ck_businesses_refund_limits"), "businesses", type_="check")
    for name in LIMITS:
        op.drop_column("businesses", name)
    op.drop_table("refunds")


def _allow_kinds(kinds: str) -> None:
    op.drop_constraint(op.f("ck_messages_kind"), "messages", type_="check")
    op.create_check_constraint(op.f("ck_messages_kind"), "messages", f"kind IN ({kinds})")
