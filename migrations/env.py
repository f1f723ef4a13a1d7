"""Alembic's environment: every model is known, every migration runs in its own transaction."""

from alembic import context
from sqlalchemy import create_engine, pool

from server import worker  # noqa: F401  (imports every model)
from server.core.database import Base


def run() -> None:
    """Migrate the database that the configuration names."""
    engine = create_engine(context.config.attributes["database_url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            transaction_per_migration=True,
            include_name=lambda name, kind, _parents: not (kind == "table" and str(name).startswith("procrastinate_")),
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
