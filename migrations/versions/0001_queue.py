"""The task queue: Procrastinate's own schema, so that a task is written on the connection of the business write."""

from collections.abc import Sequence

from alembic import op
from procrastinate.schema import SchemaManager

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create what the installed Procrastinate (pinned in requirements.lock) works with."""
    op.get_bind().connection.cursor().execute(SchemaManager.get_schema())


def downgrade() -> None:
    """Drop everything of Procrastinate's."""
    op.execute(
        """
        DO $$ DECLARE found record; BEGIN
          FOR found IN SELECT tablename FROM pg_tables
              WHERE schemaname = current_schema() AND tablename LIKE 'procrastinate_%' LOOP
            EXECUTE format('DROP TABLE %I CASCADE', found.tablename);
          END LOOP;
          FOR found IN SELECT oid::regprocedure AS signature FROM pg_proc
              WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'procrastinate_%' LOOP
            EXECUTE format('DROP FUNCTION %s CASCADE', found.signature);
          END LOOP;
          FOR found IN SELECT typname FROM pg_type t WHERE typnamespace = current_schema()::regnamespace
              AND typname LIKE 'procrastinate_%' AND typtype IN ('e', 'c') LOOP
            EXECUTE format('DROP TYPE IF EXISTS %I CASCADE', found.typname);
          END LOOP;
        END $$
        """
    )
