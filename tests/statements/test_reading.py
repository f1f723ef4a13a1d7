"""Reading what banks send: every version, every number format, and nothing that could be read in two ways."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.statements import rules
from server.statements.rules import StatementCurrencyMixed, StatementUnreadable, StatementWrongSum
from tests.statements.files import DAY, camt, entry


@pytest.mark.parametrize("version", ["02", "04", "08"])
def test_every_version_says_the_same(version: str) -> None:
    lines = [
        entry("218.45", reference="RF60F000042", bank_reference="B1", version=version),
        entry("20.00", way="DBIT", text="Loyer", version=version),
        entry("5.00", status="PDNG", version=version),
    ]
    (read,) = rules.read_camt(camt(lines, closing="298.45", version=version))
    assert (read.account, read.currency, read.opening_minor, read.closing_minor) == ("4471290", "CAD", 10000, 29845)
    assert [(line.is_credit, line.amount_minor) for line in read.lines] == [(True, 21845), (False, 2000)]
    first = read.lines[0]
    assert (first.references, first.name, first.bank_reference) == (("RF60F000042",), "Marie Tremblay", "B1")
    assert first.booked_on == DAY
    rules.require_sum(read)


def test_the_file_in_our_own_words_is_understood() -> None:
    (shown,) = re.findall(
        r"```xml\n(.*?)```", (Path(__file__).parents[2] / "docs" / "statements.md").read_text(), re.DOTALL
    )
    (read,) = rules.read_camt(shown)
    assert (read.account, [line.amount_minor for line in read.lines]) == ("4471290", [21845])
    assert (read.lines[0].name, "2026-0042" in read.lines[0].text) == ("Marie Tremblay", True)
    rules.require_sum(read)


def test_a_collected_entry_is_as_many_lines_as_it_says() -> None:
    def one(amount: str, reference: str) -> str:
        return (
            f'<TxDtls><Refs><AcctSvcrRef>{reference}</AcctSvcrRef></Refs><Amt Ccy="CHF">{amount}</Amt>'
            f"<RmtInf><Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"
        )

    def collected(total: str) -> str:
        return (
            f'<Ntry><Amt Ccy="CHF">{total}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-20'
            f"</Dt></BookgDt><AcctSvcrRef>ALL</AcctSvcrRef><NtryDtls>{one('10.00', 'A')}{one('5.50', 'B')}</NtryDtls>"
            "</Ntry>"
        )

    (read,) = rules.read_camt(camt([collected("15.50")], account="CH5800791123000889012", currency="CHF"))
    assert [(line.amount_minor, line.bank_reference) for line in read.lines] == [(1000, "A"), (550, "B")]
    (whole,) = rules.read_camt(camt([collected("16.00")], account="CH5800791123000889012", currency="CHF"))
    assert [(line.amount_minor, line.references) for line in whole.lines] == [(1600, ())], "of whom is what?"


def test_an_overdraft_is_below_nothing() -> None:
    (read,) = rules.read_camt(camt([entry("30.00")], opening="-50.00", closing="-20.00"))
    assert (read.opening_minor, read.closing_minor) == (-5000, -2000)
    rules.require_sum(read)


def test_what_does_not_add_up_is_not_believed() -> None:
    (read,) = rules.read_camt(camt([entry("30.00")], closing="129.99"))
    with pytest.raises(StatementWrongSum):
        rules.require_sum(read)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<",
        "<a/>",
        "<html><body>camt.053</body></html>",
        camt([entry("one")]),
        camt([entry("1.234")]),
        camt([entry("NaN")]),
        camt([entry("Infinity")]),
        camt([entry("-5.00")]),
        camt([entry("5.00").replace("<BookgDt><Dt>2026-11-20</Dt></BookgDt>", "")]),
        '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + camt([entry("5.00")]).partition("?>")[2],
        camt([entry("5.00")]).replace("camt.053", "camt.052"),
    ],
)
def test_what_is_no_statement_is_refused(content: str) -> None:
    with pytest.raises(StatementUnreadable):
        rules.read_camt(content)


def test_another_currency_on_an_account_is_refused() -> None:
    with pytest.raises(StatementCurrencyMixed):
        rules.read_camt(camt([entry("5.00", currency="USD")]))
    with pytest.raises(StatementCurrencyMixed):
        rules.read_csv("date,amount,currency\n2026-11-20,5.00,USD\n", currency="CAD")
    for amount, currency in (("5.00 USD", "CAD"), ("€5.00", "CAD"), ("-£5.00", "EUR"), ("$5.00", "EUR")):
        with pytest.raises(StatementCurrencyMixed):
            rules.read_csv(f"date,amount\n2026-11-20,{amount}\n", currency=currency)


def test_our_own_csv_layout() -> None:
    content = (
        "date,amount,currency,reference,text,name,id,balance\n"
        '2026-11-20,"1,234.50",CAD,RF60F000042,Merci,Marie,T1,1334.50\n'
        "2026-11-21,-34.50,CAD,,Loyer,,T2,1300.00\n"
    )
    read = rules.read_csv(content, currency="CAD")
    assert [(line.is_credit, line.amount_minor, line.bank_reference) for line in read.lines] == [
        (True, 123450, "T1"),
        (False, 3450, "T2"),
    ]
    assert (read.opening_minor, read.closing_minor) == (10000, 130000)
    assert (read.lines[0].references, read.lines[0].text, read.lines[0].name) == (("RF60F000042",), "Merci", "Marie")


@pytest.mark.parametrize(
    ("content", "currency", "amounts", "day"),
    [
        ("Date;Libellé;Débit;Crédit\n31/03/2026;VIR;;1 234,50\n", "EUR", [123450], date(2026, 3, 31)),
        ("Buchungsdatum;Betrag;Verwendungszweck\n31.03.2026;-1'000,00;x\n", "CHF", [-100000], date(2026, 3, 31)),
        ("Transaction Date\tAmount\tDescription\n03/31/2026\t(85.00)\tFee\n", "USD", [-8500], date(2026, 3, 31)),
        ("\ufeffdate,amount\n2026-03-31,1500\n", "JPY", [1500], date(2026, 3, 31)),
        ("date,money out,money in\n2026-03-31,5.00,\n2026-03-31,,7.00\n", "CAD", [-500, 700], date(2026, 3, 31)),
        ("date,amount\n2026-03-31,$7.00\n2026-03-31,-7.00 CAD\n", "CAD", [700, -700], date(2026, 3, 31)),
        (
            "Date;Debit/Credit;Amount\n31.03.2026;Debit;7,00\n31.03.2026;Credit;8,00\n",
            "EUR",
            [-700, 800],
            date(2026, 3, 31),
        ),
        (
            "Buchungsdatum;Betrag;Soll/Haben\n31.03.2026;7,00;S\n31.03.2026;8,00;H\n",
            "EUR",
            [-700, 800],
            date(2026, 3, 31),
        ),
        ("Date;Montant;Sens\n31.03.2026;-7,00;D\n31.03.2026;8,00;C\n", "EUR", [-700, 800], date(2026, 3, 31)),
        ("date,money in\n2026-03-31,7.00\n2026-03-31,-7.00\n", "CAD", [700, -700], date(2026, 3, 31)),
    ],
)
def test_other_banks_columns_and_numbers(content: str, currency: str, amounts: list[int], day: date) -> None:
    lines = rules.read_csv(content, currency=currency).lines
    assert [line.amount_minor if line.is_credit else -line.amount_minor for line in lines] == amounts
    assert lines[0].booked_on == day
    as_sent = rules.read_csv(content.encode("cp1252" if "\ufeff" not in content else "utf-8"), currency=currency)
    assert as_sent.lines == lines


def test_newest_first_adds_up_too() -> None:
    content = "date,amount,balance\n2026-11-21,-10.00,95.00\n2026-11-20,5.00,105.00\n"
    read = rules.read_csv(content, currency="CAD")
    assert (read.opening_minor, read.closing_minor) == (10000, 9500)
    rules.require_sum(read)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "date,amount",
        "when,how much\n2026-11-20,5\n",
        "date,text\n2026-11-20,5\n",
        "date,amount\nsoon,5.00\n",
        "date,amount\n2026-11-20,five\n",
        "date,amount,sens\n2026-11-20,5.00,vers nous\n",
        "date,amount\n03/04/2026,5.00\n",  # the third of April, or the fourth of March?
        "date,amount\n2026-11-20,5.00\x00\n",
        'date,amount\n"2026-11-20,5.00\n',
        "date,amount,text\n2026-11-20,5.00,\ud800\n",
    ],
)
def test_a_csv_that_cannot_be_read_in_one_way_is_refused(content: str) -> None:
    with pytest.raises(StatementUnreadable):
        rules.read_csv(content, currency="CAD")


def test_a_csv_whose_balances_do_not_follow_is_not_believed() -> None:
    content = "date,amount,balance\n2026-11-20,5.00,105.00\n2026-11-21,10.00,116.00\n"
    with pytest.raises(StatementWrongSum):
        rules.require_sum(rules.read_csv(content, currency="CAD"))


@given(st.text(max_size=300))
def test_nothing_a_person_sends_breaks_the_reading(content: str) -> None:
    for attempt in (rules.read_camt, lambda said: rules.read_csv(said, currency="CAD")):
        with suppress(StatementUnreadable, StatementCurrencyMixed):
            attempt(content)


@given(st.lists(st.integers(-(10**9), 10**9).filter(bool), min_size=1, max_size=20), st.integers(-(10**9), 10**9))
def test_whatever_moves_adds_up(moves: list[int], opening_minor: int) -> None:
    rows, balance_minor = ["date,amount,balance"], opening_minor
    for minor in moves:
        balance_minor += minor
        rows.append(f"2026-11-20,{Decimal(minor) / 100:.2f},{Decimal(balance_minor) / 100:.2f}")
    read = rules.read_csv("\n".join(rows), currency="CAD")
    assert sum(line.amount_minor if line.is_credit else -line.amount_minor for line in read.lines) == sum(moves)
    if len(moves) < 2 or read.opening_minor == opening_minor:
        rules.require_sum(read)


def test_like_lines_of_a_day_are_told_apart_and_stay_the_same_lines() -> None:
    twice = rules.read_csv("date,amount,text\n2026-11-20,5.00,x\n2026-11-20,5.00,x\n", currency="CAD").lines
    more = rules.read_csv(
        "date,amount,text\n2026-11-20,5.00,x\n2026-11-20,5.00,x\n2026-11-21,5.00,x\n", currency="CAD"
    ).lines
    first, second = rules.line_keys(twice), rules.line_keys(more)
    assert len(set(second)) == 3
    assert second[:2] == first


def test_a_number_that_is_the_accounts_or_a_rows_names_no_line() -> None:
    """A bank that calls its account, or the place in the file, `Numéro`."""

    def keys(*rows: str) -> list[str]:
        return rules.line_keys(rules.read_csv("\n".join(("date,montant,libellé,numéro", *rows)), currency="CAD").lines)

    (one,) = keys("2026-11-20,5.00,Facture 1,4471290")
    (other,) = keys("2026-11-20,5.00,Facture 2,4471290")
    assert one != other, "two transfers of the account"
    assert keys("2026-11-20,5.00,Facture 2,1", "2026-11-20,5.00,Facture 1,2") == [other, one], "wherever they stand"
