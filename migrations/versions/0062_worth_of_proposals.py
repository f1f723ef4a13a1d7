"""What pursuing a case was worth when a decision about it was asked for."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0062"
down_revision: str | None = "0061"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Keep the figures beside the proposal."""
    op.add_column("dunning_proposals", sa.Column("worth", postgresql.JSONB(none_as_null=True), nullable=True))


def downgrade() -> None:
    """Forget them."""
    op.drop_column("dunning_proposals", "worth")
