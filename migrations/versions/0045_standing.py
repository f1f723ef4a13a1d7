"""How customers pay, the policy by class, exceptions, proposed terms."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0045"
down_revision: str | None = "0044"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CLASSES = ("reliable", "slow_but_sure", "ordinary", "new_unknown", "deteriorating", "high")
PAYERS = ("unknown", "short_of_cash", "wilful", "non_payer")
JSON = postgresql.JSONB(none_as_null=True)
MOMENT = sa.DateTime(timezone=True)


def _one_of(name: str, values: Sequence[str]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _customer(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f(f"fk_{table}_customer_id"))


def upgrade() -> None:
    """Create customer_standings, credit_policies, credit_overrides, term_proposals, risk_class_changes."""
    op.create_table(
        "customer_standings",
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("risk_class", _one_of("riskclass", CLASSES), nullable=False),
        sa.Column("since_at", MOMENT, nullable=False),
        sa.Column("reviewed_at", MOMENT, nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("open_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("slips", sa.Boolean(), nullable=False),
        sa.Column("suggested_payer_type", sa.String(), nullable=False),
        sa.Column("payer_type", _one_of("payertype", PAYERS), nullable=False),
        sa.Column("agreed_limit_minor", sa.BigInteger(), nullable=True),
        sa.Column("agreed_up_front_percent", sa.Integer(), nullable=True),
        sa.Column("agreed_do_not_book", sa.Boolean(), nullable=True),
        sa.CheckConstraint("agreed_up_front_percent BETWEEN 0 AND 100", name=op.f("ck_customer_standings_up_front")),
        sa.CheckConstraint("agreed_limit_minor >= 0", name=op.f("ck_customer_standings_limit")),
        _customer("customer_standings"),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_standings")),
    )
    op.create_table(
        "credit_policies",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("classes", JSON, nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_policies")),
    )
    op.create_index(op.f("ix_credit_policies_set_at"), "credit_policies", ["set_at"], unique=False)
    op.create_table(
        "credit_overrides",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        _customer("credit_overrides"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_overrides")),
    )
    op.create_index(op.f("ix_credit_overrides_made_at"), "credit_overrides", ["made_at"], unique=False)
    op.create_index(
        "uq_credit_overrides_open",
        "credit_overrides",
        ["customer_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "term_proposals",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("up_front_percent", sa.Integer(), nullable=True),
        sa.Column("do_not_book", sa.Boolean(), nullable=True),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.CheckConstraint("(decided_at IS NULL) = (approved IS NULL)", name=op.f("ck_term_proposals_decided")),
        sa.CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name=op.f("ck_term_proposals_decided_by")),
        _customer("term_proposals"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_proposals")),
    )
    op.create_index(
        "uq_term_proposals_open",
        "term_proposals",
        ["customer_id"],
        unique=True,
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_table(
        "risk_class_changes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("was", sa.String(), nullable=False),
        sa.Column("became", sa.String(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        _customer("risk_class_changes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_class_changes")),
    )
    op.create_index(op.f("ix_risk_class_changes_changed_at"), "risk_class_changes", ["changed_at"], unique=False)
    op.create_index(
        "ix_risk_class_changes_customer_id", "risk_class_changes", ["customer_id", "changed_at"], unique=False
    )


def downgrade() -> None:
    """Drop them."""
    for table in (
        "risk_class_changes", "term_proposals", "credit_overrides", "credit_policies", "customer_standings",
    ):  # fmt: skip
        op.drop_table(table)
