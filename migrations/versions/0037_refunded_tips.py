"""Tips that go back."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0037"
down_revision: str | None = "0036"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add what of a refund is of the tip."""
    op.add_column("refunds", sa.Column("tip_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.create_check_constraint(op.f("ck_refunds_tip"), "refunds", "tip_minor BETWEEN 0 AND amount_minor")


def downgrade() -> None:
    """Drop it."""
    op.drop_constraint(op.f("ck_refunds_tip"), "refunds", type_="check")
    op.drop_column("refunds", "tip_minor")
