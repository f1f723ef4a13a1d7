"""Debts handed to agencies, lawyers and factors."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0050"
down_revision: str | None = "0049"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    """Create agencies, referrals and their debts, and who is never handed to an agency."""
    op.create_table(
        "agencies",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", _enum("agencykind", "agency", "lawyer", "factor"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("commission_bp", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("commission_bp BETWEEN 0 AND 10000", name=op.f("ck_agencies_commission")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agencies")),
    )
    op.create_table(
        "no_agency",
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_no_agency_customer_id_customers")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_no_agency")),
    )
    op.create_table(
        "referrals",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("commission_bp", sa.Integer(), nullable=False),
        sa.Column("status", _enum("status", "referred", "recalled", "ended"), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pack_sha256", sa.String(), nullable=True),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.String(), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (status = 'referred')", name=op.f("ck_referrals_ended")),
        sa.CheckConstraint("(pack_sha256 IS NULL) = (handed_over_at IS NULL)", name=op.f("ck_referrals_handed_over")),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_referrals_agency_id_agencies")),
        sa.ForeignKeyConstraint(["case_id"], ["dunning_cases.id"], name=op.f("fk_referrals_case_id_dunning_cases")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_referrals_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals")),
    )
    for column in ("agency_id", "case_id", "customer_id"):
        op.create_index(op.f(f"ix_referrals_{column}"), "referrals", [column])
    op.create_index("ix_referrals_created_at_id", "referrals", ["created_at", "id"])
    op.create_index(
        "uq_referrals_open", "referrals", ["case_id"], unique=True, postgresql_where=sa.text("status = 'referred'")
    )
    op.create_table(
        "referred_debts",
        sa.Column("referral_id", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_referred_debts_positive")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_referred_debts_invoice_id_invoices")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_referred_debts_referral_id_referrals")
        ),
        sa.PrimaryKeyConstraint("referral_id", "invoice_id", name=op.f("pk_referred_debts")),
    )
    op.create_index(op.f("ix_referred_debts_invoice_id"), "referred_debts", ["invoice_id"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("referred_debts", "referrals", "no_agency", "agencies"):
        op.drop_table(table)
