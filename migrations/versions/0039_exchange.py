"""Money that Stripe exchanges into another currency."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0039"
down_revision: str | None = "0038"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACCOUNTS = (
    "receivable", "cash", "cheques", "bank", "stripe", "sales", "tax", "customer_credit", "deposits", "fees", "tips",
    "cash_difference", "chargebacks", "unexplained", "exchange",
)  # fmt: skip


def upgrade() -> None:
    """Let the books have an account for what was exchanged, and a line say what it was charged as."""
    op.add_column("fees", sa.Column("charged_minor", sa.BigInteger(), nullable=True))
    op.drop_constraint(op.f("ck_ledger_accounts_kind"), "ledger_accounts", type_="check")
    op.create_check_constraint(op.f("ck_ledger_accounts_kind"), "ledger_accounts", sa.column("kind").in_(ACCOUNTS))


def downgrade() -> None:
    """Drop the column. The kind of account stays: the books that use it do."""
    op.drop_column("fees", "charged_minor")
