"""Floats: handing over, and paying in."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STATUSES = ("waiting", "countersigned", "rejected")
KINDS = "'receivable', 'cash', 'cheques', 'bank', 'stripe', 'sales', 'tax', 'customer_credit', 'fees'"


def upgrade() -> None:
    """Create handovers and bankings with their cheques, and the account of cash over or short."""
    status = sa.Enum(*STATUSES, name="handoverstatus", native_enum=False, create_constraint=True, length=40)
    op.add_column("payments", sa.Column("banked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "handovers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("technician_id", sa.String(), nullable=False),
        sa.Column("status", status, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("expected_minor", sa.BigInteger(), nullable=True),
        sa.Column("counted_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("handed_by", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor >= 0 AND counted_minor >= 0", name=op.f("ck_handovers_not_negative")),
        sa.CheckConstraint("(decided_at IS NULL) = (status = 'waiting')", name=op.f("ck_handovers_decided")),
        sa.CheckConstraint("decided_by <> handed_by", name=op.f("ck_handovers_second_person")),
        sa.CheckConstraint(
            "(status = 'countersigned') = (counted_minor IS NOT NULL)", name=op.f("ck_handovers_counted")
        ),
        sa.CheckConstraint(
            "counted_minor = expected_minor OR reason IS NOT NULL", name=op.f("ck_handovers_difference_has_reason")
        ),
        sa.ForeignKeyConstraint(["technician_id"], ["staff.id"], name=op.f("fk_handovers_technician_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    op.create_index(op.f("ix_handovers_technician_id"), "handovers", ["technician_id"], unique=False)
    op.create_index("ix_handovers_created_at_id", "handovers", ["created_at", "id"], unique=False)
    op.create_table(
        "handed_cheques",
        sa.Column("handover_id", sa.String(), nullable=False),
        sa.Column("payment_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["handover_id"], ["handovers.id"], name=op.f("fk_handed_cheques_handover_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_handed_cheques_payment_id")),
        sa.PrimaryKeyConstraint("handover_id", "payment_id", name=op.f("pk_handed_cheques")),
    )
    op.create_index(op.f("ix_handed_cheques_payment_id"), "handed_cheques", ["payment_id"], unique=False)
    op.create_table(
        "bankings",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("paid_in_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_bankings_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bankings")),
    )
    op.create_index("ix_bankings_created_at_id", "bankings", ["created_at", "id"], unique=False)
    op.create_table(
        "banked_cheques",
        sa.Column("payment_id", sa.String(), nullable=False),
        sa.Column("banking_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_banked_cheques_payment_id")),
        sa.ForeignKeyConstraint(["banking_id"], ["bankings.id"], name=op.f("fk_banked_cheques_banking_id")),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_banked_cheques")),
    )
    op.create_index(op.f("ix_banked_cheques_banking_id"), "banked_cheques", ["banking_id"], unique=False)
    op.drop_constraint(op.f("ck_ledger_accounts_kind"), "ledger_accounts", type_="check")
    op.create_check_constraint(
        op.f("ck_ledger_accounts_kind"), "ledger_accounts", f"kind IN ({KINDS}, 'cash_difference')"
    )


def downgrade() -> None:
    """Drop them. The kind of account stays: the books that use it do."""
    for table in ("banked_cheques", "bankings", "handed_cheques", "handovers"):
        op.drop_table(table)
    op.drop_column("payments", "banked_at")
