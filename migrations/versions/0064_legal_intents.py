"""In which cases legal steps are meant, and which messages say so."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0064"
down_revision: str | None = "0063"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create legal_intents; let an action name the one by which it was written."""
    op.create_table(
        "legal_intents",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_because", sa.String(), nullable=True),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name=op.f("ck_legal_intents_withdrawn")),
        sa.ForeignKeyConstraint(["case_id"], ["dunning_cases.id"], name=op.f("fk_legal_intents_case_id_dunning_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_intents")),
    )
    op.create_index(
        "uq_legal_intents_in_force",
        "legal_intents",
        ["case_id", "cycle"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.add_column("dunning_actions", sa.Column("legal_intent_id", sa.String(), nullable=True))
    op.create_foreign_key(
        op.f("fk_dunning_actions_legal_intent_id_legal_intents"),
        "dunning_actions",
        "legal_intents",
        ["legal_intent_id"],
        ["id"],
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_column("dunning_actions", "legal_intent_id")
    op.drop_table("legal_intents")
