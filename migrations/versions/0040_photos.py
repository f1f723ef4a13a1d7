"""Photos of jobs, and a place for them in the evidence of a chargeback."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0040"
down_revision: str | None = "0039"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SLOTS = (
    "customer_signature",
    "service_documentation",
    "receipt",
    "customer_communication",
    "duplicate_charge_documentation",
)


def upgrade() -> None:
    """Create photos, which nobody changes."""
    op.create_table(
        "photos",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("payment_id", sa.String(), nullable=True),
        sa.Column("kind", _one_of("kind", ("before", "after", "damage", "cheque", "other")), nullable=False),
        sa.Column("caption", sa.String(), nullable=True),
        sa.Column("type", _one_of("type", ("image/jpeg", "image/png", "image/webp")), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("taken_by", sa.String(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind = 'cheque' OR payment_id IS NULL", name=op.f("ck_photos_payment_id")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_photos_job_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_photos_payment_id")),
        sa.ForeignKeyConstraint(["taken_by"], ["staff.id"], name=op.f("fk_photos_taken_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
    )
    op.create_index("ix_photos_job_id_taken_at", "photos", ["job_id", "taken_at"], unique=False)
    op.execute("CREATE TRIGGER frozen BEFORE UPDATE ON photos FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")
    _allow_slots((*SLOTS, "uncategorized_file"))


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM evidence_files WHERE slot = 'uncategorized_file'")
    _allow_slots(SLOTS)
    op.drop_table("photos")


def _one_of(name: str, values: Sequence[str]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _allow_slots(slots: Sequence[str]) -> None:
    op.drop_constraint(op.f("ck_evidence_files_slot"), "evidence_files", type_="check")
    op.create_check_constraint(op.f("ck_evidence_files_slot"), "evidence_files", sa.column("slot").in_(slots))
