"""Let one line at most show the money of a payment."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0067"
down_revision: str | None = "0066"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Refuse a second line."""
    op.create_index(
        "uq_bank_lines_matched",
        "bank_lines",
        ["payment_id"],
        unique=True,
        postgresql_where=sa.text("status = 'matched'"),
    )


def downgrade() -> None:
    """Let two be the same."""
    op.drop_index("uq_bank_lines_matched", table_name="bank_lines")
