"""Cards taken by the mobile SDK: the method, doubles, and money that nobody has assigned."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0032"
down_revision: str | None = "0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

METHODS = "'card_reader', 'pay_link', 'cash', 'cheque', 'bank_transfer', 'card_on_file'"


def upgrade() -> None:
    """Let payments be taken by a phone, and keep what names nothing of ours."""
    _allow(METHODS + ", 'mobile_reader'", "'card_reader', 'mobile_reader', 'pay_link', 'card_on_file'")
    op.add_column("payments", sa.Column("double_of", sa.String(), nullable=True))
    op.create_foreign_key(op.f("fk_payments_double_of"), "payments", "payments", ["double_of"], ["id"])
    op.create_table(
        "unassigned_payments",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("card_kind", sa.String(), nullable=True),
        sa.Column("card_brand", sa.String(), nullable=True),
        sa.Column("card_last4", sa.String(), nullable=True),
        sa.Column("stripe_charge_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payment_id", sa.String(), nullable=True),
        sa.Column("assigned_by", sa.String(), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_unassigned_payments_positive")),
        sa.CheckConstraint(
            "(payment_id IS NULL) = (assigned_at IS NULL)", name=op.f("ck_unassigned_payments_assigned")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_unassigned_payments_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unassigned_payments")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_unassigned_payments_payment_id")),
    )
    op.create_index(
        "ix_unassigned_payments_open",
        "unassigned_payments",
        ["created_at"],
        postgresql_where=sa.text("payment_id IS NULL"),
    )


def downgrade() -> None:
    """Drop them; what a phone took counts as taken by a reader."""
    op.drop_table("unassigned_payments")
    op.drop_column("payments", "double_of")
    op.execute("UPDATE payments SET method = 'card_reader' WHERE method = 'mobile_reader'")
    op.execute("UPDATE refunds SET by_hand = NULL WHERE by_hand = 'mobile_reader'")
    _allow(METHODS, "'card_reader', 'pay_link', 'card_on_file'")


def _allow(methods: str, by_card: str) -> None:
    for table, column in (("payments", "method"), ("refunds", "by_hand"), ("tip_payouts", "method")):
        op.drop_constraint(op.f(f"ck_{table}_method"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_method"), table, f"{column} IN ({methods})")
    op.drop_index("uq_payments_open_card", "payments")
    op.create_index(
        "uq_payments_open_card",
        "payments",
        ["invoice_id"],
        unique=True,
        postgresql_where=sa.text(
            f"method IN ({by_card}) AND status IN ('created', 'waiting', 'processing', 'unknown')"
        ),
    )
