"""Find what Stripe told and nobody understood yet without reading the whole queue."""

from collections.abc import Sequence

from alembic import op

revision: str = "0049"
down_revision: str | None = "0048"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Index the tasks that learn from Stripe's events while they wait: every step of a chase looks at them first."""
    op.execute(
        "CREATE INDEX ix_procrastinate_jobs_learn ON procrastinate_jobs (id)"
        " WHERE task_name LIKE '%.learn' AND status IN ('todo', 'doing')"
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP INDEX ix_procrastinate_jobs_learn")
