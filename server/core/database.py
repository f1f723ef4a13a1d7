"""The database: one engine a process, one transaction a piece of work.

A transaction is opened by a route, a task or a flow; it holds everything that must be true together; it never spans
the network and never nests (law 3). `outside_transaction` is what callers of other services assert.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, ClassVar

from psycopg.errors import LockNotAvailable
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    MetaData,
    String,
    any_,
    create_engine,
    func,
    literal,
    text,
)
from sqlalchemy import Enum as EnumColumn
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session

from server.core import config
from server.core.errors import Conflict

LOCK_TIMEOUT_MS = 10_000
# `alone` holds a connection that says nothing while Stripe is called: no firewall may think it dead, and a server that
# is gone is noticed within a minute. Seconds, seconds, times.
_KEEPALIVE = {"keepalives_idle": 20, "keepalives_interval": 10, "keepalives_count": 3}
_TAKE = "SELECT pg_advisory_lock(hashtextextended(:name, 0))"
_TRY = "SELECT pg_try_advisory_lock(hashtextextended(:name, 0))"
_PLAN_AFRESH = text(
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('random_page_cost', '1.1', true)"
)
_LET_GO = "SELECT pg_advisory_unlock(hashtextextended(:name, 0))"
_open: ContextVar[bool] = ContextVar("transaction_open", default=False)


def _values(names: type[Enum]) -> list[str]:
    return [member.value for member in names]


class Base(DeclarativeBase):
    """Every table. Constraint names follow from their columns, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(none_as_null=True),
        list[Any]: JSONB(none_as_null=True),
        Enum: EnumColumn(Enum, native_enum=False, create_constraint=True, length=40, values_callable=_values),
    }


@cache
def engine() -> Engine:
    """Return this process's engine, made on first use (so after a fork)."""
    threads = config.current().web_threads
    return create_engine(
        config.current().database_url,
        pool_size=threads,
        max_overflow=threads + 4,  # who is alone with something has one connection for that, and one for their work
        pool_pre_ping=False,
        pool_use_lifo=True,  # the last one used knows the statements already, and has them planned
        pool_recycle=1800,
        connect_args={
            "options": f"-c timezone=UTC -c statement_timeout=30000 -c lock_timeout={LOCK_TIMEOUT_MS}",
            **_KEEPALIVE,
        },
    )


@contextmanager
def transaction() -> Iterator[Session]:
    """Open a transaction; commit at the end, roll back on any error."""
    outside_transaction()
    token = _open.set(True)
    try:
        with Session(engine(), expire_on_commit=False) as session, session.begin():
            yield session
            session.flush()
            while acts := session.info.pop("last", None):
                for act in acts:
                    act()
    finally:
        _open.reset(token)


def last(session: Session, act: Callable[[], object]) -> None:
    """Do this when all else in the transaction is done: who locks a row that everybody needs waits for nothing more."""
    session.info.setdefault("last", []).append(act)


class InUse(Conflict):
    """This is being used this very moment. Try again in a few seconds."""

    code = "in_use"


@contextmanager
def alone(name: str, *, wait: bool = True) -> Iterator[bool]:
    """Be the only one, in any process, who does what has this name: for what a transaction may not span.

    Yields whether one is alone; without `wait` that is False while another is at it. Raises InUse after waiting in
    vain. The lock is a connection's own, which ends with it: who dies holding it lets go of it.
    """
    outside_transaction()
    take = _TAKE if wait else _TRY
    with engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        try:
            held = connection.scalar(text(take), {"name": name})
        except OperationalError as error:
            if isinstance(error.orig, LockNotAvailable):
                raise InUse from error
            raise
        try:
            yield held is not False
        finally:
            if held is not False:
                _let_go(connection, name)


def _let_go(connection: Connection, name: str) -> None:
    try:
        connection.execute(text(_LET_GO), {"name": name})
    except DBAPIError:
        connection.invalidate()  # and with it the lock


def outside_transaction() -> None:
    """Assert that no transaction is open here: a call to another service, or another transaction, may begin."""
    if _open.get():
        raise AssertionError("A transaction is open: it may neither nest nor span the network.")


def plan_afresh(session: Session) -> None:
    """Let the database plan every statement of this transaction for what it asks: a plan kept from when a table was
    small reads all of it, for each of many batches, once it is not. And let it believe that any row is near: otherwise
    it reads a million in a row rather than ten thousand here and there, which takes longer where they are in memory."""
    session.execute(_PLAN_AFRESH)


def _iso(value: date) -> str:
    return value.isoformat()


def among(column: InstrumentedAttribute[str], ids: Iterable[str]) -> ColumnElement[bool]:
    """Compare with an array: one parameter, however many there are. It goes as one text, which costs a tenth of what
    an array does of our side."""
    joined = literal("\x1f".join(ids), String)
    return column == any_(func.string_to_array(joined, "\x1f", type_=ARRAY(String)))


def insert_rows(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Write rows of plain values, all with the same columns, but for those that are there already; return the first
    column of what was written. However many there are, they are one parameter of one statement."""
    if not rows:
        return []
    columns = ", ".join(f'"{name}"' for name in rows[0])
    name = table.__tablename__
    statement = (
        f"INSERT INTO {name} ({columns}) SELECT {columns}"  # noqa: S608 -- names of our own tables and columns
        f" FROM jsonb_populate_recordset(CAST(NULL AS {name}), CAST(:rows AS jsonb))"
        f" ON CONFLICT DO NOTHING RETURNING {columns.split(', ')[0]}"
    )
    return list(session.scalars(text(statement), {"rows": json.dumps(rows, default=_iso)}))
