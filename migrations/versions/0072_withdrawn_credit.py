"""Know which uses of credit were withdrawn."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0072"
down_revision: str | None = "0071"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Say who withdrew a use of credit, and when."""
    op.add_column("credit_applications", sa.Column("withdrawn_by", sa.String(), nullable=True))
    op.add_column("credit_applications", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    check = op.f("ck_credit_applications_withdrawn")
    op.create_check_constraint(check, "credit_applications", "(withdrawn_by IS NULL) = (withdrawn_at IS NULL)")


def downgrade() -> None:
    """Drop that."""
    op.drop_constraint(op.f("ck_credit_applications_withdrawn"), "credit_applications", type_="check")
    op.drop_column("credit_applications", "withdrawn_at")
    op.drop_column("credit_applications", "withdrawn_by")
