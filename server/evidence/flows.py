"""Make a pack of evidence."""

from __future__ import annotations

from server.contacts import flows as contacts
from server.core.database import transaction
from server.evidence import queries


def pack(*, invoice_id: str) -> tuple[str, bytes]:
    """Return an invoice's number and everything that is kept of it, as a ZIP. Raises NoSuchInvoice.

    The log is sealed first, so that what just happened is in it.
    """
    contacts.seal_all()
    with transaction() as session:
        return queries.get_pack(session, invoice_id)
