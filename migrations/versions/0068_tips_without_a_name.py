"""Keep what of money without a name is a tip."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0068"
down_revision: str | None = "0067"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Say of what waits that none of it is."""
    op.add_column(
        "unassigned_payments", sa.Column("tip_minor", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )


def downgrade() -> None:
    """Forget which part it was."""
    op.drop_column("unassigned_payments", "tip_minor")
