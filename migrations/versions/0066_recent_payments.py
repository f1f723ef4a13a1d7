"""Find what came lately without looking at every payment there ever was."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0066"
down_revision: str | None = "0065"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Index when money came and when it was taken back."""
    op.create_index("ix_payments_settled_at", "payments", ["settled_at"])
    op.create_index(
        "ix_payments_reversed_at", "payments", ["reversed_at"], postgresql_where=sa.text("reversed_at IS NOT NULL")
    )


def downgrade() -> None:
    """Look at every payment again."""
    op.drop_index("ix_payments_reversed_at", table_name="payments")
    op.drop_index("ix_payments_settled_at", table_name="payments")
