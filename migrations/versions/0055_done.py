"""Know when a schedule's turn last ended well, and what Stripe did not answer about."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0055"
down_revision: str | None = "0054"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add both; of schedules that are there, the next turn is near enough."""
    moment = sa.Column("done_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
    op.add_column("scheduled_runs", moment)
    op.execute("UPDATE scheduled_runs SET done_at = due_at")
    op.add_column("payments", sa.Column("unanswered_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("payments", "unanswered_since")
    op.drop_column("scheduled_runs", "done_at")
