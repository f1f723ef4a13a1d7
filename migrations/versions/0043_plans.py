"""Versions of plans switched on, calls, letters, surveys, proposals."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0043"
down_revision: str | None = "0042"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OUTCOMES = (
    "reached", "promise", "dispute", "refused", "call_back", "voicemail", "no_answer", "wrong_number",
)  # fmt: skip
CAUSES = (
    "forgotten", "not_received", "invoice_wrong", "work_disputed", "approval_missing", "short_of_cash", "unwilling",
    "unknown",
)  # fmt: skip
KINDS = ("referral", "write_off", "either")


def upgrade() -> None:
    """Create dunning_plan_switches, dunning_calls, dunning_letter_batches, dunning_letters, dunning_surveys,
    dunning_proposals, dunning_deciders; whoever chased so far goes on chasing."""
    listing = postgresql.JSONB(none_as_null=True)
    op.add_column("treatment_plans", sa.Column("modifiers", listing, server_default=sa.text("'[]'"), nullable=False))
    op.add_column("treatment_plans", sa.Column("exits", listing, server_default=sa.text("'{}'"), nullable=False))
    op.add_column("treatment_plans", sa.Column("written_by", sa.String(), nullable=True))
    op.add_column("dunning_runs", sa.Column("plan_id", sa.String(), nullable=True))
    op.create_foreign_key(op.f("fk_dunning_runs_plan_id"), "dunning_runs", "treatment_plans", ["plan_id"], ["id"])
    op.add_column("dunning_run_lines", sa.Column("template", sa.String(), nullable=True))
    _create(
        "dunning_plan_switches",
        _id(),
        _to("plan_id", "treatment_plans"),
        _to("run_id", "dunning_runs", nullable=True),
        _text("switched_by"),
        _at("switched_at"),
    )
    op.create_index("ix_dunning_plan_switches_switched_at", "dunning_plan_switches", ["switched_at"], unique=False)
    op.execute(
        "INSERT INTO dunning_plan_switches (id, plan_id, switched_by, switched_at)"
        " SELECT 'swi_first', id, 'migration', installed_at FROM treatment_plans WHERE name = 'abc_amega_due'"
        " ORDER BY version DESC LIMIT 1"
    )
    _create(
        "dunning_calls",
        _id(),
        _to("case_id", "dunning_cases"),
        _to("action_id", "dunning_actions"),
        sa.Column("outcome", _enum("outcome", OUTCOMES), nullable=False),
        sa.Column("root_cause", _enum("callcause", CAUSES), nullable=True),
        _text("spoke_with", nullable=True),
        _text("note", nullable=True),
        _to("message_id", "messages", nullable=True),
        _text("called_by"),
        _at("called_at"),
    )
    op.create_index(op.f("ix_dunning_calls_case_id"), "dunning_calls", ["case_id"], unique=False)
    _create(
        "dunning_letter_batches",
        _id(),
        _text("printed_by"),
        _at("printed_at"),
        _text("posted_by", nullable=True),
        _at("posted_at", nullable=True),
    )
    op.create_check_constraint(
        op.f("ck_dunning_letter_batches_posted"),
        "dunning_letter_batches",
        "(posted_at IS NULL) = (posted_by IS NULL)",
    )
    _create(
        "dunning_letters",
        _id(),
        _to("case_id", "dunning_cases"),
        _to("action_id", "dunning_actions"),
        _to("batch_id", "dunning_letter_batches", nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        _at("written_at"),
        _at("withdrawn_at", nullable=True),
    )
    waiting = sa.text("batch_id IS NULL")
    op.create_index(
        "ix_dunning_letters_waiting", "dunning_letters", ["written_at"], unique=False, postgresql_where=waiting
    )
    op.create_index("ix_dunning_letters_action_id", "dunning_letters", ["action_id"], unique=False)
    op.create_index(op.f("ix_dunning_letters_batch_id"), "dunning_letters", ["batch_id"], unique=False)
    _create(
        "dunning_surveys",
        sa.Column("action_id", sa.String(), nullable=False),
        _to("case_id", "dunning_cases"),
        _to("customer_id", "customers"),
        sa.Column("answers", listing, nullable=True),
        _at("asked_at"),
        _at("answered_at", nullable=True),
        key="action_id",
    )
    op.create_foreign_key(
        op.f("fk_dunning_surveys_action_id"), "dunning_surveys", "dunning_actions", ["action_id"], ["id"]
    )
    op.create_index(op.f("ix_dunning_surveys_case_id"), "dunning_surveys", ["case_id"], unique=False)
    op.create_index(op.f("ix_dunning_surveys_customer_id"), "dunning_surveys", ["customer_id"], unique=False)
    _create_proposals()
    _create(
        "dunning_deciders",
        sa.Column("customer_id", sa.String(), nullable=False),
        _text("name"),
        _text("phone", nullable=True),
        _text("email", nullable=True),
        _text("noted_by"),
        _at("noted_at"),
        key="customer_id",
    )
    op.create_foreign_key(
        op.f("fk_dunning_deciders_customer_id"), "dunning_deciders", "customers", ["customer_id"], ["id"]
    )


def _create_proposals() -> None:
    _create(
        "dunning_proposals",
        _id(),
        _to("case_id", "dunning_cases"),
        _to("action_id", "dunning_actions", nullable=True),
        sa.Column("kind", _enum("proposalkind", KINDS), nullable=False),
        _text("because"),
        sa.Column("open_minor", sa.BigInteger(), nullable=False),
        _text("proposed_by"),
        _at("proposed_at"),
        _text("decision", nullable=True),
        _text("decided_by", nullable=True),
        _at("decided_at", nullable=True),
        _text("note", nullable=True),
    )
    op.create_index(op.f("ix_dunning_proposals_case_id"), "dunning_proposals", ["case_id"], unique=False)
    undecided = sa.text("decided_at IS NULL")
    op.create_index(
        "uq_dunning_proposals_open", "dunning_proposals", ["case_id"], unique=True, postgresql_where=undecided
    )


def downgrade() -> None:
    """Drop them."""
    for table in (
        "deciders", "proposals", "surveys", "letters", "letter_batches", "calls", "plan_switches",
    ):  # fmt: skip
        op.drop_table(f"dunning_{table}")
    op.drop_column("dunning_run_lines", "template")
    op.drop_constraint(op.f("fk_dunning_runs_plan_id"), "dunning_runs", type_="foreignkey")
    op.drop_column("dunning_runs", "plan_id")
    for name in ("written_by", "exits", "modifiers"):
        op.drop_column("treatment_plans", name)


def _create(table: str, *columns: "sa.Column[object]", key: str = "id") -> None:
    keys = [
        sa.ForeignKeyConstraint([column.name], [f"{column.info['to']}.id"], name=op.f(f"fk_{table}_{column.name}"))
        for column in columns
        if "to" in column.info
    ]
    op.create_table(table, *columns, *keys, sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{table}")))


def _id() -> "sa.Column[object]":
    return sa.Column("id", sa.String(), nullable=False)


def _text(name: str, *, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.String(), nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _to(name: str, table: str, *, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.String(), nullable=nullable, info={"to": table})


def _enum(name: str, values: Sequence[str]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)
