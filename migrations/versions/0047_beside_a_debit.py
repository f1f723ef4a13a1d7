"""A card may be taken beside a bank debit that is on its way."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0047"
down_revision: str | None = "0046"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CARDS = "method IN ('card_reader', 'mobile_reader', 'pay_link', 'card_on_file')"
OPEN = "status IN ('created', 'waiting', 'processing', 'unknown')"


def upgrade() -> None:
    """Let the one open attempt by card be beside a debit, as the office may decide."""
    _index(f"{CARDS} AND expected_on IS NULL AND {OPEN}")


def downgrade() -> None:
    """Let it not."""
    _index(f"{CARDS} AND {OPEN}")


def _index(where: str) -> None:
    op.drop_index("uq_payments_open_card", table_name="payments")
    op.create_index("uq_payments_open_card", "payments", ["invoice_id"], unique=True, postgresql_where=sa.text(where))
