"""Look again before a demand goes: keep what it asked for."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0056"
down_revision: str | None = "0055"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the amount; what is under way may go whatever it asked for."""
    op.add_column("dunning_actions", sa.Column("demanded_minor", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("dunning_actions", "demanded_minor")
