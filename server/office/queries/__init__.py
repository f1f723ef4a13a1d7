"""What the desk's pages show."""

from server.office.queries.arrangements import arrangements_page
from server.office.queries.bank import bank_page, find_invoice_ids
from server.office.queries.banking import (
    chargeback_list,
    list_unassigned,
    payout_list,
)
from server.office.queries.board import (
    board,
    list_newest_payments,
)
from server.office.queries.case_law import case_law_page, place_names
from server.office.queries.cash import cash_page
from server.office.queries.chase import case_page, names_of_customers
from server.office.queries.equipment import (
    list_phones,
    list_readers,
)
from server.office.queries.invoice import (
    invoice_page,
    timeline,
)
from server.office.queries.letting_go import agencies_page, letting_go_page
from server.office.queries.work import (
    customer_page,
    job_list,
    job_page,
    list_customer_names,
    list_customers,
    list_technicians,
)

__all__ = [
    "agencies_page",
    "arrangements_page",
    "bank_page",
    "board",
    "case_law_page",
    "case_page",
    "cash_page",
    "chargeback_list",
    "customer_page",
    "find_invoice_ids",
    "invoice_page",
    "job_list",
    "job_page",
    "letting_go_page",
    "list_customer_names",
    "list_customers",
    "list_newest_payments",
    "list_phones",
    "list_readers",
    "list_technicians",
    "list_unassigned",
    "names_of_customers",
    "payout_list",
    "place_names",
    "timeline",
]
