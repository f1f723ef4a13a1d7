"""Bring the database to the version this code works with."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

SCRIPTS = Path(__file__).parents[2] / "migrations"


def settings(database_url: str) -> Config:
    """Return Alembic's configuration for a database (SQLAlchemy URL)."""
    made = Config()
    made.set_main_option("script_location", str(SCRIPTS))
    made.attributes["database_url"] = database_url
    return made


def upgrade(database_url: str) -> None:
    """Run every migration the database has not seen, each in its own transaction."""
    command.upgrade(settings(database_url), "head")


@cache
def newest() -> str | None:
    """Return the version this code works with: as it was when first asked, since to look runs every script there is."""
    return ScriptDirectory(str(SCRIPTS)).get_current_head()


def present(session: Session) -> str | None:
    """Return the version the database is at."""
    return MigrationContext.configure(session.connection()).get_current_revision()
