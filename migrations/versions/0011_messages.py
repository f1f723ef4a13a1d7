"""Messages."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create message_attachments, messages."""
    op.create_table(
        "messages",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.String(), nullable=True),
        sa.Column("recipient", sa.String(), nullable=True),
        sa.Column("reply_to", sa.String(), nullable=True),
        sa.Column("sender_name", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("html", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error_code", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(recipient IS NULL) = (status = 'no_address')", name=op.f("ck_messages_no_address")),
        sa.CheckConstraint("(sent_at IS NOT NULL) = (status = 'sent')", name=op.f("ck_messages_sent")),
        sa.CheckConstraint("channel = 'email'", name=op.f("ck_messages_channel")),
        sa.CheckConstraint("kind IN ('invoice', 'receipt', 'reminder')", name=op.f("ck_messages_kind")),
        sa.CheckConstraint(
            "status IN ('no_address', 'written', 'withdrawn', 'sending', 'sent', 'unknown', 'bounced', 'failed')",
            name=op.f("ck_messages_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_messages_key")),
    )
    op.create_index(op.f("ix_messages_customer_id"), "messages", ["customer_id"], unique=False)
    op.create_index(
        op.f("ix_messages_due_at"),
        "messages",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('written', 'sending')"),
    )
    op.create_index(op.f("ix_messages_invoice_id"), "messages", ["invoice_id"], unique=False)
    op.create_table(
        "message_attachments",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_message_attachments_message_id")),
        sa.PrimaryKeyConstraint("message_id", "filename", name=op.f("pk_message_attachments")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("message_attachments")
    op.drop_index(op.f("ix_messages_invoice_id"), table_name="messages")
    op.drop_index(
        op.f("ix_messages_due_at"), table_name="messages", postgresql_where=sa.text("status IN ('written', 'sending')")
    )
    op.drop_index(op.f("ix_messages_customer_id"), table_name="messages")
    op.drop_table("messages")
