"""Payment plans, their parts, and the charges of saved cards for them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0046"
down_revision: str | None = "0045"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create payment_plans, instalments and instalment_charges."""

    op.create_table(
        "payment_plans",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "asked",
                "offered",
                "active",
                "completed",
                "broken",
                "cancelled",
                name="planstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum("office", "customer", name="source", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("owed", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("saved_card_id", sa.String(), nullable=True),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("document_sha256", sa.String(), nullable=True),
        sa.Column("sign_by", sa.Date(), nullable=True),
        sa.Column("signer_name", sa.String(), nullable=True),
        sa.Column("witness_name", sa.String(), nullable=True),
        sa.Column("signed_by", sa.String(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status IN ('asked', 'offered', 'active')) = (closed_at IS NULL)", name=op.f("ck_payment_plans_closed")
        ),
        sa.CheckConstraint(
            "status NOT IN ('active', 'completed', 'broken') OR signed_at IS NOT NULL",
            name=op.f("ck_payment_plans_in_writing"),
        ),
        sa.CheckConstraint("(signed_at IS NULL) = (signer_name IS NULL)", name=op.f("ck_payment_plans_signed")),
        sa.CheckConstraint("(text IS NULL) = (document_sha256 IS NULL)", name=op.f("ck_payment_plans_document")),
        sa.CheckConstraint("total_minor > 0", name=op.f("ck_payment_plans_positive")),
        sa.ForeignKeyConstraint(["case_id"], ["dunning_cases.id"], name=op.f("fk_payment_plans_case_id")),
        sa.ForeignKeyConstraint(["saved_card_id"], ["saved_cards.id"], name=op.f("fk_payment_plans_saved_card_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_plans")),
    )
    op.create_index("ix_payment_plans_case_id", "payment_plans", ["case_id", "made_at"], unique=False)
    op.create_index(
        "uq_payment_plans_live",
        "payment_plans",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('asked', 'offered', 'active')"),
    )

    op.create_table(
        "instalments",
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_instalments_positive")),
        sa.ForeignKeyConstraint(["plan_id"], ["payment_plans.id"], name=op.f("fk_instalments_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "position", name=op.f("pk_instalments")),
    )

    op.create_table(
        "instalment_charges",
        sa.Column("payment_id", sa.String(), nullable=False),
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("refused_because", sa.String(), nullable=True),
        sa.Column("charged_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_instalment_charges_positive")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_instalment_charges_invoice_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["payment_plans.id"], name=op.f("fk_instalment_charges_plan_id")),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_instalment_charges")),
        sa.UniqueConstraint(
            "plan_id", "position", "attempt", name=op.f("uq_instalment_charges_plan_id_position_attempt")
        ),
    )
    op.create_index(op.f("ix_instalment_charges_plan_id"), "instalment_charges", ["plan_id"], unique=False)


def downgrade() -> None:
    """Drop them."""
    for table in ("instalment_charges", "instalments", "payment_plans"):
        op.drop_table(table)
