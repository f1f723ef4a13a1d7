"""Find invoices as bank statements name them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0041"
down_revision: str | None = "0040"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

UNPAID = sa.text("status IN ('issued', 'partly_paid')")
PLAIN = "upper(regexp_replace(number, '[^A-Za-z0-9]', '', 'g'))"
DIGITS = "ltrim(regexp_replace(number, '[^0-9]', '', 'g'), '0')"


def upgrade() -> None:
    """Index the amount of what is unpaid, and the letters and digits of every number."""
    op.create_index("ix_invoices_unpaid_total", "invoices", ["currency", "total_minor"], postgresql_where=UNPAID)
    op.create_index("ix_invoices_plain_number", "invoices", [sa.text(PLAIN)])
    op.create_index("ix_invoices_digits_of_number", "invoices", [sa.text(DIGITS)])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_invoices_digits_of_number", table_name="invoices")
    op.drop_index("ix_invoices_plain_number", table_name="invoices")
    op.drop_index("ix_invoices_unpaid_total", table_name="invoices")
