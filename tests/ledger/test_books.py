"""The books: balanced by construction, append-only, told twice and written once, true at any past moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from server.ledger import operations as ledger
from server.ledger import queries
from server.ledger.operations import AlreadyPosted, Move
from server.ledger.rules import GROWS_ON, Kind, Side, balance

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
OWED = (Kind.RECEIVABLE, "inv_1")
SALES = (Kind.SALES, "")
CASH = (Kind.CASH, "")


def post(session: Session, entry_id: str, *moves: Move, currency: str = "CAD", at: datetime = NOW) -> None:
    ledger.post(
        session,
        entry_id=entry_id,
        reason="test",
        about="inv_1",
        currency=currency,
        moves=moves,
        happened_at=at,
        now=at,
    )


def test_what_is_owed_is_what_was_invoiced_less_what_came(session: Session) -> None:
    post(session, "ent_1", Move(10000, debit=OWED, credit=SALES))
    post(session, "ent_2", Move(4000, debit=CASH, credit=OWED))
    assert queries.balance_of(session, Kind.RECEIVABLE, "inv_1", "CAD") == 6000


def test_telling_the_books_twice_is_refused(session: Session) -> None:
    post(session, "ent_1", Move(10000, debit=OWED, credit=SALES))
    with pytest.raises(AlreadyPosted):
        post(session, "ent_1", Move(10000, debit=OWED, credit=SALES))


def test_the_balance_of_a_past_moment_knows_nothing_of_what_came_later(session: Session) -> None:
    post(session, "ent_1", Move(10000, debit=OWED, credit=SALES), at=NOW)
    post(session, "ent_2", Move(4000, debit=CASH, credit=OWED), at=NOW + timedelta(days=3))
    at = [queries.balance_of(session, Kind.RECEIVABLE, "inv_1", "CAD", at=NOW + timedelta(days=d)) for d in (-1, 2, 3)]
    assert at == [0, 10000, 6000]


def test_currencies_do_not_mix(session: Session) -> None:
    post(session, "ent_1", Move(10000, debit=OWED, credit=SALES), currency="CAD")
    post(session, "ent_2", Move(500, debit=OWED, credit=SALES), currency="JPY")
    assert queries.balances(session, Kind.RECEIVABLE, ["inv_1"]) == {"inv_1": {"CAD": 10000, "JPY": 500}}


def test_a_move_of_nothing_is_left_out(session: Session) -> None:
    post(session, "ent_1", Move(0, debit=OWED, credit=SALES))
    assert queries.balances(session, Kind.RECEIVABLE, ["inv_1"]) == {}


@pytest.mark.parametrize("table", ["ledger_accounts", "ledger_entries", "ledger_transfers"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_database_refuses_to_change_the_books(session: Session, table: str, change: str) -> None:
    post(session, "ent_1", Move(10000, debit=OWED, credit=SALES))
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(change.format(table)))


def test_the_database_refuses_a_transfer_between_currencies(session: Session) -> None:
    post(session, "ent_1", Move(100, debit=OWED, credit=SALES), currency="CAD")
    post(session, "ent_2", Move(100, debit=OWED, credit=SALES), currency="JPY")
    with pytest.raises(DBAPIError, match="fk_ledger_transfers"):
        session.execute(
            text(
                "INSERT INTO ledger_transfers (entry_id, debit_account_id, credit_account_id, amount_minor, currency)"
                " SELECT 'ent_1', min(id), max(id), 1, 'CAD' FROM ledger_accounts"
            )
        )


def test_every_account_says_on_which_side_it_grows() -> None:
    assert set(GROWS_ON) == set(Kind)


moves = st.builds(
    Move,
    st.integers(min_value=0, max_value=10**9),
    debit=st.tuples(st.sampled_from(Kind), st.just("x")),
    credit=st.tuples(st.sampled_from(Kind), st.just("y")),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries=st.lists(st.lists(moves, max_size=5), max_size=8))
def test_debits_equal_credits_whatever_is_posted(session: Session, entries: list[list[Move]]) -> None:
    with session.begin_nested() as history:
        for number, posted in enumerate(entries):
            post(session, f"ent_{number}", *posted)
        total = 0
        for kind in Kind:
            held = queries.totals(session, kind).get("CAD", 0)
            total += held if GROWS_ON[kind] is Side.DEBIT else -held
        assert total == 0
        history.rollback()


@given(debits=st.integers(0, 10**12), credits=st.integers(0, 10**12), kind=st.sampled_from(Kind))
def test_a_balance_is_positive_on_the_side_where_the_account_grows(debits: int, credits: int, kind: Kind) -> None:
    held = balance(kind, debits_minor=debits, credits_minor=credits)
    assert held == (debits - credits if GROWS_ON[kind] is Side.DEBIT else credits - debits)
