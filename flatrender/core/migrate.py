"""Brings the database to the newest schema with Alembic, in this process."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from flatrender.core.db import Database

FOLDER = Path(__file__).resolve().parents[2] / "alembic"


def upgrade(database: Database, revision: str = "head") -> None:
    """Runs the migrations up to `revision`; a database that is there already is left as it is."""
    config = Config(str(FOLDER / "alembic.ini"))
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")  # a migration takes as long as it takes
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
