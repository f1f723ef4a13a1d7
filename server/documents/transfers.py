"""What a banking app reads off an invoice: the EPC QR of a SEPA transfer, and the Swiss QR-bill."""

from __future__ import annotations

import re
from collections.abc import Mapping

from qrbill import QRBill

from server.core import money

# SEPA's countries and territories by the first letters of their IBANs. Source: EPC409-09, list of SEPA countries.
_SEPA = frozenset(
    re.findall(
        "..",
        "ADALATBEBGCHCYCZDEDKEEESFIFRGBGIGRHRHUIEISITLILTLULVMCMDMEMKMTNLNOPLPTRORSSESISKSMVA",
    )
)
SWISS = ("CH", "LI")
_EPC_MOST_MINOR = 99_999_999_999


def epc(*, holder: str, iban: str, bic: str | None, amount_minor: int, currency: str, reference: str) -> str | None:
    """Return what an EPC QR code says, or None where it cannot ask for this: euros to an account of SEPA alone.

    `reference` is an RF reference. Source: EPC069-12 v2.1: version 002 (the BIC may be left out), UTF-8, lines ended
    by LF, at most 331 bytes, error correction M.
    """
    is_sepa = currency == "EUR" and iban[:2] in _SEPA
    if not is_sepa or not reference.startswith("RF") or not 0 < amount_minor <= _EPC_MOST_MINOR:
        return None
    amount = f"EUR{money.major(amount_minor, currency):.2f}"
    return "\n".join(["BCD", "002", "1", "SCT", bic or "", holder[:70], iban, amount, "", reference])


def swiss(
    *,
    holder: str,
    address: Mapping[str, str | None],
    debtor: Mapping[str, str | None] | None,
    iban: str,
    amount_minor: int,
    currency: str,
    reference: str | None,
) -> str | None:
    """Return what the code of a Swiss QR-bill says, or None where there is none for this account, currency or address.

    `debtor` is an address with a name, left out where it is not complete. Source: SIX, Swiss Implementation Guidelines
    QR-bill 2.3: structured addresses; a QR-IBAN needs a QR reference, another IBAN an RF one or none.
    """
    if iban[:2] not in SWISS or currency not in QRBill.allowed_currencies or amount_minor <= 0:
        return None
    try:
        bill = QRBill(
            account=iban,
            creditor=_structured(holder, address),
            amount=f"{money.major(amount_minor, currency):.2f}",
            currency=currency,
            debtor=_structured(debtor["name"] or "", debtor) if debtor and _is_complete(debtor) else None,
            reference_number=reference,
        )
    except ValueError:
        return None
    payload: str = bill.qr_data()
    return payload


def is_qr_iban(iban: str) -> bool:
    """Say whether this is an account that only QR references reach."""
    return iban[:2] in SWISS and "30000" <= iban[4:9] <= "31999"


def _structured(name: str, address: Mapping[str, str | None]) -> dict[str, str | None]:
    return {
        "name": name[:70],
        "street": (address.get("line1") or "")[:70],
        "pcode": address.get("postal_code"),
        "city": address.get("city"),
        "country": address.get("country"),
    }


def _is_complete(address: Mapping[str, str | None]) -> bool:
    return all(address.get(part) for part in ("name", "postal_code", "city", "country"))
