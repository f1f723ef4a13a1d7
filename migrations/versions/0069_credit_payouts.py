"""Remember what of the money held for customers was transferred back to them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0069"
down_revision: str | None = "0068"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create credit_payouts."""
    op.create_table(
        "credit_payouts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("rejected_by", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_credit_payouts_positive")),
        sa.CheckConstraint("paid_at IS NULL OR rejected_by IS NULL", name=op.f("ck_credit_payouts_decided_once")),
        sa.CheckConstraint(
            "approved_by <> requested_by AND rejected_by <> requested_by", name=op.f("ck_credit_payouts_second_person")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_credit_payouts_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_payouts")),
    )
    op.create_index(op.f("ix_credit_payouts_customer_id"), "credit_payouts", ["customer_id"])


def downgrade() -> None:
    """Forget them."""
    op.drop_table("credit_payouts")
