"""Who reviewed which row of law."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0036"
down_revision: str | None = "0035"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create the reviews, and let a customer name a representative."""
    op.create_table(
        "law_reviews",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("row_key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("switched_on", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("reviewed_by", sa.String(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_law_reviews")),
    )
    op.create_index("ix_law_reviews_row_key", "law_reviews", ["row_key", "reviewed_at"])
    op.add_column("customers", sa.Column("represented_by", sa.String(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("customers", "represented_by")
    op.drop_table("law_reviews")
