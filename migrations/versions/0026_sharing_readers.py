"""Whose a reader is, who holds it, and the number under which an attempt was begun on it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ADDED = ("technician_id", "van", "holder", "holder_name", "held_until", "fence")


def upgrade() -> None:
    """Add them. Code that knows nothing of them goes on taking payments."""
    op.add_column("readers", sa.Column("technician_id", sa.String(), nullable=True))
    op.add_column("readers", sa.Column("van", sa.String(), nullable=True))
    op.add_column("readers", sa.Column("holder", sa.String(), nullable=True))
    op.add_column("readers", sa.Column("holder_name", sa.String(), nullable=True))
    op.add_column("readers", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("readers", sa.Column("fence", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.create_foreign_key(op.f("fk_readers_technician_id"), "readers", "staff", ["technician_id"], ["id"])
    op.create_check_constraint(op.f("ck_readers_held"), "readers", "held_until IS NULL OR holder IS NOT NULL")
    op.add_column("payments", sa.Column("reader_fence", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("payments", "reader_fence")
    op.drop_constraint(op.f("ck_readers_held"), "readers", type_="check")
    op.drop_constraint(op.f("fk_readers_technician_id"), "readers", type_="foreignkey")
    for name in ADDED:
        op.drop_column("readers", name)
