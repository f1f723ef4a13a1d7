"""Keep what a demand asked for by invoice: two invoices may owe the same."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0059"
down_revision: str | None = "0058"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Replace the amount."""
    op.drop_column("dunning_actions", "demanded_minor")
    op.add_column("dunning_actions", sa.Column("demanded", postgresql.JSONB(none_as_null=True), nullable=True))


def downgrade() -> None:
    """Put the amount back, unknown."""
    op.drop_column("dunning_actions", "demanded")
    op.add_column("dunning_actions", sa.Column("demanded_minor", sa.BigInteger(), nullable=True))
