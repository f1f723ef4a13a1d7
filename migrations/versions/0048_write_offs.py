"""Debts that two people let go."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0048"
down_revision: str | None = "0047"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACCOUNTS = (
    "receivable", "cash", "cheques", "bank", "stripe", "sales", "tax", "customer_credit", "deposits", "fees", "tips",
    "cash_difference", "chargebacks", "bad_debts", "unexplained", "exchange", "late_charges",
)  # fmt: skip


def upgrade() -> None:
    """Create write_offs and their lines; let the books have an account for what is let go."""
    op.create_table(
        "write_offs",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "asked",
                "booked",
                "rejected",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.CheckConstraint("(decided_at IS NULL) = (status = 'asked')", name=op.f("ck_write_offs_decided")),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_write_offs_decider")),
        sa.CheckConstraint("decided_by <> asked_by OR status = 'rejected'", name=op.f("ck_write_offs_two_people")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_write_offs_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_write_offs")),
    )
    op.create_index(op.f("ix_write_offs_customer_id"), "write_offs", ["customer_id"])
    op.create_index("ix_write_offs_created_at_id", "write_offs", ["created_at", "id"])
    op.create_index(
        "uq_write_offs_asked",
        "write_offs",
        ["customer_id", "currency"],
        unique=True,
        postgresql_where=sa.text("status = 'asked'"),
    )
    op.create_table(
        "write_off_lines",
        sa.Column("write_off_id", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reinstated_by", sa.String(), nullable=True),
        sa.Column("reinstated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_write_off_lines_not_negative")),
        sa.CheckConstraint(
            "(reinstated_at IS NULL) = (reinstated_by IS NULL)", name=op.f("ck_write_off_lines_reinstated")
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_write_off_lines_invoice_id_invoices")),
        sa.ForeignKeyConstraint(
            ["write_off_id"], ["write_offs.id"], name=op.f("fk_write_off_lines_write_off_id_write_offs")
        ),
        sa.PrimaryKeyConstraint("write_off_id", "invoice_id", name=op.f("pk_write_off_lines")),
    )
    op.create_index(op.f("ix_write_off_lines_invoice_id"), "write_off_lines", ["invoice_id"])
    op.drop_constraint(op.f("ck_ledger_accounts_kind"), "ledger_accounts", type_="check")
    op.create_check_constraint(op.f("ck_ledger_accounts_kind"), "ledger_accounts", sa.column("kind").in_(ACCOUNTS))


def downgrade() -> None:
    """Drop the tables. The kind of account stays: the books that use it do."""
    op.drop_table("write_off_lines")
    op.drop_table("write_offs")
