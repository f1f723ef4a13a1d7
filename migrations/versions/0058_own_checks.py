"""What somebody looked at on our own side before a harsh step."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0058"
down_revision: str | None = "0057"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create dunning_own_checks."""
    steps = sa.Enum("final_demand", "referral", name="before", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "dunning_own_checks",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("before", steps, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_clear", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("answers", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by IS NULL)", name=op.f("ck_dunning_own_checks_answered")
        ),
        sa.CheckConstraint("NOT is_clear OR answered_at IS NOT NULL", name=op.f("ck_dunning_own_checks_clear")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["dunning_cases.id"], name=op.f("fk_dunning_own_checks_case_id_dunning_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dunning_own_checks")),
        sa.UniqueConstraint("case_id", "cycle", "before", name=op.f("uq_dunning_own_checks_case_id_cycle_before")),
    )
    op.create_index(
        "ix_dunning_own_checks_open", "dunning_own_checks", ["case_id"], postgresql_where=sa.text("NOT is_clear")
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("dunning_own_checks")
