"""Terms shown, signed, kept."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create contracts, signatures, terms_templates."""
    op.create_table(
        "terms_templates",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("clauses", postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=False),
        sa.Column("payment_days", sa.Integer(), nullable=False),
        sa.Column("late_charge_percent_per_year", sa.Numeric(precision=7, scale=4), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('fr', 'en')", name=op.f("ck_terms_templates_language")),
        sa.CheckConstraint(
            "late_charge_percent_per_year >= 0", name=op.f("ck_terms_templates_late_charge_percent_per_year")
        ),
        sa.CheckConstraint("payment_days >= 0", name=op.f("ck_terms_templates_payment_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms_templates")),
        sa.UniqueConstraint("name", "version", "language", name=op.f("uq_terms_templates_name_version_language")),
    )
    op.create_table(
        "contracts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("terms_id", sa.String(), nullable=False),
        sa.Column("terms_version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("clauses", postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=False),
        sa.Column("content", postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("document_sha256", sa.String(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("payment_days", sa.Integer(), nullable=False),
        sa.Column("late_charge_percent_per_year", sa.Numeric(precision=7, scale=4), nullable=True),
        sa.Column("presented_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('fr', 'en')", name=op.f("ck_contracts_language")),
        sa.CheckConstraint("status IN ('presented', 'signed', 'superseded', 'void')", name=op.f("ck_contracts_status")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_contracts_customer_id")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_contracts_job_id")),
        sa.ForeignKeyConstraint(["terms_id"], ["terms_templates.id"], name=op.f("fk_contracts_terms_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
    )
    op.create_index(op.f("ix_contracts_customer_id"), "contracts", ["customer_id"], unique=False)
    op.create_index(op.f("ix_contracts_job_id"), "contracts", ["job_id"], unique=False)
    op.create_index(
        "uq_contracts_one_presented",
        "contracts",
        ["job_id"],
        unique=True,
        postgresql_where=sa.text("status = 'presented'"),
    )
    op.create_index(
        "uq_contracts_one_signed", "contracts", ["job_id"], unique=True, postgresql_where=sa.text("status = 'signed'")
    )
    op.create_table(
        "signatures",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("contract_id", sa.String(), nullable=False),
        sa.Column("signer_name", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("strokes", postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=True),
        sa.Column("typed_name", sa.String(), nullable=True),
        sa.Column("witness_name", sa.String(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_id", sa.String(), nullable=True),
        sa.Column("staff_id", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(method = 'strokes' AND strokes IS NOT NULL AND typed_name IS NULL)"
            " OR (method = 'typed_name' AND typed_name IS NOT NULL AND strokes IS NULL)",
            name=op.f("ck_signatures_method"),
        ),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_signatures_contract_id")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_signatures_device_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_signatures_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signatures")),
        sa.UniqueConstraint("contract_id", name=op.f("uq_signatures_contract_id")),
    )
    op.execute(
        "CREATE TRIGGER frozen BEFORE UPDATE ON contracts FOR EACH ROW EXECUTE FUNCTION only_may_change('status')"
    )
    op.execute(
        "CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON contracts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON signatures"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("signatures")
    op.drop_index("uq_contracts_one_signed", table_name="contracts", postgresql_where=sa.text("status = 'signed'"))
    op.drop_index(
        "uq_contracts_one_presented", table_name="contracts", postgresql_where=sa.text("status = 'presented'")
    )
    op.drop_index(op.f("ix_contracts_job_id"), table_name="contracts")
    op.drop_index(op.f("ix_contracts_customer_id"), table_name="contracts")
    op.drop_table("contracts")
    op.drop_table("terms_templates")
