"""What a customer owes for a job."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create invoice_series, invoices, pay_links."""
    op.create_table(
        "invoice_series",
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_invoice_series")),
    )
    op.create_table(
        "pay_links",
        sa.Column(
            "subject",
            sa.Enum("invoice", "customer", name="subject", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("subject", "subject_id", name=op.f("pk_pay_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_pay_links_token_hash")),
    )
    op.create_table(
        "invoices",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("contract_id", sa.String(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "issued",
                "partly_paid",
                "paid",
                "void",
                "written_off",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("payment_days", sa.Integer(), nullable=False),
        sa.Column("po_number", sa.String(), nullable=True),
        sa.Column("seller", postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=False),
        sa.Column("buyer", postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=False),
        sa.Column("lines", postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=False),
        sa.Column("taxes", postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=False),
        sa.Column("subtotal_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("due_on >= issued_on", name=op.f("ck_invoices_due_after_issue")),
        sa.CheckConstraint("total_minor >= 0 AND subtotal_minor >= 0", name=op.f("ck_invoices_not_negative")),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_invoices_contract_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_invoices_customer_id")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_invoices_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("job_id", name=op.f("uq_invoices_job_id")),
        sa.UniqueConstraint("number", name=op.f("uq_invoices_number")),
    )
    op.create_index("ix_invoices_created_at_id", "invoices", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_invoices_customer_id"), "invoices", ["customer_id"], unique=False)
    op.create_index(
        "ix_invoices_unpaid_customer",
        "invoices",
        ["customer_id", "currency", "due_on"],
        unique=False,
        postgresql_where=sa.text("status IN ('issued', 'partly_paid')"),
    )
    op.create_index(
        "ix_invoices_unpaid_due",
        "invoices",
        ["due_on"],
        unique=False,
        postgresql_where=sa.text("status IN ('issued', 'partly_paid')"),
    )
    op.execute(
        "CREATE TRIGGER immutable BEFORE UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION only_may_change('status')"
    )
    op.execute(
        "CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON invoices FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index(
        "ix_invoices_unpaid_due", table_name="invoices", postgresql_where=sa.text("status IN ('issued', 'partly_paid')")
    )
    op.drop_index(
        "ix_invoices_unpaid_customer",
        table_name="invoices",
        postgresql_where=sa.text("status IN ('issued', 'partly_paid')"),
    )
    op.drop_index(op.f("ix_invoices_customer_id"), table_name="invoices")
    op.drop_index("ix_invoices_created_at_id", table_name="invoices")
    op.drop_table("invoices")
    op.drop_table("pay_links")
    op.drop_table("invoice_series")
