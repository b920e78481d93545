"""The migrations make exactly the tables that the models describe, on SQLite and on PostgreSQL."""

import json
import os
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, MetaData, inspect
from sqlmodel import select

from flatrender.access.models import ApiKey, AuditEntry, ReplacedSecret, User
from flatrender.core import process
from flatrender.core.db import Database
from flatrender.core.migrate import FOLDER, upgrade
from flatrender.media.models import Media
from flatrender.schema import metadata

ROOT = FOLDER.parent
# Said for indexes on expressions; a test below compares them another way.
pytestmark = pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return str(request.getfixturevalue("postgres_url"))


def _ours(thing: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    if reflected and kind == "table" and str(name).startswith(("farm_node_health_", "request_log_")):
        return False  # a partition: housekeeping's
    return not (kind == "table" and getattr(thing, "info", {}).get("test_only"))


def _ours_on_sqlite(thing: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    # SQLite reflects `id DESC` as a plain column: such an index would look like a superfluous one.
    return _ours(thing, name, kind, reflected, compare_to) and not (kind == "index" and name in _ON_EXPRESSIONS)


_ON_EXPRESSIONS = {
    index.name
    for table in metadata.tables.values()
    for index in table.indexes
    if any(not isinstance(part, Column) for part in index.expressions)
}


def _difference(database: Database, described: MetaData) -> list[object]:
    with database.engine.connect() as connection:
        options = {"compare_type": True, "include_object": _ours_on_sqlite if database.is_sqlite else _ours}
        return compare_metadata(MigrationContext.configure(connection, opts=options), described)


def test_migrated_from_empty_equals_the_models(url: str) -> None:
    database = Database(url)
    try:
        upgrade(database)
        assert _difference(database, metadata) == []
        not_described = {"alembic_version", "farm_node_health_rest", "request_log_rest"}
        tables = set(inspect(database.engine).get_table_names()) - not_described
        assert tables == {table.name for table in metadata.tables.values() if not table.info.get("test_only")}
        upgrade(database)  # at every start: nothing to do
        assert _difference(database, metadata) == []
    finally:
        database.dispose()


def test_indexes_on_expressions_are_there_too(tmp_path: Path) -> None:
    """Alembic cannot compare these on SQLite: their statements are."""
    indexes = []
    for name in ("migrated", "described"):
        database = Database(f"sqlite:///{tmp_path / name}.db")
        if name == "migrated":
            upgrade(database)
        else:
            described = [table for table in metadata.sorted_tables if not table.info.get("test_only")]
            metadata.create_all(database.engine, tables=described)
        with database.engine.connect() as connection:
            found = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
            indexes.append({" ".join(sql.split()) for (sql,) in found})
        database.dispose()
    migrated, described_ones = indexes
    assert migrated == described_ones


def test_the_command_line_does_the_same(url: str, tmp_path: Path) -> None:
    env = {**os.environ, "DATABASE_URL": url, "FLATRENDER_DATA": str(tmp_path / "data")}
    words = [str(Path(sys.executable).with_name("alembic")), "-c", "alembic/alembic.ini", "upgrade", "head"]
    done = process.run(words, limits=process.Limits(wall_seconds=120), env=env, cwd=ROOT)
    assert done.returncode == 0, done.stderr.decode()
    database = Database(url)
    try:
        assert _difference(database, metadata) == []
    finally:
        database.dispose()


def test_there_is_one_line_of_migrations() -> None:
    scripts = ScriptDirectory(str(FOLDER))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


def test_music_of_before_becomes_a_sound_for_music(url: str) -> None:
    database = Database(url)
    try:
        upgrade(database, "0002")
        columns = "tenant_id, id, user_id, kind, name, sha256, size, key, content_type, created_at"
        with database.engine.begin() as connection:
            for number, kind in enumerate(("music", "image")):
                connection.exec_driver_sql(
                    f"INSERT INTO media ({columns}) VALUES ('t', '{number}', 'u', '{kind}', 'a', '{number}', 5, 'k', "
                    "'x/y', '2026-11-01 00:00:00')"
                )
        upgrade(database)
        with database.system_session(read_only=True) as session:
            music, picture = session.get(Media, "0"), session.get(Media, "1")
        assert (music.kind, music.use, music.state, music.ingest) == ("audio", "music", "ready", 0)
        assert (picture.kind, picture.use, picture.ingest, picture.notes) == ("image", "", 1, [])
    finally:
        database.dispose()


def test_the_audit_log_of_before_tells_names_and_addresses_apart(url: str) -> None:
    database = Database(url)
    actors = {"1": "Sara <sara@a.example>", "2": "Boss <boss@a.example> <reza@a.example>", "3": "FlatRender <>"}
    columns = "tenant_id, id, at, act, actor_id, actor, key_id, address, target, label, details"
    try:
        upgrade(database, "0015")
        with database.engine.begin() as connection:
            for number, actor in actors.items():
                connection.exec_driver_sql(
                    f"INSERT INTO audit_entry ({columns}) VALUES ('t', '{number}', '2026-11-01 00:00:00', 'key.made', "
                    f"'u', '{actor}', '', '', '', '', '{{}}')"
                )
        upgrade(database)
        with database.system_session(read_only=True) as session:
            told = [session.get_one(AuditEntry, number) for number in actors]
        assert [(entry.actor, entry.actor_email) for entry in told] == [
            ("Sara", "sara@a.example"),
            ("Boss <boss@a.example>", "reza@a.example"),
            ("FlatRender", ""),
        ]
    finally:
        database.dispose()


def test_who_opened_a_site_owns_it(url: str) -> None:
    database = Database(url)
    people = {  # id: site, role, when the account was made
        "1": ("t", "tenant_admin", 2),
        "2": ("t", "tenant_admin", 1),
        "3": ("t", "user", 0),
        "4": ("house", "tenant_admin", 1),
        "5": ("house", "platform_admin", 2),
    }
    columns = "tenant_id, id, email, name, password_hash, role, language, theme, active, second_factor, totp_secret"
    columns += ", totp_step, slack_id, custom_role_id, picture_key, notify, created_at"
    try:
        upgrade(database, "0028")
        with database.engine.begin() as connection:
            for number, (site, role, day) in people.items():
                connection.exec_driver_sql(
                    f"INSERT INTO user_account ({columns}) VALUES ('{site}', '{number}', '{number}', 'n', 'h', "
                    f"'{role}', 'en', '', true, false, '', 0, '', '', '', '{{}}', '2026-11-0{day + 1} 00:00:00')"
                )
        upgrade(database)
        with database.system_session(read_only=True) as session:
            roles = {number: session.get_one(User, number).role for number in people}
        assert roles == {"1": "admin", "2": "owner", "3": "member", "4": "admin", "5": "platform_admin"}
    finally:
        database.dispose()


def test_keys_of_people_with_a_role_of_the_sites_own_get_no_wider(url: str) -> None:
    database = Database(url)
    people = {"1": ("member", ""), "2": ("member", "makers"), "3": ("admin", ""), "4": ("member", "makers")}
    keys = {"1": "member", "2": "member", "3": "", "4": ""}  # empty: made while its owner had a role of the site's own
    columns = "tenant_id, id, email, name, password_hash, role, custom_role_id, language, theme, active, second_factor"
    columns += ", totp_secret, totp_step, slack_id, picture_key, notify, created_at"
    of_keys = "tenant_id, id, user_id, name, role, custom_role_id, scopes, shown, secret_hash, last_address, created_at"
    try:
        upgrade(database, "0031")
        with database.engine.begin() as connection:
            for number, (role, own) in people.items():
                connection.exec_driver_sql(
                    f"INSERT INTO user_account ({columns}) VALUES ('t', '{number}', '{number}', 'n', 'h', '{role}', "
                    f"'{own}', 'en', '', true, false, '', 0, '', '', '{{}}', '2026-11-01 00:00:00')"
                )
                connection.exec_driver_sql(
                    f"INSERT INTO api_key ({of_keys}) VALUES ('t', '{number}', '{number}', 'n', '{keys[number]}', '', "
                    f"'[]', 's', '{number}', '', '2026-11-01 00:00:00')"
                )
            connection.exec_driver_sql(
                "UPDATE api_key SET previous_hash = 'before', previous_until = '2026-11-02 00:00:00' WHERE id = '1'"
            )
        upgrade(database)
        with database.system_session(read_only=True) as session:
            found = {number: session.get_one(ApiKey, number) for number in keys}
            [replaced] = session.exec(select(ReplacedSecret)).all()
            assert (replaced.secret_hash, replaced.key_id, replaced.until.day) == ("before", "1", 2)
        told = {number: (key.role, key.owner_role_id) for number, key in found.items()}
        assert told == {"1": ("member", ""), "2": ("member", "makers"), "3": ("member", ""), "4": ("", "makers")}
    finally:
        database.dispose()


def test_addresses_of_webhooks_in_the_audit_log_of_before_keep_no_secret(url: str) -> None:
    database = Database(url)
    columns = "tenant_id, id, at, act, actor_id, actor, actor_email, key_id, address, target, label, for_id, for_name"
    urls = ["https://a.example?token=secret", "https://a.example/x?…"]
    told = {
        "1": ("webhook.added", "https://a.example/services/T0/secret", "{}"),
        "2": ("webhook.changed", "https://a.example/x?…", json.dumps({"url": urls, "name": ["", "A"]})),
        "3": ("webhook.removed", "https://a.example/x", "{}"),
        "4": ("domain.claimed", "a.example/services/T0/kept", "{}"),
    }
    try:
        upgrade(database, "0033")
        with database.engine.begin() as connection:
            for number, (act, label, details) in told.items():
                connection.exec_driver_sql(
                    f"INSERT INTO audit_entry ({columns}, details) VALUES ('t', '{number}', '2026-11-01 00:00:00', "
                    f"'{act}', 'u', 'Sara', '', '', '', '', '{label}', '', '', '{details}')"
                )
        upgrade(database)
        with database.system_session(read_only=True) as session:
            entries = [session.get_one(AuditEntry, number) for number in told]
        assert [(entry.label, entry.details) for entry in entries] == [
            ("https://a.example/services/…", {}),
            ("https://a.example/x/…", {"url": ["https://a.example/…", "https://a.example/x/…"], "name": ["", "A"]}),
            ("https://a.example/x", {}),
            ("a.example/services/T0/kept", {}),
        ]
    finally:
        database.dispose()
