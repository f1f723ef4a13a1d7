"""What paying late costs."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0044"
down_revision: str | None = "0043"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACCOUNTS = (
    "receivable", "cash", "cheques", "bank", "stripe", "sales", "tax", "customer_credit", "fees", "cash_difference",
    "chargebacks", "unexplained", "tips", "deposits", "exchange", "late_charges",
)  # fmt: skip
KINDS = ("final", "deposit", "progress", "late_charge")
YEAR = sa.text("'year'")


def upgrade() -> None:
    """Let contracts state a fixed fee, invoices be for paying late, and keep what was decided."""
    listing = postgresql.JSONB(none_as_null=True)
    for table in ("terms_templates", "contracts"):
        op.add_column(table, sa.Column("late_charge_stated_per", sa.String(), server_default=YEAR, nullable=False))
    stated = "late_charge_stated_per IN ('year', 'month')"
    op.create_check_constraint(op.f("ck_terms_templates_late_charge_stated_per"), "terms_templates", stated)
    empty = sa.text("'{}'::jsonb")
    op.add_column("terms_templates", sa.Column("late_fees", listing, server_default=empty, nullable=False))
    op.add_column("contracts", sa.Column("late_fee_minor", sa.BigInteger(), nullable=True))
    op.drop_constraint(op.f("ck_invoices_kind"), "invoices", type_="check")
    op.create_check_constraint(op.f("ck_invoices_kind"), "invoices", sa.column("kind").in_(KINDS))
    op.drop_constraint(op.f("ck_invoices_stage"), "invoices", type_="check")
    stage = "(kind IN ('final', 'late_charge')) = (stage IS NULL)"
    op.create_check_constraint(op.f("ck_invoices_stage"), "invoices", stage)
    op.drop_constraint(op.f("ck_ledger_accounts_kind"), "ledger_accounts", type_="check")
    op.create_check_constraint(op.f("ck_ledger_accounts_kind"), "ledger_accounts", sa.column("kind").in_(ACCOUNTS))
    statuses = sa.Enum(
        "posted", "waived", "abandoned", name="status", native_enum=False, create_constraint=True, length=40
    )
    op.create_table(
        "late_charges",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.String(), nullable=False),
        sa.Column("status", statuses, nullable=False),
        sa.Column("charge_invoice_id", sa.String(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("interest_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("terms", listing, nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("let_go_by", sa.String(), nullable=True),
        sa.Column("let_go_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "interest_minor >= 0 AND fee_minor >= 0 AND interest_minor + fee_minor > 0",
            name=op.f("ck_late_charges_amounts"),
        ),
        sa.CheckConstraint("status <> 'posted' OR charge_invoice_id IS NOT NULL", name=op.f("ck_late_charges_posted")),
        sa.CheckConstraint("status = 'posted' OR reason IS NOT NULL", name=op.f("ck_late_charges_let_go_for_a_reason")),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_late_charges_days")),
        sa.ForeignKeyConstraint(
            ["charge_invoice_id"], ["invoices.id"], name=op.f("fk_late_charges_charge_invoice_id_invoices")
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_late_charges_invoice_id_invoices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_charges")),
        sa.UniqueConstraint("charge_invoice_id", name=op.f("uq_late_charges_charge_invoice_id")),
    )
    op.create_index(op.f("ix_late_charges_invoice_id"), "late_charges", ["invoice_id"])


def downgrade() -> None:
    """Drop them. The kinds of account and of invoice stay: the books that use them do."""
    op.drop_table("late_charges")
    op.drop_column("contracts", "late_fee_minor")
    op.drop_column("terms_templates", "late_fees")
    for table in ("contracts", "terms_templates"):
        op.drop_column(table, "late_charge_stated_per")
