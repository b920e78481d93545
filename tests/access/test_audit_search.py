"""The audit log is searched in its details alike on both databases, which keep documents differently."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flatrender.access import audit
from flatrender.access.audit import Act, Search
from flatrender.core.db import DEFAULT_TENANT, Database
from tests.installation import installed


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    postgres = request.param == "postgresql"
    environment = {"DATABASE_URL": request.getfixturevalue("filled_postgres_url")} if postgres else {}
    with installed(tmp_path / "data", monkeypatch, **environment) as database:
        yield database


def test_what_changed_is_found_by_what_it_was_and_is(database: Database) -> None:
    machine = audit.machine(DEFAULT_TENANT)
    before = {"name": "استودیو شمال", "landing": {"texts": {"en": {"headline": "Films 100% made"}}}, "domains": []}
    after = {"name": "South", "landing": {"texts": {"en": {"headline": 'The "south"'}}}, "domains": ["a.example"]}
    with database.tenant_session(DEFAULT_TENANT) as session:
        audit.note(session, machine, Act.SITE_CHANGED, "s", "north", **audit.changes(before, after))
        audit.note(session, machine, Act.KEY_MADE, "k", "Batch", scopes=["projects:read"])
    words = ("شمال", "100% MADE", 'the "south"', "A.example", "projects:read", "100%x", "nowhere")
    with database.tenant_session(DEFAULT_TENANT, read_only=True) as session:
        found = {each: [entry.act for entry in audit.page(session, Search(each), 10)] for each in words}
    assert found == {
        "شمال": ["site.changed"],
        "100% MADE": ["site.changed"],
        'the "south"': ["site.changed"],
        "A.example": ["site.changed"],
        "projects:read": ["key.made"],
        "100%x": [],
        "nowhere": [],
    }
