"""Chasing what is unpaid."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create dunning_actions, dunning_cases, dunning_holds, dunning_run_lines, dunning_runs, treatment_plans."""
    op.create_table(
        "dunning_runs",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dunning_runs")),
    )
    op.create_table(
        "treatment_plans",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "basis",
            sa.Enum("invoice_date", "due_date", name="basis", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("min_gap_days", sa.Integer(), nullable=False),
        sa.Column("large_accounts", postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=False),
        sa.Column("steps", postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=False),
        sa.Column("installed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatment_plans")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_treatment_plans_name_version")),
    )
    op.create_table(
        "dunning_cases",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("last_contact_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_because", sa.String(), nullable=True),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_because IS NULL)", name=op.f("ck_dunning_cases_closed")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_dunning_cases_customer_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["treatment_plans.id"], name=op.f("fk_dunning_cases_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dunning_cases")),
    )
    op.create_index("ix_dunning_cases_created_at_id", "dunning_cases", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_dunning_cases_customer_id_currency",
        "dunning_cases",
        ["customer_id", "currency", "created_at"],
        unique=False,
    )
    op.create_index(
        "uq_dunning_cases_open",
        "dunning_cases",
        ["customer_id", "currency"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "dunning_run_lines",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "planned", "sent", "skipped", name="linestatus", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("open_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_dunning_run_lines_customer_id")),
        sa.ForeignKeyConstraint(["run_id"], ["dunning_runs.id"], name=op.f("fk_dunning_run_lines_run_id")),
        sa.PrimaryKeyConstraint("run_id", "customer_id", "currency", name=op.f("pk_dunning_run_lines")),
    )
    op.create_table(
        "dunning_actions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("done", "skipped", name="actionstatus", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("skipped_because", sa.String(), nullable=True),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(skipped_because IS NOT NULL) = (status = 'skipped')", name=op.f("ck_dunning_actions_skipped")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["dunning_cases.id"], name=op.f("fk_dunning_actions_case_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_dunning_actions_message_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["treatment_plans.id"], name=op.f("fk_dunning_actions_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dunning_actions")),
        sa.UniqueConstraint(
            "case_id", "plan_id", "cycle", "step", name=op.f("uq_dunning_actions_case_id_plan_id_cycle_step")
        ),
    )
    op.create_table(
        "dunning_holds",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("until_on IS NOT NULL OR owner IS NOT NULL", name=op.f("ck_dunning_holds_end_or_owner")),
        sa.ForeignKeyConstraint(["case_id"], ["dunning_cases.id"], name=op.f("fk_dunning_holds_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dunning_holds")),
    )
    op.create_index(op.f("ix_dunning_holds_case_id"), "dunning_holds", ["case_id"], unique=False)


def downgrade() -> None:
    """Drop them."""
    op.drop_index(op.f("ix_dunning_holds_case_id"), table_name="dunning_holds")
    op.drop_table("dunning_holds")
    op.drop_table("dunning_actions")
    op.drop_table("dunning_run_lines")
    op.drop_index("uq_dunning_cases_open", table_name="dunning_cases", postgresql_where=sa.text("closed_at IS NULL"))
    op.drop_index("ix_dunning_cases_customer_id_currency", table_name="dunning_cases")
    op.drop_index("ix_dunning_cases_created_at_id", table_name="dunning_cases")
    op.drop_table("dunning_cases")
    op.drop_table("treatment_plans")
    op.drop_table("dunning_runs")
