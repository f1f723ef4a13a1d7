"""Reference rates, by which some laws charge for paying late."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0063"
down_revision: str | None = "0062"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create reference_rates."""
    op.create_table(
        "reference_rates",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("percent", sa.Numeric(7, 4), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("percent BETWEEN -10 AND 50", name=op.f("ck_reference_rates_percent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_rates")),
    )
    op.create_index("ix_reference_rates_name_valid_from", "reference_rates", ["name", "valid_from"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("reference_rates")
