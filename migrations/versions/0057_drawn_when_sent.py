"""Attachments that are drawn when their message is sent."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0057"
down_revision: str | None = "0056"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the mark."""
    is_drawn = sa.Column("is_drawn", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    op.add_column("message_attachments", is_drawn)


def downgrade() -> None:
    """Drop it."""
    op.drop_column("message_attachments", "is_drawn")
