"""What the bank says."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STATUSES = ("matched", "waiting", "credited", "ignored", "reversed", "outgoing")


def upgrade() -> None:
    """Create bank_statements and bank_lines."""
    status = sa.Enum(*STATUSES, name="linestatus", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "bank_statements",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("opening_minor", sa.BigInteger(), nullable=True),
        sa.Column("closing_minor", sa.BigInteger(), nullable=True),
        sa.Column("imported_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statements")),
    )
    op.create_index("ix_bank_statements_created_at_id", "bank_statements", ["created_at", "id"], unique=False)
    op.create_table(
        "bank_lines",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("statement_id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("is_credit", sa.Boolean(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("references", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("bank_reference", sa.String(), nullable=False),
        sa.Column("same_as", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("is_return", sa.Boolean(), nullable=False),
        sa.Column("status", status, nullable=False),
        sa.Column("payment_id", sa.String(), nullable=True),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_bank_lines_positive")),
        sa.CheckConstraint(
            "(status IN ('matched', 'reversed')) = (payment_id IS NOT NULL)", name=op.f("ck_bank_lines_payment")
        ),
        sa.CheckConstraint("(status = 'credited') = (customer_id IS NOT NULL)", name=op.f("ck_bank_lines_customer")),
        sa.CheckConstraint("status <> 'ignored' OR reason IS NOT NULL", name=op.f("ck_bank_lines_ignored_has_reason")),
        sa.ForeignKeyConstraint(["statement_id"], ["bank_statements.id"], name=op.f("fk_bank_lines_statement_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_bank_lines_payment_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_bank_lines_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_lines")),
    )
    op.create_index(op.f("ix_bank_lines_statement_id"), "bank_lines", ["statement_id"], unique=False)
    op.create_index(op.f("ix_bank_lines_payment_id"), "bank_lines", ["payment_id"], unique=False)
    op.create_index("ix_bank_lines_created_at_id", "bank_lines", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_bank_lines_waiting",
        "bank_lines",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("bank_lines")
    op.drop_table("bank_statements")
