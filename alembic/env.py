"""Runs migrations on the database of the settings, or on a connection handed in by `flatrender.core.migrate`."""

from alembic import context

from flatrender.core.db import Database
from flatrender.schema import metadata
from flatrender.settings import get_settings


def _include(thing: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    if reflected and kind == "table" and str(name).startswith(("farm_node_health_", "request_log_")):
        return False  # a partition: housekeeping's
    return not (kind == "table" and getattr(thing, "info", {}).get("test_only"))


def _run(connection: object) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        include_object=_include,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    database = Database(get_settings().database_url)
    with database.engine.connect() as connection:
        _run(connection)
        connection.commit()
    database.dispose()
