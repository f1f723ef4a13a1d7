"""Money beyond what was owed, and the customer's credit."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

METHODS = ("card_reader", "pay_link", "cash", "cheque", "bank_transfer")


def upgrade() -> None:
    """Create credit_applications; say what came beyond, what becomes of it, and how credit was paid out by hand."""
    op.create_table(
        "credit_applications",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("applied_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_credit_applications_positive")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_credit_applications_customer_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_credit_applications_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_applications")),
    )
    for column in ("customer_id", "invoice_id"):
        op.create_index(op.f(f"ix_credit_applications_{column}"), "credit_applications", [column], unique=False)
    op.add_column("payments", sa.Column("beyond_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("refunds", sa.Column("by_hand", _one_of(*METHODS, name="method"), nullable=True))
    op.add_column("refunds", sa.Column("reference", sa.String(), nullable=True))
    second_payment = _one_of("refund", "credit", name="secondpayment")
    op.add_column(
        "businesses",
        sa.Column("second_payment", second_payment, server_default=sa.text("'refund'"), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_column("businesses", "second_payment")
    op.drop_column("refunds", "reference")
    op.drop_column("refunds", "by_hand")
    op.drop_column("payments", "beyond_minor")
    op.drop_table("credit_applications")


def _one_of(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)
