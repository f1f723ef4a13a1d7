"""camt.053, the banks' own statement in XML (ISO 20022), in its versions .02 to .08 and later.

Versions differ in where a name or a status stands, so elements are found by name and both places are looked at.
Entities and DTDs are refused, since a bank has no use for them and an attacker has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from server.core import money
from server.statements.rules.reading import ReadLine, ReadStatement, StatementCurrencyMixed, StatementUnreadable

_RETURN_CODES = {"RRTN", "RPCR", "UPDD", "PRRT"}


def read_camt(content: str | bytes) -> list[ReadStatement]:
    """Return the statements of a camt.053 file. Raises StatementUnreadable, StatementCurrencyMixed."""
    try:
        root = fromstring(content)
    except (ParseError, DefusedXmlException, ValueError) as unreadable:
        raise StatementUnreadable from unreadable
    if "camt.053" not in root.tag:
        raise StatementUnreadable
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    found = root.findall("BkToCstmrStmt/Stmt")
    if not found:
        raise StatementUnreadable
    try:
        return [_statement(each) for each in found]
    except (ArithmeticError, ValueError, KeyError) as unreadable:
        raise StatementUnreadable from unreadable


def _statement(stmt: Element) -> ReadStatement:
    account = _said(stmt, "Acct/Id/IBAN", "Acct/Id/Othr/Id")
    amounts = [amount for amount in stmt.findall("Bal/Amt") if amount.get("Ccy")]
    currency = _said(stmt, "Acct/Ccy") or (amounts[0].get("Ccy") if amounts else None)
    if not account or not currency or not money.known(currency):
        raise StatementUnreadable
    balances = {_said(each, "Tp/CdOrPrtry/Cd"): _signed(each, currency) for each in stmt.findall("Bal")}
    return ReadStatement(
        account="".join(filter(str.isalnum, account)).upper(),
        currency=currency,
        reference=_said(stmt, "Id"),
        opening_minor=balances.get("OPBD", balances.get("PRCD")),
        closing_minor=balances.get("CLBD"),
        lines=tuple(line for entry in stmt.findall("Ntry") for line in _lines(entry, currency)),
    )


def _lines(entry: Element, currency: str) -> Iterator[ReadLine]:
    """Return the lines of a booked entry: one a transaction, where the entry says them all. Where not, it is one
    line that names no invoice: what one of several transfers says is not said of them all."""
    if (_said(entry, "Sts/Cd", "Sts") or "BOOK") != "BOOK":
        return
    total_minor = _minor(entry.find("Amt"), currency)
    details = entry.findall("NtryDtls/TxDtls")
    parts = [_part(each, currency) for each in details]
    is_split = len(details) > 1 and None not in parts and sum(part or 0 for part in parts) == total_minor
    if len(details) > 1 and not is_split and total_minor:
        names = ", ".join(dict.fromkeys(name for each in details if (name := _name(each))))
        several = _line(entry, details[0], total_minor, None)
        yield replace(several, references=(), text=" ".join(_all(entry, "AddtlNtryInf")), name=names, same_as=())
        return
    for number, each in enumerate(details or [entry]):
        amount_minor = (parts[number] or 0) if is_split else total_minor
        if amount_minor:
            yield _line(entry, each, amount_minor, number if is_split else None)


def _line(entry: Element, details: Element, amount_minor: int, number: int | None) -> ReadLine:
    own = _said(details, "Refs/AcctSvcrRef")
    # An entry's NtryRef may be its place in the file, so it tells no line from another.
    bank_reference = _said(entry, "AcctSvcrRef") or ""
    if number is not None:
        bank_reference = (
            own if own and own != bank_reference else f"{bank_reference}/{number}" if bank_reference else ""
        )
    code = _said(details, "BkTxCd/Domn/Fmly/SubFmlyCd") or _said(entry, "BkTxCd/Domn/Fmly/SubFmlyCd")
    is_reversal = _said(entry, "RvslInd") in ("true", "1")
    named = ("Refs/EndToEndId", "Refs/TxId", "Refs/InstrId", "Refs/AcctSvcrRef")
    text = [*_all(details, "RmtInf/Ustrd"), *_all(details, "AddtlTxInf"), *_all(entry, "AddtlNtryInf")]
    return ReadLine(
        booked_on=_day(entry),
        is_credit=_said(entry, "CdtDbtInd") == "CRDT",
        amount_minor=amount_minor,
        bank_reference=bank_reference,
        references=tuple(_all(details, "RmtInf/Strd/CdtrRefInf/Ref")),
        text=" ".join(text),
        name=_name(details),
        same_as=tuple(said for said in (_said(details, path) for path in named) if said and said != "NOTPROVIDED"),
        is_return=is_reversal or details.find("RtrInf") is not None or code in _RETURN_CODES,
    )


def _name(details: Element) -> str:
    return _said(details, "RltdPties/Dbtr/Nm", "RltdPties/Dbtr/Pty/Nm", "RltdPties/UltmtDbtr/Nm") or ""


def _part(details: Element, currency: str) -> int | None:
    amount = details.find("Amt")
    if amount is None:
        amount = details.find("AmtDtls/TxAmt/Amt")
    if amount is None or amount.get("Ccy") != currency:
        return None
    return _minor(amount, currency)


def _minor(amount: Element | None, currency: str) -> int:
    if amount is None:
        raise StatementUnreadable
    if amount.get("Ccy", currency) != currency:
        raise StatementCurrencyMixed(currency=currency, line_currency=amount.get("Ccy"))
    found = money.minor(Decimal((amount.text or "").strip()), currency)
    if not 0 <= found <= 10**15:
        raise StatementUnreadable
    return found


def _signed(balance: Element, currency: str) -> int:
    minor = _minor(balance.find("Amt"), currency)
    return -minor if _said(balance, "CdtDbtInd") == "DBIT" else minor


def _day(entry: Element) -> date:
    said = _said(entry, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")
    if said is None:
        raise StatementUnreadable
    return date.fromisoformat(said[:10])


def _said(element: Element, *paths: str) -> str | None:
    """Return the first of these that says something."""
    return next((text for path in paths for text in _all(element, path)), None)


def _all(element: Element, path: str) -> list[str]:
    texts = ((found.text or "").strip() for found in element.findall(path))
    return [text[:500] for text in texts if text]
