"""Interac: what kind of card paid, and a refund that waits for it at a reader."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STATUSES = "'awaiting_approval', 'created', 'processing', 'unknown', 'succeeded', 'failed', 'canceled'"


def upgrade() -> None:
    """Add the columns and the state."""
    op.add_column("payments", sa.Column("card_kind", sa.String(), nullable=True))
    op.add_column("refunds", sa.Column("reader_id", sa.String(), nullable=True))
    op.create_foreign_key(op.f("fk_refunds_reader_id"), "refunds", "readers", ["reader_id"], ["id"])
    _allow(STATUSES + ", 'waiting'")


def downgrade() -> None:
    """Drop them; what waits at a reader failed."""
    op.execute("UPDATE refunds SET status = 'unknown' WHERE status = 'waiting'")
    _allow(STATUSES)
    op.drop_column("refunds", "reader_id")
    op.drop_column("payments", "card_kind")


def _allow(statuses: str) -> None:
    op.drop_constraint(op.f("ck_refunds_refundstatus"), "refunds", type_="check")
    op.create_check_constraint(op.f("ck_refunds_refundstatus"), "refunds", f"status IN ({statuses})")
