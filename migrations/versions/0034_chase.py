"""Where a case stands, how it came there, and the life of a step."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0034"
down_revision: str | None = "0033"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STATUSES = (
    "pre_due", "active", "paused", "final_demand", "referral_pending", "referred", "write_off_pending", "closed",
)  # fmt: skip
ENDINGS = ("paid", "settled", "credited", "written_off", "recovered", "time_barred")
ACTIONS = ("planned", "claimed", "done", "skipped", "missed", "failed", "cancelled")
OPEN = sa.text("status IN ('planned', 'claimed')")
COLUMNS = ("template", "claimed_by", "outcome", "root_cause", "note")


def upgrade() -> None:
    """Create dunning_transitions; let cases say where they stand, and actions who is at them and what came of it."""
    active = sa.text("'active'")
    op.add_column(
        "dunning_cases", sa.Column("status", _enum("status", STATUSES), server_default=active, nullable=False)
    )
    op.execute("UPDATE dunning_cases SET status = 'closed' WHERE closed_at IS NOT NULL")
    op.create_check_constraint(op.f("ck_dunning_cases_pause_is_asked"), "dunning_cases", "status <> 'paused'")
    op.create_check_constraint(
        op.f("ck_dunning_cases_ending"), "dunning_cases", sa.column("closed_because").in_(ENDINGS)
    )
    op.alter_column("dunning_cases", "closed_because", type_=sa.String(40))
    op.add_column("dunning_cases", sa.Column("risk_class", sa.String(), nullable=True))
    op.create_table(
        "dunning_transitions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("from_status", sa.String(), nullable=True),
        sa.Column("to_status", _enum("status", STATUSES), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("moved_by", sa.String(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["dunning_cases.id"], name=op.f("fk_dunning_transitions_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dunning_transitions")),
    )
    op.create_index("ix_dunning_transitions_case_id", "dunning_transitions", ["case_id", "moved_at"], unique=False)
    for name in COLUMNS:
        op.add_column("dunning_actions", sa.Column(name, sa.String(), nullable=True))
    op.add_column("dunning_actions", sa.Column("opens_on", sa.Date(), nullable=True))
    op.add_column("dunning_actions", sa.Column("closes_on", sa.Date(), nullable=True))
    op.add_column("dunning_actions", sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))
    never = {"server_default": sa.text("false"), "nullable": False}
    op.add_column("dunning_actions", sa.Column("window_missed", sa.Boolean(), **never))
    op.add_column("dunning_actions", sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_check_constraint(
        op.f("ck_dunning_actions_claimed"), "dunning_actions", "(claimed_at IS NULL) = (claimed_by IS NULL)"
    )
    _allow_actions(ACTIONS)
    op.create_index("ix_dunning_actions_open", "dunning_actions", ["case_id"], unique=False, postgresql_where=OPEN)
    op.create_index("ix_dunning_actions_message_id", "dunning_actions", ["message_id"], unique=False)


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_dunning_actions_message_id", table_name="dunning_actions")
    op.drop_index("ix_dunning_actions_open", table_name="dunning_actions", postgresql_where=OPEN)
    op.execute("DELETE FROM dunning_actions WHERE status NOT IN ('done', 'skipped')")
    _allow_actions(("done", "skipped"))
    op.drop_constraint(op.f("ck_dunning_actions_claimed"), "dunning_actions", type_="check")
    for name in (*COLUMNS, "opens_on", "closes_on", "claimed_at", "window_missed", "attempts"):
        op.drop_column("dunning_actions", name)
    op.drop_index("ix_dunning_transitions_case_id", table_name="dunning_transitions")
    op.drop_table("dunning_transitions")
    op.drop_column("dunning_cases", "risk_class")
    op.alter_column("dunning_cases", "closed_because", type_=sa.String())
    op.drop_constraint(op.f("ck_dunning_cases_ending"), "dunning_cases", type_="check")
    op.drop_column("dunning_cases", "status")


def _enum(name: str, values: Sequence[str]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _allow_actions(statuses: Sequence[str]) -> None:
    op.drop_constraint(op.f("ck_dunning_actions_actionstatus"), "dunning_actions", type_="check")
    op.create_check_constraint(
        op.f("ck_dunning_actions_actionstatus"), "dunning_actions", sa.column("status").in_(statuses)
    )
