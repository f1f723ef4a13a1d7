"""What core keeps: answers to retried requests, schedules."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create idempotency_keys, scheduled_runs."""
    op.create_table(
        "idempotency_keys",
        sa.Column("principal", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("content_type", sa.String(), nullable=True),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("principal", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_started_at"), "idempotency_keys", ["started_at"], unique=False)
    op.create_table(
        "scheduled_runs",
        sa.Column("task_name", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("task_name", name=op.f("pk_scheduled_runs")),
    )
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '% of % is refused: it is append-only', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION only_may_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF (to_jsonb(NEW) - TG_ARGV) IS DISTINCT FROM (to_jsonb(OLD) - TG_ARGV) THEN
            RAISE EXCEPTION 'UPDATE of % is refused: only % may change', TG_TABLE_NAME, array_to_string(TG_ARGV, ', ')
              USING ERRCODE = 'restrict_violation';
          END IF;
          RETURN NEW;
        END $$
        """
    )


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP FUNCTION only_may_change()")
    op.execute("DROP FUNCTION refuse_change()")
    op.drop_table("scheduled_runs")
    op.drop_index(op.f("ix_idempotency_keys_started_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
