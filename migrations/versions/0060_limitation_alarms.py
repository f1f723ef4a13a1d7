"""Messages for the business itself: alarms of limitations."""

import re
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0060"
down_revision: str | None = "0059"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NEW = "limitation_alarm"


def upgrade() -> None:
    """Let a message be an alarm."""
    _allow([*_allowed(), NEW])


def downgrade() -> None:
    """Allow none any more; those that were written are forgotten."""
    op.execute(sa.text("DELETE FROM messages WHERE kind = :kind").bindparams(kind=NEW))
    _allow([kind for kind in _allowed() if kind != NEW])


def _allowed() -> list[str]:
    """Return the kinds that messages may be of before this."""
    written = sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_messages_kind'")
    return re.findall(r"'(\w+)'", op.get_bind().execute(written).scalar_one())


def _allow(kinds: Sequence[str]) -> None:
    op.drop_constraint(op.f("ck_messages_kind"), "messages", type_="check")
    op.create_check_constraint(op.f("ck_messages_kind"), "messages", sa.column("kind").in_(kinds))
