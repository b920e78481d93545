"""A whole installation on a temporary folder: settings, database with its schema, storage, the default tenant."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
from sqlalchemy import inspect, update
from sqlmodel import select

from flatrender.access import requests
from flatrender.access.models import User
from flatrender.core import bus, db, storage, wake
from flatrender.core.db import Database, get_database
from flatrender.schema import metadata
from flatrender.settings import get_settings
from flatrender.templates.models import Template
from flatrender.tenants import service as tenants
from flatrender.tenants.models import Tenant

T = TypeVar("T")
FOREIGN = (
    "DATABASE_URL",
    "REDIS_URL",
    "FLATRENDER_PAGES_REDIS_URL",
    "FLATRENDER_WEB_PROCESSES",
    "FLATRENDER_STORAGE",
    "FLATRENDER_NODE_TOKEN",
    "FLATRENDER_HOUSE_SERVICES",
    "FLATRENDER_MODE",
    "FLATRENDER_PUBLIC_URL",
    "FLATRENDER_ADMIN_EMAIL",
    "FLATRENDER_ADMIN_PASSWORD",
)
OTHER_TENANT = "0000000000000000000000000000000b"
CACHES = (get_settings, db.get_database, storage.get_storage, bus.get_bus, wake.get_wake)


@contextmanager
def installed(folder: Path, monkeypatch: pytest.MonkeyPatch, **environment: str) -> Iterator[Database]:
    """Makes `folder` the data folder of this process; yields the database, its tables made and the tenant there."""
    for name in FOREIGN:
        monkeypatch.delenv(name, raising=False)
    folder.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("FLATRENDER_DATA", str(folder))
    monkeypatch.setenv("FLATRENDER_HOSTS", "testserver")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    forget()
    database = get_database()
    file = Path(str(database.engine.url.database))
    if database.is_sqlite and not file.exists():
        file.write_bytes(_new_file())
    elif not inspect(database.engine).has_table(str(Tenant.__tablename__)):
        fill(database)
    # Its entries are written where a test says so: a thread of its own would write them into the next installation.
    waiting = requests.Waiting()
    waiting.end(database)
    monkeypatch.setattr(requests, "waiting", waiting)
    try:
        yield database
    finally:
        bus.get_bus().close()
        database.dispose()
        forget()


def prepared(name: str, database: Database, make: Callable[[], T]) -> T:
    """What `make` answers, which fills a fresh installation on SQLite: done once in a process, later ones get a copy.
    An installation that has people already is no fresh one: there it is done again."""
    folder = get_settings().data_dir
    with database.system_session(read_only=True) as session:
        if session.exec(select(User.id)).first() is not None:
            return make()
    if name not in _prepared:
        made = make()
        database.dispose()  # its last connection writes what is beside the file into it
        kept = TemporaryDirectory(prefix="flatrender-prepared-")
        shutil.copytree(folder, kept.name, dirs_exist_ok=True)
        _prepared[name] = kept, made
    else:
        kept, made = _prepared[name]
        database.dispose()
        shutil.copytree(kept.name, folder, dirs_exist_ok=True)
        with database.system_session() as session:
            # What this process remembers of a template it knows by id and revision: each copy has revisions of its own.
            session.connection().execute(update(Template).values(revision=Template.revision + next(_LIVES)))
    return made


_LIVES = count(1000, 1000)
_prepared: dict[str, tuple[TemporaryDirectory[str], Any]] = {}


def fill(database: Database) -> None:
    """Makes the tables and the default tenant."""
    tables = [table for table in metadata.sorted_tables if not table.info.get("test_only")]
    metadata.create_all(database.engine, tables=tables)
    with database.system_session() as session:
        tenants.ensure_default(session)


@cache
def _new_file() -> bytes:
    """The file of a new database: made once in a process, for a schema takes four times as long as a copy."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "new.db"
        database = Database(f"sqlite:///{file}")
        fill(database)
        database.dispose()
        return file.read_bytes()


def forget() -> None:
    """What this process has read of its environment."""
    for cached in CACHES:
        cached.cache_clear()
