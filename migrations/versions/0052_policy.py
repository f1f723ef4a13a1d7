"""The policy of the house by version, and who read which."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0052"
down_revision: str | None = "0051"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create policy_versions, policy_acknowledgements."""
    op.create_table(
        "policy_versions",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_policy_versions")),
    )
    op.create_index(op.f("ix_policy_versions_sha256"), "policy_versions", ["sha256"], unique=False)
    op.create_table(
        "policy_acknowledgements",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_policy_acknowledgements_staff_id")),
        sa.PrimaryKeyConstraint("sha256", "staff_id", name=op.f("pk_policy_acknowledgements")),
    )
    for table in ("policy_versions", "policy_acknowledgements"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("policy_acknowledgements")
    op.drop_table("policy_versions")
