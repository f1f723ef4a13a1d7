"""Amounts that a card holds until they are captured."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the setting, and what a payment that is captured later knows."""
    off = {"server_default": sa.text("false"), "nullable": False}
    op.add_column("businesses", sa.Column("capture_later", sa.Boolean(), **off))
    op.add_column("payments", sa.Column("capture_later", sa.Boolean(), **off))
    op.add_column("payments", sa.Column("capture_before", sa.DateTime(timezone=True), nullable=True))
    op.add_column("payments", sa.Column("capture_minor", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_payments_held",
        "payments",
        ["capture_before"],
        postgresql_where=sa.text(
            "capture_before IS NOT NULL AND status IN ('created', 'waiting', 'processing', 'unknown')"
        ),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_payments_held", "payments")
    for column in ("capture_minor", "capture_before", "capture_later"):
        op.drop_column("payments", column)
    op.drop_column("businesses", "capture_later")
