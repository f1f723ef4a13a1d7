"""Migrations build exactly what the models describe, and run up, down and up again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, create_engine, inspect, make_url, text
from sqlalchemy import Enum as EnumColumn

from server import worker  # noqa: F401  (imports every model)
from server.core import migrations
from server.core.database import Base


@pytest.fixture
def empty_database_url(server_url: str) -> Iterator[str]:
    plain = server_url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute('CREATE DATABASE "up_and_down" TEMPLATE template0')
    yield make_url(server_url).set(database="up_and_down").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute('DROP DATABASE "up_and_down" WITH (FORCE)')


def test_migrations_build_exactly_what_the_models_describe(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": _is_ours, "compare_server_default": False}
        )
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert not differences, "Write the migration that is missing, or correct the model."


def test_migrations_build_every_check_the_models_describe(database_url: str) -> None:
    engine = create_engine(database_url)
    built = {
        (table, str(check["name"]))
        for table in Base.metadata.tables
        for check in inspect(engine).get_check_constraints(table)
    }
    engine.dispose()
    described = {
        (table.name, str(check.name))
        for table in Base.metadata.tables.values()
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }
    assert built == described


def test_migrations_allow_every_value_the_models_know(database_url: str) -> None:
    engine = create_engine(database_url)
    found = inspect(engine)
    missing = [
        f"{table.name}.{column.name}: {value}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, EnumColumn)
        for value in column.type.enums
        if f"'{value}'" not in " ".join(check["sqltext"] for check in found.get_check_constraints(table.name))
    ]
    engine.dispose()
    assert not missing, "The last migration that changes a check says every value."


@pytest.mark.parametrize(
    "table", ["contracts", "invoices", "ledger_entries", "ledger_transfers", "receipts", "signatures"]
)
def test_what_must_not_change_is_guarded_by_a_trigger(database_url: str, table: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        guarded = connection.execute(
            text("SELECT count(*) FROM pg_trigger WHERE tgrelid = to_regclass(:table) AND NOT tgisinternal"),
            {"table": table},
        ).scalar_one()
    engine.dispose()
    assert guarded, f"{table} has no trigger that refuses UPDATE and DELETE"


def test_migrations_run_up_and_down_and_up(empty_database_url: str) -> None:
    settings = migrations.settings(empty_database_url)
    command.upgrade(settings, "head")
    first = _tables(empty_database_url)
    command.downgrade(settings, "base")
    assert _tables(empty_database_url) == {"alembic_version"}, "A downgrade left something behind."
    command.upgrade(settings, "head")
    assert _tables(empty_database_url) == first


def test_migrations_are_one_line_of_numbered_files() -> None:
    scripts = ScriptDirectory(str(migrations.SCRIPTS))
    assert len(scripts.get_heads()) == 1, "Two migrations follow the same one: give the later the other as its parent."
    names = sorted(path.name for path in (migrations.SCRIPTS / "versions").glob("*.py"))
    numbers = [int(re.match(r"\d{4}(?=_)", name).group()) for name in names]  # type: ignore[union-attr]
    assert numbers == list(range(1, len(names) + 1)), "Number the files 0001, 0002, ... without gaps."


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and str(name).startswith("procrastinate_"))


def _tables(url: str) -> set[str]:
    engine = create_engine(url)
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names
