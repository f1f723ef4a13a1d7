"""Bank debits: when the bank answers; what it took back is a reversal."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the day a debit is expected, let a page's payment be reversed, allow the message of an unpaid debit."""
    op.add_column("payments", sa.Column("expected_on", sa.Date(), nullable=True))
    _allow_reversals("'cash', 'cheque', 'bank_transfer', 'pay_link'")
    _allow_kinds("'invoice', 'receipt', 'refund', 'debit', 'reminder', 'reversal'")


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM message_attachments USING messages m WHERE m.id = message_id AND m.kind = 'debit'")
    op.execute("DELETE FROM messages WHERE kind = 'debit'")
    _allow_kinds("'invoice', 'receipt', 'refund', 'reminder', 'reversal'")
    _allow_reversals("'cash', 'cheque', 'bank_transfer'")
    op.drop_column("payments", "expected_on")


def _allow_reversals(methods: str) -> None:
    op.drop_constraint(op.f("ck_payments_reversed"), "payments", type_="check")
    op.create_check_constraint(
        op.f("ck_payments_reversed"),
        "payments",
        "(reversed_at IS NULL) = (reversal_id IS NULL) AND (reversed_at IS NULL OR status = 'succeeded'"
        f" AND method IN ({methods}))",
    )


def _allow_kinds(kinds: str) -> None:
    op.drop_constraint(op.f("ck_messages_kind"), "messages", type_="check")
    op.create_check_constraint(op.f("ck_messages_kind"), "messages", f"kind IN ({kinds})")
