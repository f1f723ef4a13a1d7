"""The sealed log and packs of evidence, while the process is killed."""

from __future__ import annotations

from server.contacts import flows as contacts
from server.contacts import queries as log
from server.core.database import transaction
from server.evidence import flows as evidence
from tests.killed.flows import Plan, ids, kills, paid
from tests.messages.conftest import MailServer
from tests.shop import Shop


def _all_is_sealed() -> None:
    contacts.seal_all()
    with transaction() as session:
        assert list(log.list_unsealed(session)) == []


@kills(contacts.seal_all)
def the_log_is_sealed(shop: Shop, _mail: MailServer, number: int) -> Plan:
    paid(shop, ids(number)[0])
    return Plan({}, _all_is_sealed)


@kills(evidence.pack)
def a_pack_is_made(shop: Shop, _mail: MailServer, number: int) -> Plan:
    invoice = paid(shop, ids(number)[0])

    def finish() -> None:
        number_of, content = evidence.pack(invoice_id=invoice.id)
        assert number_of == invoice.number
        assert content.startswith(b"PK")

    return Plan({"invoice_id": invoice.id}, finish)
