"""Our own side is looked at before a write-off too."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0065"
down_revision: str | None = "0064"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BEFORE = ("final_demand", "referral")


def upgrade() -> None:
    """Let a check be before a write-off."""
    _allow([*BEFORE, "write_off"])


def downgrade() -> None:
    """Forget those that were."""
    op.execute(sa.text("DELETE FROM dunning_own_checks WHERE before = 'write_off'"))
    _allow(BEFORE)


def _allow(steps: Sequence[str]) -> None:
    op.drop_constraint(op.f("ck_dunning_own_checks_before"), "dunning_own_checks", type_="check")
    op.create_check_constraint(
        op.f("ck_dunning_own_checks_before"), "dunning_own_checks", sa.column("before").in_(steps)
    )
