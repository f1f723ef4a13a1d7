"""Tips: offered on the readers, booked apart, paid out."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = (
    "'receivable', 'cash', 'cheques', 'bank', 'stripe', 'sales', 'tax', 'customer_credit',"
    " 'fees', 'cash_difference', 'chargebacks', 'unexplained'"
)
METHODS = ("card_reader", "pay_link", "cash", "cheque", "bank_transfer", "card_on_file")


def upgrade() -> None:
    """Add the setting, what a payment brought in tips, the account that holds them, and their payouts."""
    op.add_column(
        "businesses",
        sa.Column("tips", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
    )
    op.add_column("payments", sa.Column("tip_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("payments", sa.Column("tip_for", sa.String(), server_default=sa.text("''"), nullable=False))
    op.create_table(
        "tip_payouts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("technician_id", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(*METHODS, name="method", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("paid_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_tip_payouts_positive")),
        sa.ForeignKeyConstraint(["technician_id"], ["staff.id"], name=op.f("fk_tip_payouts_technician_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tip_payouts")),
    )
    op.create_index(op.f("ix_tip_payouts_technician_id"), "tip_payouts", ["technician_id"])
    op.create_index("ix_tip_payouts_created_at_id", "tip_payouts", ["created_at", "id"])
    _allow(f"{KINDS}, 'tips'")


def downgrade() -> None:
    """Drop them."""
    _allow(KINDS)
    op.drop_table("tip_payouts")
    op.drop_column("payments", "tip_for")
    op.drop_column("payments", "tip_minor")
    op.drop_column("businesses", "tips")


def _allow(kinds: str) -> None:
    op.drop_constraint(op.f("ck_ledger_accounts_kind"), "ledger_accounts", type_="check")
    op.create_check_constraint(op.f("ck_ledger_accounts_kind"), "ledger_accounts", f"kind IN ({kinds})")
