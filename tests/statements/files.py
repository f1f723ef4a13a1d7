"""Statements as banks write them, made to measure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from xml.sax.saxutils import escape

ACCOUNT = "4471290"
DAY = date(2026, 11, 20)


def entry(
    amount: str,
    *,
    way: str = "CRDT",
    reference: str = "",
    text: str = "",
    bank_reference: str = "",
    name: str = "Marie Tremblay",
    end_to_end: str = "",
    currency: str = "CAD",
    day: date = DAY,
    status: str = "BOOK",
    returned: bool = False,
    version: str = "08",
) -> str:
    """Return an entry of a camt.053, in the shape of a version."""
    nested = version >= "08"
    party = f"<Pty><Nm>{escape(name)}</Nm></Pty>" if nested else f"<Nm>{escape(name)}</Nm>"
    structured = f"<Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd>" if reference else ""
    said = f"<Ustrd>{escape(text)}</Ustrd>" if text else ""
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>'
        + ("<RvslInd>true</RvslInd>" if returned else "")
        + (f"<Sts><Cd>{status}</Cd></Sts>" if nested else f"<Sts>{status}</Sts>")
        + f"<BookgDt><Dt>{day}</Dt></BookgDt>"
        + (f"<AcctSvcrRef>{bank_reference}</AcctSvcrRef>" if bank_reference else "")
        + f"<NtryDtls><TxDtls><Refs><EndToEndId>{end_to_end or 'NOTPROVIDED'}</EndToEndId></Refs>"
        + f"<RltdPties><Dbtr>{party}</Dbtr></RltdPties><RmtInf>{said}{structured}</RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def camt(
    entries: Sequence[str],
    *,
    opening: str = "100.00",
    closing: str | None = None,
    account: str = ACCOUNT,
    currency: str = "CAD",
    version: str = "08",
) -> str:
    """Return a camt.053 file; the closing balance is left out where none is told."""
    balances = [("OPBD", opening)] + ([("CLBD", closing)] if closing is not None else [])
    told = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{amount.lstrip("-")}</Amt>'
        f"<CdtDbtInd>{'DBIT' if amount.startswith('-') else 'CRDT'}</CdtDbtInd></Bal>"
        for kind, amount in balances
    )
    number = f"<IBAN>{account}</IBAN>" if account[:2].isalpha() else f"<Othr><Id>{account}</Id></Othr>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">'
        f"<BkToCstmrStmt><Stmt><Id>S-1</Id><Acct><Id>{number}</Id><Ccy>{currency}</Ccy></Acct>"
        f"{told}{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    )
