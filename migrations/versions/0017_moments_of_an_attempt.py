"""When an attempt was last sent to its reader, and since when its outcome is unknown."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the moments. What is unknown now has been so since it began, at most."""
    op.add_column("payments", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("payments", sa.Column("unknown_since", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE payments SET unknown_since = created_at WHERE status = 'unknown'")


def downgrade() -> None:
    """Drop them."""
    op.drop_column("payments", "unknown_since")
    op.drop_column("payments", "sent_at")
