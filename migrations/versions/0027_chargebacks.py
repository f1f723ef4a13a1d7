"""Payments that a bank takes back, the money they move, their evidence; the messages that tell of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STATUSES = (
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "needs_response",
    "under_review",
    "won",
    "lost",
    "prevented",
)
SLOTS = (
    "customer_signature",
    "service_documentation",
    "receipt",
    "customer_communication",
    "duplicate_charge_documentation",
)
MESSAGES = ("invoice", "receipt", "refund", "debit", "reminder", "reversal")


def upgrade() -> None:
    """Create chargebacks, chargeback_moves and evidence_files."""
    op.create_table(
        "chargebacks",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("payment_id", sa.String(), nullable=False),
        sa.Column("status", _one_of("status", STATUSES), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("evidence_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submission_count", sa.Integer(), nullable=False),
        sa.Column("texts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("statement", sa.LargeBinary(), nullable=True),
        sa.Column("assembled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("staged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submission_asked_by", sa.String(), nullable=True),
        sa.Column("submission_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acceptance_asked_by", sa.String(), nullable=True),
        sa.Column("acceptance_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened_minor", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(submission_asked_at IS NULL) = (submission_asked_by IS NULL)",
            name=op.f("ck_chargebacks_submission_asked"),
        ),
        sa.CheckConstraint(
            "(acceptance_asked_at IS NULL) = (acceptance_asked_by IS NULL)",
            name=op.f("ck_chargebacks_acceptance_asked"),
        ),
        sa.CheckConstraint(
            "submission_asked_at IS NULL OR acceptance_asked_at IS NULL", name=op.f("ck_chargebacks_one_answer")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_chargebacks_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chargebacks")),
    )
    op.create_index(op.f("ix_chargebacks_payment_id"), "chargebacks", ["payment_id"], unique=False)
    op.create_index("ix_chargebacks_created_at_id", "chargebacks", ["created_at", "id"], unique=False)
    op.create_table(
        "chargeback_moves",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("chargeback_id", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["chargeback_id"], ["chargebacks.id"], name=op.f("fk_chargeback_moves_chargeback_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chargeback_moves")),
    )
    op.create_index(op.f("ix_chargeback_moves_chargeback_id"), "chargeback_moves", ["chargeback_id"], unique=False)
    op.create_table(
        "evidence_files",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("chargeback_id", sa.String(), nullable=False),
        sa.Column("slot", _one_of("slot", SLOTS), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("fits", sa.Boolean(), nullable=False),
        sa.Column("stripe_file_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["chargeback_id"], ["chargebacks.id"], name=op.f("fk_evidence_files_chargeback_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_files")),
        sa.UniqueConstraint("chargeback_id", "slot", name=op.f("uq_evidence_files_chargeback_id_slot")),
    )
    _allow_messages((*MESSAGES, "chargeback", "chargeback_outcome"))


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM messages WHERE kind IN ('chargeback', 'chargeback_outcome')")
    _allow_messages(MESSAGES)
    op.drop_table("evidence_files")
    op.drop_table("chargeback_moves")
    op.drop_table("chargebacks")


def _one_of(name: str, values: Sequence[str]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _allow_messages(kinds: Sequence[str]) -> None:
    op.drop_constraint(op.f("ck_messages_kind"), "messages", type_="check")
    op.create_check_constraint(op.f("ck_messages_kind"), "messages", sa.column("kind").in_(kinds))
