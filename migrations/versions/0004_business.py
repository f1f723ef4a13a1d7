"""The seller and its taxes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create businesses, tax_codes, tax_rates."""
    op.create_table(
        "businesses",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("legal_name", sa.String(), nullable=True),
        sa.Column("line1", sa.String(), nullable=True),
        sa.Column("line2", sa.String(), nullable=True),
        sa.Column("city", sa.String(), nullable=True),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("postal_code", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("tax_ids", postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("languages", postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=False),
        sa.Column("payment_days", sa.Integer(), nullable=False),
        sa.Column("invoice_prefix", sa.String(), nullable=False),
        sa.Column("stripe_location_id", sa.String(), nullable=True),
        sa.CheckConstraint("id = 'bus_1'", name=op.f("ck_businesses_only_one")),
        sa.CheckConstraint("payment_days >= 0", name=op.f("ck_businesses_payment_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_businesses")),
    )
    op.create_table(
        "tax_codes",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_fr", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("region", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_tax_codes")),
    )
    op.create_table(
        "tax_rates",
        sa.Column("tax_code", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("name_fr", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("rate_percent", sa.Numeric(precision=7, scale=4), nullable=False),
        sa.CheckConstraint("rate_percent >= 0 AND rate_percent <= 100", name=op.f("ck_tax_rates_rate_percent")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_tax_rates_valid_to")),
        sa.ForeignKeyConstraint(["tax_code"], ["tax_codes.code"], name=op.f("fk_tax_rates_tax_code")),
        sa.PrimaryKeyConstraint("tax_code", "position", "valid_from", name=op.f("pk_tax_rates")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("tax_rates")
    op.drop_table("tax_codes")
    op.drop_table("businesses")
