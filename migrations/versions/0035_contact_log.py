"""The log of contacts and acts: append-only, sealed into a chain; and what audits wrote down of its end."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0035"
down_revision: str | None = "0034"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create contact_log. A row may be changed once: when it gets its place in the chain."""
    op.create_table(
        "contact_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("invoice_id", sa.String(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("facts", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("prev_hash", sa.String(), nullable=True),
        sa.Column("hash", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(sequence IS NULL) = (hash IS NULL) AND (hash IS NULL) = (prev_hash IS NULL)",
            name=op.f("ck_contact_log_sealed"),
        ),
        sa.CheckConstraint("coalesce(customer_id, invoice_id, case_id) IS NOT NULL", name=op.f("ck_contact_log_about")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_log")),
        sa.UniqueConstraint("sequence", name=op.f("uq_contact_log_sequence")),
    )
    for column in ("customer_id", "invoice_id", "case_id"):
        op.create_index(op.f(f"ix_contact_log_{column}"), "contact_log", [column], unique=False)
    op.create_index("ix_contact_log_kind", "contact_log", ["kind", "recorded_at"], unique=False)
    op.create_index(
        "ix_contact_log_unsealed", "contact_log", ["id"], unique=False, postgresql_where=sa.text("sequence IS NULL")
    )
    op.execute(
        "CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON contact_log"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER sealed BEFORE UPDATE ON contact_log FOR EACH ROW WHEN (OLD.sequence IS NOT NULL)"
        " EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER only_sealing BEFORE UPDATE ON contact_log FOR EACH ROW"
        " EXECUTE FUNCTION only_may_change('sequence', 'prev_hash', 'hash')"
    )
    op.add_column("audit_runs", sa.Column("log_sequence", sa.BigInteger(), nullable=True))
    op.add_column("audit_runs", sa.Column("log_hash", sa.String(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("audit_runs", "log_hash")
    op.drop_column("audit_runs", "log_sequence")
    op.drop_table("contact_log")
