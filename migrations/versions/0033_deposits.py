"""Deposits and progress payments."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0033"
down_revision: str | None = "0032"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACCOUNTS = (
    "receivable", "cash", "cheques", "bank", "stripe", "sales", "tax", "customer_credit", "fees", "cash_difference",
    "chargebacks", "unexplained", "tips", "deposits",
)  # fmt: skip
EMPTY = sa.text("'[]'")


def upgrade() -> None:
    """Let a job have a schedule, and an invoice ask for one of its stages."""
    listing = postgresql.JSONB(none_as_null=True)
    op.add_column("jobs", sa.Column("schedule", listing, server_default=EMPTY, nullable=False))
    kinds = sa.Enum("final", "deposit", "progress", name="kind", native_enum=False, create_constraint=True, length=40)
    op.add_column("invoices", sa.Column("kind", kinds, server_default=sa.text("'final'"), nullable=False))
    op.add_column("invoices", sa.Column("stage", sa.Integer(), nullable=True))
    op.add_column("invoices", sa.Column("deposits", listing, server_default=EMPTY, nullable=False))
    op.create_check_constraint(op.f("ck_invoices_stage"), "invoices", "(kind = 'final') = (stage IS NULL)")
    op.drop_constraint(op.f("uq_invoices_job_id"), "invoices", type_="unique")
    op.create_index(op.f("ix_invoices_job_id"), "invoices", ["job_id"], unique=False)
    final, stage = sa.text("kind = 'final'"), sa.text("kind <> 'final'")
    op.create_index("uq_invoices_final", "invoices", ["job_id"], unique=True, postgresql_where=final)
    op.create_index("uq_invoices_stage", "invoices", ["job_id", "stage"], unique=True, postgresql_where=stage)
    op.drop_constraint(op.f("ck_ledger_accounts_kind"), "ledger_accounts", type_="check")
    op.create_check_constraint(op.f("ck_ledger_accounts_kind"), "ledger_accounts", sa.column("kind").in_(ACCOUNTS))


def downgrade() -> None:
    """Drop them. The kind of account stays: the books that use it do."""
    op.drop_index("uq_invoices_stage", table_name="invoices")
    op.drop_index("uq_invoices_final", table_name="invoices")
    op.drop_index(op.f("ix_invoices_job_id"), table_name="invoices")
    op.create_unique_constraint(op.f("uq_invoices_job_id"), "invoices", ["job_id"])
    for column in ("deposits", "stage", "kind"):
        op.drop_column("invoices", column)
    op.drop_column("jobs", "schedule")
