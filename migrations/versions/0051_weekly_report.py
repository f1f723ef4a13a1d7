"""Messages for the business itself: the report of a week."""

import re
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0051"
down_revision: str | None = "0050"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NEW = "weekly_report"


def upgrade() -> None:
    """Let a message be for no customer, and be the report of a week."""
    op.alter_column("messages", "customer_id", existing_type=sa.String(), nullable=True)
    _allow([*_allowed(), NEW])


def downgrade() -> None:
    """Want a customer of each again; the reports are forgotten."""
    op.execute(sa.text("DELETE FROM messages WHERE kind = :kind").bindparams(kind=NEW))
    op.alter_column("messages", "customer_id", existing_type=sa.String(), nullable=False)
    _allow([kind for kind in _allowed() if kind != NEW])


def _allowed() -> list[str]:
    """Return the kinds that messages may be of before this."""
    written = sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_messages_kind'")
    return re.findall(r"'(\w+)'", op.get_bind().execute(written).scalar_one())


def _allow(kinds: Sequence[str]) -> None:
    op.drop_constraint(op.f("ck_messages_kind"), "messages", type_="check")
    op.create_check_constraint(op.f("ck_messages_kind"), "messages", sa.column("kind").in_(kinds))
