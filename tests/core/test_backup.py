"""The database to one file and back, on both databases; nothing is overwritten unasked, damage is seen."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from flatrender.access import service as access
from flatrender.access.models import User
from flatrender.commands import main
from flatrender.core.backup import backup, read, restore
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.errors import BadFile, Conflict, NotFound
from flatrender.core.migrate import upgrade
from flatrender.tenants import service as tenants


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated database with a user in it."""
    sqlite = request.param == "sqlite"
    found = Database(f"sqlite:///{tmp_path / 'a.db'}" if sqlite else request.getfixturevalue("postgres_url"))
    upgrade(found)
    with found.system_session() as session:
        tenants.ensure_default(session)
    add(found, "alice@example.com")
    yield found
    found.dispose()


def add(database: Database, email: str) -> None:
    with database.system_session() as session:
        session.add(access.User(tenant_id=DEFAULT_TENANT, email=email, name="آن", password_hash="x"))


def emails(database: Database) -> list[str]:
    with database.system_session(read_only=True) as session:
        return sorted(session.exec(select(User.email)).all())


def test_back_to_where_it_was(database: Database, tmp_path: Path) -> None:
    out = tmp_path / "copy.backup"
    made = backup(database.url, out)
    assert (made.counts["user_account"], made.counts["tenant"], bool(made.revision)) == (1, 1, True)
    assert read(out) == made
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with pytest.raises(Conflict, match="there already"):
        backup(database.url, out)
    add(database, "bob@example.com")
    with pytest.raises(Conflict, match="--force"):
        restore(database.url, out)
    assert emails(database) == ["alice@example.com", "bob@example.com"]
    with database.system_session() as session:  # of a newer version: the backup does not know it
        session.connection().exec_driver_sql("CREATE TABLE newer (id INTEGER PRIMARY KEY)")
    database.dispose()
    assert restore(database.url, out, force=True) == made
    assert emails(database) == ["alice@example.com"]
    upgrade(database)
    if database.is_sqlite:
        with sqlite3.connect(tmp_path / "a.db.before-restore") as kept:
            assert kept.execute("SELECT count(*) FROM user_account").fetchone() == (2,)


def test_into_an_empty_database(database: Database, tmp_path: Path) -> None:
    out = tmp_path / "copy.backup"
    backup(database.url, out)
    if database.is_sqlite:
        other = f"sqlite:///{tmp_path / 'new' / 'b.db'}"
        restore(other, out)
        assert emails(Database(other)) == ["alice@example.com"]
    with pytest.raises(Conflict, match="backup of"):
        restore("postgresql://127.0.0.1:1/x" if database.is_sqlite else f"sqlite:///{tmp_path / 'c.db'}", out)


def test_what_is_written_meanwhile_does_not_hurt(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    upgrade(database)
    with database.system_session() as session:
        tenants.ensure_default(session)
        session.add(access.User(tenant_id=DEFAULT_TENANT, email="a@example.com", name="A", password_hash="x"))
        session.flush()  # not committed: it is in nobody's backup
        made = backup(database.url, tmp_path / "copy.backup")
    assert made.counts["user_account"] == 0
    database.dispose()


def test_damage_is_seen(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    upgrade(database)
    database.dispose()
    out = tmp_path / "copy.backup"
    backup(database.url, out)
    content = bytearray(out.read_bytes())
    content[len(content) // 2] ^= 0xFF
    (tmp_path / "flipped").write_bytes(content)
    (tmp_path / "cut").write_bytes(content[: len(content) // 2])
    (tmp_path / "text").write_text("no backup")
    for name in ("flipped", "cut", "text"):
        with pytest.raises(BadFile):
            restore(f"sqlite:///{tmp_path / 'b.db'}", tmp_path / name)
        assert not (tmp_path / "b.db").exists()
    with pytest.raises(NotFound):
        restore(database.url, tmp_path / "gone")
    with pytest.raises(NotFound):
        backup(f"sqlite:///{tmp_path / 'nothing.db'}", tmp_path / "x")
    assert sorted(path.name for path in tmp_path.iterdir() if "flatrender-backup" in path.name) == []


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from flatrender.settings import get_settings

    data = tmp_path / "data"
    monkeypatch.setenv("FLATRENDER_DATA", str(data))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    get_settings.cache_clear()
    database = Database(f"sqlite:///{data / 'flatrender.db'}")
    upgrade(database)
    database.dispose()
    out = str(tmp_path / "x.backup")
    assert main(["backup", out]) == 0
    assert "read again" in capsys.readouterr().out
    assert main(["backup", out]) == 2
    assert "--force" in capsys.readouterr().err
    assert main(["restore", out]) == 1
    assert main(["restore", out, "--force"]) == 0
    (data / "run").mkdir()
    with (data / "run" / "up.lock").open("w") as lock:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX)
        assert main(["restore", out, "--force"]) == 1
    assert "stop it first" in capsys.readouterr().err
    get_settings.cache_clear()
    assert os.path.exists(out)
