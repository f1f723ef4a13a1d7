"""Where transfers go."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create bank_accounts."""
    op.create_table(
        "bank_accounts",
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("iban", sa.String(), nullable=True),
        sa.Column("bic", sa.String(), nullable=True),
        sa.Column("bank_name", sa.String(), nullable=True),
        sa.Column("routing", sa.String(), nullable=True),
        sa.Column("account_number", sa.String(), nullable=True),
        sa.CheckConstraint("(iban IS NULL) <> (account_number IS NULL)", name=op.f("ck_bank_accounts_identified")),
        sa.PrimaryKeyConstraint("currency", name=op.f("pk_bank_accounts")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("bank_accounts")
