"""The audit log is searched in its details alike on both databases, which keep documents differently."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


LONG = "".join(f"{number:04}" for number in range(500))
NAMES = [f"d{number}.example" for number in range(50)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (LONG, f"{LONG}new"),
        (LONG, f"{LONG[:700]}x{LONG[701:]}"),
        *((LONG, f"{LONG[:at]}x{LONG[at + 1 :]}") for at in (0, 117, 118, 119, 120, 121)),
        (LONG[:119], LONG),
        (LONG[:120], LONG),
        (LONG[:120], LONG[:121]),
        (LONG, ""),
        (LONG, None),
        (NAMES, [*NAMES, "new.example"]),
        *((NAMES, [*NAMES[:at], *NAMES[at + 1 :]]) for at in (0, 18, 19, 20, 21, 49)),
        (NAMES[:20], NAMES),
        (NAMES, [*NAMES[:30], LONG, *NAMES[31:]]),
        ([*NAMES, LONG], [*NAMES, f"{LONG}new"]),
        ([LONG], [f"{LONG}new"]),
        (NAMES, []),
        ([1, 2], [1, 3]),
    ],
)
def test_a_change_is_told_short_and_by_what_differs(old: Any, new: Any) -> None:
    for pair in ((old, new), (new, old)):
        [[before, after]] = audit.changes({"text": pair[0]}, {"text": pair[1]}).values()
        assert before != after
        for told in (before, after):
            values = told if isinstance(told, list) else [told]
            assert len(values) <= audit.MOST_VALUES + 2
            assert all(len(str(each)) <= audit.LONGEST_VALUE for each in values)
    assert audit.changes({"text": old}, {"text": old}) == {}


def test_what_stands_before_the_place_that_differs_is_told_a_little() -> None:
    told = audit.changes({"text": LONG}, {"text": f"{LONG}new"})["text"]
    assert told == [f"…{LONG[-20:]}", f"…{LONG[-20:]}new"]
    told = audit.changes({"text": NAMES}, {"text": [*NAMES, "new.example"]})["text"]
    assert told == [["…", "d49.example"], ["…", "d49.example", "new.example"]]


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
