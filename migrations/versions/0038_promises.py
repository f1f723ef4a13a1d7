"""Promises to pay, objections, what is taken off an invoice, and the kind of a hold."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0038"
down_revision: str | None = "0037"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = (
    "'invoice', 'receipt', 'refund', 'debit', 'confirmation', 'reminder', 'chargeback', 'chargeback_outcome',"
    " 'reversal'"
)
SETTINGS = {
    "max_broken_promises": "1",
    "customer_promise_days": "14",
    "customer_promises": "2",
    "plan_parts": "12",
    "plan_days": "92",
}


def upgrade() -> None:
    """Create promises, disputes and credit_notes; say of what kind a hold is, and what may be arranged."""

    op.create_table(
        "promises",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "kept",
                "partly_kept",
                "broken",
                "cancelled",
                name="promisestatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum("office", "customer", name="source", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("owed", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("received_minor", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'pending') = (decided_at IS NULL)", name=op.f("ck_promises_decided")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_promises_positive")),
        sa.ForeignKeyConstraint(["case_id"], ["dunning_cases.id"], name=op.f("fk_promises_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
    )
    op.create_index("ix_promises_case_id", "promises", ["case_id", "made_at"], unique=False)
    op.create_index(
        "uq_promises_pending", "promises", ["case_id"], unique=True, postgresql_where=sa.text("status = 'pending'")
    )

    op.create_table(
        "disputes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.String(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "upheld",
                "rejected",
                "withdrawn",
                name="disputestatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum("office", "customer", name="source", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "not_done",
                "badly_done",
                "price",
                "not_ordered",
                "paid_already",
                "wrong_details",
                "other",
                name="disputereason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "root_cause",
            sa.Enum(
                "work",
                "quote",
                "invoicing",
                "payment_not_booked",
                "misunderstanding",
                "no_cause",
                name="rootcause",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("credited_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'open') = (decided_at IS NULL)", name=op.f("ck_disputes_decided")),
        sa.CheckConstraint(
            "(status IN ('upheld', 'rejected')) = (root_cause IS NOT NULL)", name=op.f("ck_disputes_root_cause")
        ),
        sa.CheckConstraint("amount_minor > 0 AND credited_minor >= 0", name=op.f("ck_disputes_positive")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_disputes_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
    )
    op.create_index("ix_disputes_invoice_id", "disputes", ["invoice_id"], unique=False)
    op.create_index(
        "uq_disputes_open", "disputes", ["invoice_id"], unique=True, postgresql_where=sa.text("status = 'open'")
    )

    op.create_table(
        "credit_notes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("taxes", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_credit_notes_positive")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_credit_notes_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_notes")),
        sa.UniqueConstraint("number", name=op.f("uq_credit_notes_number")),
    )
    op.create_index(op.f("ix_credit_notes_invoice_id"), "credit_notes", ["invoice_id"], unique=False)

    op.add_column(
        "dunning_holds",
        sa.Column(
            "kind",
            sa.Enum("manual", "legal", name="holdkind", native_enum=False, create_constraint=True, length=40),
            server_default=sa.text("'manual'"),
            nullable=False,
        ),
    )
    for name, usual in SETTINGS.items():
        op.add_column("businesses", sa.Column(name, sa.Integer(), server_default=sa.text(usual), nullable=False))
    op.create_check_constraint(
        op.f("ck_businesses_arrangements"),
        "businesses",
        "max_broken_promises >= 1 AND customer_promise_days >= 0 AND customer_promises >= 0"
        " AND plan_parts >= 2 AND plan_days >= 7",
    )
    _allow(f"{KINDS}, 'arrangement'")


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM message_attachments USING messages m WHERE m.id = message_id AND m.kind = 'arrangement'")
    op.execute("DELETE FROM messages WHERE kind = 'arrangement'")
    _allow(KINDS)
    op.drop_constraint(op.f("ck_businesses_arrangements"), "businesses", type_="check")
    for name in SETTINGS:
        op.drop_column("businesses", name)
    op.drop_column("dunning_holds", "kind")
    for table in ("credit_notes", "disputes", "promises"):
        op.drop_table(table)


def _allow(kinds: str) -> None:
    op.drop_constraint(op.f("ck_messages_kind"), "messages", type_="check")
    op.create_check_constraint(op.f("ck_messages_kind"), "messages", f"kind IN ({kinds})")
