"""What a customer gets for an e-mail address."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0054"
down_revision: str | None = "0053"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACCOUNTS = (
    "receivable", "cash", "cheques", "bank", "stripe", "sales", "tax", "customer_credit", "fees", "cash_difference",
    "chargebacks", "unexplained", "tips", "deposits", "exchange", "late_charges", "bad_debts",
)  # fmt: skip


def upgrade() -> None:
    """Add the setting and the account of what it costs."""
    column = sa.Column("ebilling_credit_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    op.add_column("businesses", column)
    op.create_check_constraint(op.f("ck_businesses_ebilling_credit_minor"), "businesses", "ebilling_credit_minor >= 0")
    _allow((*ACCOUNTS, "incentives"))


def downgrade() -> None:
    """Drop them."""
    _allow(ACCOUNTS)
    op.drop_constraint(op.f("ck_businesses_ebilling_credit_minor"), "businesses", type_="check")
    op.drop_column("businesses", "ebilling_credit_minor")


def _allow(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_ledger_accounts_kind"), "ledger_accounts", type_="check")
    op.create_check_constraint(op.f("ck_ledger_accounts_kind"), "ledger_accounts", sa.column("kind").in_(kinds))
