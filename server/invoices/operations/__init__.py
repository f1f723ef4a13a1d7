"""Issue invoices, keep their status true to the ledger, open and close their pay links."""

from server.invoices.operations.issuing import (
    ContractNotSigned,
    InvoiceIncomplete,
    NoSuchStage,
    StageRequested,
    charge_late,
    issue,
    render,
    request_stage,
    tell,
)
from server.invoices.operations.links import (
    open_link,
    open_links,
    renew_link,
    revoke_link,
)
from server.invoices.operations.settling import (
    NotCreditable,
    credit,
    deposits_entry_id,
    settle_status,
)

__all__ = [
    "ContractNotSigned",
    "InvoiceIncomplete",
    "NoSuchStage",
    "NotCreditable",
    "StageRequested",
    "charge_late",
    "credit",
    "deposits_entry_id",
    "issue",
    "open_link",
    "open_links",
    "render",
    "renew_link",
    "request_stage",
    "revoke_link",
    "settle_status",
    "tell",
]
