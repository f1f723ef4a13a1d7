"""Our own debts by age, as they stood at the end of each month."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0061"
down_revision: str | None = "0060"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create recovery_cohorts."""
    op.create_table(
        "recovery_cohorts",
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("from_days", sa.Integer(), nullable=False),
        sa.Column("to_days", sa.Integer(), nullable=False),
        sa.Column("invoices", sa.Integer(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("open_minor", sa.BigInteger(), nullable=False),
        sa.Column("collected_minor", sa.BigInteger(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "collected_minor BETWEEN 0 AND open_minor AND open_minor > 0", name=op.f("ck_recovery_cohorts_collected")
        ),
        sa.PrimaryKeyConstraint("counted_on", "currency", "from_days", name=op.f("pk_recovery_cohorts")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("recovery_cohorts")
