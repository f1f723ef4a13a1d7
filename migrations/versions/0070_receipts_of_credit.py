"""Let held credit that is transferred back give a receipt: it is of a customer, and of no payment or invoice."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0070"
down_revision: str | None = "0069"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = ("payment", "declined", "refund", "refund_failed")
OF_A_CUSTOMER = (
    "(kind = 'credit_payout') = (customer_id IS NOT NULL) AND (kind = 'credit_payout') = (payment_id IS NULL)"
    " AND (kind = 'credit_payout') = (invoice_id IS NULL)"
)


def upgrade() -> None:
    """Add receipts.customer_id; let payment_id and invoice_id be empty."""
    op.add_column("receipts", sa.Column("customer_id", sa.String(), nullable=True))
    op.create_foreign_key(op.f("fk_receipts_customer_id_customers"), "receipts", "customers", ["customer_id"], ["id"])
    for column in ("payment_id", "invoice_id"):
        op.alter_column("receipts", column, nullable=True)
    _allow_kinds(*KINDS, "credit_payout")
    op.create_check_constraint(op.f("ck_receipts_of_a_customer"), "receipts", OF_A_CUSTOMER)


def downgrade() -> None:
    """Forget such receipts."""
    op.execute("ALTER TABLE receipts DISABLE TRIGGER append_only")
    op.execute(
        "DELETE FROM receipt_sendings WHERE receipt_id IN (SELECT id FROM receipts WHERE kind = 'credit_payout')"
    )
    op.execute("DELETE FROM receipts WHERE kind = 'credit_payout'")
    op.execute("ALTER TABLE receipts ENABLE TRIGGER append_only")
    op.drop_constraint(op.f("ck_receipts_of_a_customer"), "receipts", type_="check")
    _allow_kinds(*KINDS)
    for column in ("payment_id", "invoice_id"):
        op.alter_column("receipts", column, nullable=False)
    op.drop_column("receipts", "customer_id")


def _allow_kinds(*kinds: str) -> None:
    op.drop_constraint(op.f("ck_receipts_kind"), "receipts", type_="check")
    op.create_check_constraint(op.f("ck_receipts_kind"), "receipts", sa.column("kind").in_(kinds))
