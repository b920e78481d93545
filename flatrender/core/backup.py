"""The database in one file and back again, checked both ways. Files of the storage are not in it.

A backup is a tar with `manifest.json` (what it is, its checksum, how many rows each table has) and the database: a copy
made with SQLite's online backup, or PostgreSQL's own dump of the very snapshot that was counted. Nobody has to stop.
"""

import contextlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from flatrender.core import clock, process
from flatrender.core.digest import file_sha256
from flatrender.core.errors import BadFile, Conflict, NoSpace, NotFound, ProcessFailed, Unavailable

FORMAT = 1
_MANIFEST, _DATA = "manifest.json", "database"
_LONG = process.Limits(wall_seconds=6 * 3600)
_FULL = {28, 122}  # ENOSPC, EDQUOT
Counts = dict[str, int]


@dataclass(frozen=True)
class Backup:
    """What a backup holds. `kind`: sqlite or postgresql; `revision`: of the schema."""

    kind: str
    revision: str
    created_at: str
    counts: Counts
    sha256: str

    @property
    def rows(self) -> int:
        return sum(self.counts.values())


def backup(url: str, out: Path, *, force: bool = False) -> Backup:
    """Writes the database at `url` to `out` and reads it again. Raises Conflict where `out` is there already."""
    if out.exists() and not force:
        raise Conflict(f"{out} is there already; choose another name, or --force to overwrite it.")
    if not out.parent.is_dir():
        raise NotFound(f"The folder {out.parent} is not there.")
    half = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        with _scratch(out.parent) as folder:
            data = folder / _DATA
            store = _store(url)
            counts, revision = store.dump(data)
            made = Backup(store.kind, revision, clock.now().isoformat(timespec="seconds"), counts, file_sha256(data))
            _pack(half, made, data)
        read(half)
        os.replace(half, out)
    except OSError as error:
        raise _explained(error, out) from error
    finally:
        half.unlink(missing_ok=True)
    return made


def read(path: Path) -> Backup:
    """What a backup says it holds, its data checked against the checksum. Raises NotFound, BadFile."""
    with _scratch(None) as folder:
        return _unpack(path, folder)


def restore(url: str, source: Path, *, force: bool = False) -> Backup:
    """Puts a backup into the database at `url`, then counts the rows. Raises Conflict where it holds something."""
    store = _store(url)
    with _scratch(None) as folder:
        found = _unpack(source, folder)
        if found.kind != store.kind:
            raise Conflict(f"This is a backup of {found.kind}; the database is {store.kind}.")
        if store.counts() and not force:
            raise Conflict("The database holds something already; --force replaces it all.")
        store.load(folder / _DATA, found)
    if (now := store.counts()) != found.counts:
        wrong = sorted(name for name in {*now, *found.counts} if now.get(name) != found.counts.get(name))
        raise ProcessFailed(f"The restored database differs from the backup in {', '.join(wrong[:5])}.")
    return found


class _Sqlite:
    kind = "sqlite"

    def __init__(self, url: str) -> None:
        self.path = Path(url.removeprefix("sqlite:///"))

    def counts(self) -> Counts:
        if not self.path.exists():
            return {}
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            return _counted_sqlite(connection)

    def dump(self, data: Path) -> tuple[Counts, str]:
        if not self.path.exists():
            raise NotFound(f"There is no database at {self.path}.")
        with (
            contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as source,
            contextlib.closing(sqlite3.connect(data)) as copy,
        ):
            source.backup(copy)
        with contextlib.closing(sqlite3.connect(data)) as copy:
            _sound(copy)
            return _counted_sqlite(copy), _revision_sqlite(copy)

    def load(self, data: Path, found: Backup) -> None:
        with contextlib.closing(sqlite3.connect(data)) as copy:
            _sound(copy)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(f".{self.path.name}.restored")
        shutil.copyfile(data, fresh)
        if self.path.exists():  # what was there stays beside it, whole: its log is written into it first
            with contextlib.closing(sqlite3.connect(self.path)) as old:
                old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            os.replace(self.path, self.path.with_name(f"{self.path.name}.before-restore"))
        for ending in ("-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        os.replace(fresh, self.path)


class _Postgres:
    kind = "postgresql"

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+psycopg://", "postgresql://")
        parts = make_url(self._url)
        names = {
            "PGHOST": parts.host,
            "PGPORT": parts.port,
            "PGUSER": parts.username,
            "PGPASSWORD": parts.password,
            "PGDATABASE": parts.database,
            "PGSSLMODE": parts.query.get("sslmode"),
        }
        # In the environment and not on the command line, where everybody could read the password.
        self._env = {**os.environ, **{name: str(value) for name, value in names.items() if value is not None}}

    def counts(self) -> Counts:
        with self._connect() as connection:
            return _counted_postgres(connection)

    def dump(self, data: Path) -> tuple[Counts, str]:
        with self._connect() as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            row = connection.execute("SELECT pg_export_snapshot()").fetchone()
            counts = _counted_postgres(connection)
            revision = _revision_postgres(connection, counts)
            words = ["--format=custom", "--no-owner", "--no-privileges", "--enable-row-security"]
            words.append(f"--snapshot={row[0] if row else ''}")
            self._run("pg_dump", *words, f"--file={data}")
        self._run("pg_restore", "--list", str(data))
        return counts, revision

    def load(self, data: Path, found: Backup) -> None:
        # Partitions cannot be cleaned one constraint at a time, as `pg_restore --clean` would: everything goes first,
        # in the transaction that brings the backup in.
        with self._connect() as connection:
            names = [sql.Identifier(name) for name in sorted(_tables_postgres(connection))]
            gone = sql.SQL("DROP TABLE {} CASCADE").format(sql.SQL(", ").join(names)).as_string(connection)
        script = data.with_name("restore.sql")
        self._run("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", f"--file={script}", str(data))
        words = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        self._run("psql", *words, *([f"--command={gone}"] if names else []), f"--file={script}")

    def _connect(self) -> psycopg.Connection[Any]:
        try:
            return psycopg.connect(self._url, connect_timeout=5)
        except psycopg.OperationalError as error:
            raise Unavailable("The database does not answer.") from error

    def _run(self, program: str, *words: str) -> None:
        done = process.run([_program(program), *words], limits=_LONG, env=self._env, max_output=1 << 20)
        if done.returncode != 0:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise ProcessFailed(f"{program} failed: {(lines or ['no word why'])[-1][:300]}.")


def _store(url: str) -> _Sqlite | _Postgres:
    return _Sqlite(url) if url.startswith("sqlite") else _Postgres(url)


def _program(name: str) -> str:
    """On the PATH, else the newest of Debian's. Raises Unavailable."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    where = shutil.which(name) or (str(found[-1]) if found else None)
    if where is None:
        raise Unavailable(f"{name} is not installed; it comes with PostgreSQL's client (postgresql-client).")
    return where


def _sound(connection: sqlite3.Connection) -> None:
    try:
        said = connection.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        said = str(error)
    if said != "ok":
        raise BadFile(f"The database is damaged: {said[:200]}.")


def _counted_sqlite(connection: sqlite3.Connection) -> Counts:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    names = [name for (name,) in connection.execute(query)]
    quoted = {name: name.replace('"', '""') for name in names}
    # S608: the names come from the database itself, and are quoted.
    return {name: connection.execute(f'SELECT count(*) FROM "{quoted[name]}"').fetchone()[0] for name in names}  # noqa: S608


def _revision_sqlite(connection: sqlite3.Connection) -> str:
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        return ""
    return row[0] if row else ""


def _counted_postgres(connection: psycopg.Connection[Any]) -> Counts:
    counts: Counts = {}
    for name in _tables_postgres(connection):
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
        counts[name] = int(row[0]) if row else 0
    return counts


def _tables_postgres(connection: psycopg.Connection[Any]) -> list[str]:
    query = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
    return [name for (name,) in connection.execute(query).fetchall()]


def _revision_postgres(connection: psycopg.Connection[Any], counts: Mapping[str, int]) -> str:
    if "alembic_version" not in counts:
        return ""
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else ""


def _pack(out: Path, made: Backup, data: Path) -> None:
    document = {"format": FORMAT, **made.__dict__}
    content = json.dumps(document, indent=1).encode()
    # Its owner's alone from the first byte on: it holds addresses and password hashes.
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
        entry = tarfile.TarInfo(_MANIFEST)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
        archive.add(data, _DATA)


def _unpack(path: Path, folder: Path) -> Backup:
    if not path.is_file():
        raise NotFound(f"There is no file {path}.")
    try:
        with tarfile.open(path, "r:") as archive:
            manifest = archive.extractfile(_MANIFEST)
            data = archive.extractfile(_DATA)
            if manifest is None or data is None:
                raise KeyError
            told = json.loads(manifest.read(1 << 20))
            if told.pop("format") != FORMAT:
                raise BadFile(f"{path.name} was made by another version; restore it with that one.")
            found = Backup(**told)
            with (folder / _DATA).open("wb") as file:
                shutil.copyfileobj(data, file, 1 << 20)
    except (tarfile.TarError, KeyError, ValueError, TypeError) as error:
        raise BadFile(f"{path.name} is no backup of FlatRender, or it is damaged.") from error
    except OSError as error:
        raise _explained(error, path) from error
    if file_sha256(folder / _DATA) != found.sha256:
        raise BadFile(f"{path.name} is damaged: its checksum does not fit.")
    return found


@contextmanager
def _scratch(beside: Path | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=".flatrender-backup-", dir=beside) as folder:
        yield Path(folder)


def _explained(error: OSError, path: Path) -> Exception:
    if error.errno in _FULL:
        return NoSpace("There is no space left for the backup; free some or choose another disk.")
    return NotFound(f"{error.filename or path} cannot be written or read ({error.strerror}).")
