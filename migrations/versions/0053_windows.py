"""When a message may go, and acts that begin a limitation again."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0053"
down_revision: str | None = "0052"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Let messages carry their windows, and keep the acts."""
    listing = postgresql.JSONB(none_as_null=True)
    empty = sa.text("'[]'::jsonb")
    op.add_column("messages", sa.Column("windows", listing, server_default=empty, nullable=False))
    kinds = sa.Enum(
        "acknowledgement",
        "payment",
        "lawsuit",
        "demand",
        name="interruption",
        native_enum=False,
        create_constraint=True,
        length=40,
    )
    op.create_table(
        "limitation_acts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.String(), nullable=False),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("noted_by", sa.String(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_limitation_acts_invoice_id_invoices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limitation_acts")),
    )
    op.create_index(op.f("ix_limitation_acts_invoice_id"), "limitation_acts", ["invoice_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("limitation_acts")
    op.drop_column("messages", "windows")
