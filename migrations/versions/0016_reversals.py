"""Payments that bounced, and whose float cash is in."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

REVERSED = (
    "(reversed_at IS NULL) = (reversal_id IS NULL) AND (reversed_at IS NULL OR status = 'succeeded'"
    " AND method IN ('cash', 'cheque', 'bank_transfer'))"
)


def upgrade() -> None:
    """Let a payment say that it was reversed, and who holds its money; allow the message that tells of it."""
    op.add_column("payments", sa.Column("held_by", sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column("payments", sa.Column("reversal_id", sa.String(), nullable=True))
    op.add_column("payments", sa.Column("reversal_reason", sa.String(), nullable=True))
    op.add_column("payments", sa.Column("reversal_fee_minor", sa.BigInteger(), nullable=True))
    op.add_column("payments", sa.Column("reversed_by", sa.String(), nullable=True))
    op.add_column("payments", sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_unique_constraint(op.f("uq_payments_reversal_id"), "payments", ["reversal_id"])
    op.create_check_constraint(op.f("ck_payments_reversed"), "payments", REVERSED)
    _allow_kinds("'invoice', 'receipt', 'refund', 'reminder', 'reversal'")


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM message_attachments USING messages m WHERE m.id = message_id AND m.kind = 'reversal'")
    op.execute("DELETE FROM messages WHERE kind = 'reversal'")
    _allow_kinds("'invoice', 'receipt', 'refund', 'reminder'")
    op.drop_constraint(op.f("ck_payments_reversed"), "payments", type_="check")
    op.drop_constraint(op.f("uq_payments_reversal_id"), "payments", type_="unique")
    for name in ("reversed_at", "reversed_by", "reversal_fee_minor", "reversal_reason", "reversal_id", "held_by"):
        op.drop_column("payments", name)


def _allow_kinds(kinds: str) -> None:
    op.drop_constraint(op.f("ck_messages_kind"), "messages", type_="check")
    op.create_check_constraint(op.f("ck_messages_kind"), "messages", f"kind IN ({kinds})")
