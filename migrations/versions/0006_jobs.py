"""Visits and their lines."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create job_lines, jobs."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("technician_id", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("site_address", postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=True),
        sa.Column("po_number", sa.String(), nullable=True),
        sa.Column("deposit_minor", sa.BigInteger(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completion_id", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(status = 'completed') = (completed_at IS NOT NULL)", name=op.f("ck_jobs_completed_at")),
        sa.CheckConstraint(
            "status IN ('scheduled', 'en_route', 'in_progress', 'completed', 'canceled')", name=op.f("ck_jobs_status")
        ),
        sa.CheckConstraint("(completed_at IS NULL) = (completion_id IS NULL)", name=op.f("ck_jobs_completion_id")),
        sa.CheckConstraint("deposit_minor >= 0", name=op.f("ck_jobs_deposit_minor")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_jobs_customer_id")),
        sa.ForeignKeyConstraint(["technician_id"], ["staff.id"], name=op.f("fk_jobs_technician_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("completion_id", name=op.f("uq_jobs_completion_id")),
    )
    op.create_index("ix_jobs_created_at_id", "jobs", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_jobs_customer_id"), "jobs", ["customer_id"], unique=False)
    op.create_index("ix_jobs_scheduled_at", "jobs", ["scheduled_at"], unique=False)
    op.create_index("ix_jobs_technician_id_scheduled_at", "jobs", ["technician_id", "scheduled_at"], unique=False)
    op.create_table(
        "job_lines",
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_code", sa.String(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_job_lines_quantity")),
        sa.CheckConstraint("unit_price_minor >= 0", name=op.f("ck_job_lines_unit_price_minor")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_lines_job_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tax_code"], ["tax_codes.code"], name=op.f("fk_job_lines_tax_code")),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_job_lines")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("job_lines")
    op.drop_index("ix_jobs_technician_id_scheduled_at", table_name="jobs")
    op.drop_index("ix_jobs_scheduled_at", table_name="jobs")
    op.drop_index(op.f("ix_jobs_customer_id"), table_name="jobs")
    op.drop_index("ix_jobs_created_at_id", table_name="jobs")
    op.drop_table("jobs")
