"""A person's data is taken along whole, and goes with the account; nobody else's does."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.pool import QueuePool
from sqlmodel import Session, select

from flatrender.access import people
from flatrender.access import service as access
from flatrender.access.models import Role, User
from flatrender.access.permissions import Principal
from flatrender.core import clock
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.errors import FlatRenderError, NotFound
from flatrender.media import service as media_service
from flatrender.media.models import MediaFolder, MediaUpload
from flatrender.projects.models import ProjectEdit
from flatrender.renders import leaving
from flatrender.renders.models import RenderJob
from flatrender.renders.states import JobState
from flatrender.schema import metadata
from tests.api.conftest import PASSWORD, SignedIn
from tests.api.test_isolation import picture
from tests.api.test_renders import job_of
from tests.deadline import until
from tests.installation import installed
from tests.projects.conftest import (
    client,
    drawn_at_once,
    made_projects,
    promo,
    quick_passwords,
    scanned_once,
    signed_in,
)

__all__ = ["client", "drawn_at_once", "made_projects", "promo", "quick_passwords", "scanned_once", "signed_in"]
Json = dict[str, Any]


def with_everything(person: TestClient, database: Database, template: str, email: str) -> Json:
    project = person.post("/api/v1/projects", json={"template_id": template, "name": f"Film of {email}"}).json()
    person.post(f"/api/v1/projects/{project['id']}/versions", json={"name": "One"})
    person.post("/api/v1/media", files={"file": ("a.png", picture(), "image/png")})
    person.post("/api/v1/media/folders", json={"name": "Films"})
    person.post("/api/v1/keys", json={"name": "Batch"})
    user_id = person.get("/api/v1/auth/me").json()["id"]
    with database.tenant_session(DEFAULT_TENANT) as session:
        session.add(
            ProjectEdit(
                project_id=project["id"], revision=7, op_id="o", user_id=user_id, operations=[{"op": email}],
                inverse=[], fields=[],
            )
        )  # fmt: skip
        later = clock.now() + timedelta(days=1)
        session.add(MediaUpload(user_id=user_id, name=f"half of {email}", size=9, expires_at=later))
    return {"project": project["id"], "job": job_of(database, email), "id": user_id}


def rows_of(database: Database, user_id: str) -> dict[str, int]:
    """In how many rows of which tables somebody is named."""
    found: dict[str, int] = {}
    with database.system_session(read_only=True) as session:
        for table in metadata.sorted_tables:
            if table.info.get("test_only"):
                continue
            for column in ("user_id", "id"):
                if column in table.columns and (
                    count := len(session.execute(select(table.c[column]).where(table.c[column] == user_id)).all())
                ):
                    found[table.name] = count
    return found


def test_the_account_goes_with_all_that_is_the_persons(signed_in: SignedIn, installation: Database, promo: str) -> None:
    people = {email: signed_in(Role.MEMBER, email=email) for email in ("sara@example.com", "reza@example.com")}
    theirs = {email: with_everything(who, installation, promo, email) for email, who in people.items()}
    sara = people["sara@example.com"]
    told = sara.get("/api/v1/auth/export")
    assert told.headers["content-disposition"] == 'attachment; filename="account.json"'
    taken = told.json()
    assert taken["account"]["email"] == "sara@example.com"
    assert [project["name"] for project in taken["projects"]] == ["Film of sara@example.com"]
    assert taken["projects"][0]["document"]["tracks"]
    assert (len(taken["files"]), len(taken["renders"]), len(taken["keys"]), len(taken["folders"])) == (1, 1, 1, 1)
    assert [upload["name"] for upload in taken["uploads"]] == ["half of sara@example.com"]
    assert [edit["operations"] for edit in taken["edits"]] == [[{"op": "sara@example.com"}]]
    assert [version["name"] for version in taken["versions"] if version["name"]] == ["One"]
    assert taken["files"][0]["file"] == f"/api/v1/media/{taken['files'][0]['id']}/file"
    assert "hash" not in told.text and "reza" not in told.text

    wrong = sara.post("/api/v1/auth/delete", json={"password": "not this one"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "password")
    before = rows_of(installation, theirs["reza@example.com"]["id"])
    assert sara.post("/api/v1/auth/delete", json={"password": PASSWORD}).json() == {"next": "/sign-in?done=deleted"}
    assert sara.get("/api/v1/auth/me").status_code == 401
    assert set(rows_of(installation, theirs["sara@example.com"]["id"])) <= {"media"}, "files go a day later"
    assert rows_of(installation, theirs["reza@example.com"]["id"]) == before
    with installation.system_session(read_only=True) as session:
        jobs = session.exec(select(RenderJob)).all()
        assert [job.user_id for job in jobs] == [theirs["reza@example.com"]["id"]]
        assert all(job.state != JobState.CANCELLED for job in jobs)


def test_a_file_that_was_on_its_way_stays_nowhere(signed_in: SignedIn, installation: Database, tmp_path: Path) -> None:
    sara = signed_in(Role.MEMBER, email="sara@example.com")
    with installation.system_session(read_only=True) as session:
        who = Principal.of(session.exec(select(User).where(User.email == "sara@example.com")).one())
    file = tmp_path / "a.png"
    file.write_bytes(picture())
    assert sara.post("/api/v1/auth/delete", json={"password": PASSWORD}).is_success
    with pytest.raises(NotFound):
        media_service.add(who, file, "a.png")
    assert rows_of(installation, who.user_id) == {}


def test_every_table_that_names_a_person_is_taken_along_or_says_why_not() -> None:
    naming = {table.name for table in metadata.sorted_tables if "user_id" in table.columns}
    naming -= {table.name for table in metadata.sorted_tables if table.info.get("test_only")}
    assert {table.__tablename__ for table in leaving.OWN.values()} | set(leaving.LEFT_OUT) == naming


def test_whoever_reads_slowly_holds_no_connection(signed_in: SignedIn, installation: Database) -> None:
    signed_in(Role.MEMBER, email="sara@example.com")
    with installation.tenant_session(DEFAULT_TENANT) as session:
        user = session.exec(select(User)).one()
        names = [f"Folder {number}" for number in range(2 * leaving.PAGE + 1)]
        session.add_all(MediaFolder(user_id=user.id, name=name) for name in names)
    pool = installation.engine.pool
    assert isinstance(pool, QueuePool)
    before, told = pool.checkedout(), ""
    for piece in leaving.export(installation, Principal(user.id, DEFAULT_TENANT, user.role, user.email, user.name)):
        assert pool.checkedout() == before, told[-80:]
        told += piece
    assert sorted(folder["name"] for folder in json.loads(told)["folders"]) == sorted(names)


def test_the_last_administrator_stays(signed_in: SignedIn, installation: Database) -> None:
    boss = signed_in(Role.ADMIN)
    refused = boss.post("/api/v1/auth/delete", json={"password": PASSWORD})
    assert (refused.status_code, refused.json()["code"]) == (409, "last-admin")
    signed_in(Role.ADMIN, email="second@example.com")
    assert boss.post("/api/v1/auth/delete", json={"password": PASSWORD}).json() == {"next": "/sign-in?done=deleted"}
    with installation.tenant_session(DEFAULT_TENANT, read_only=True) as session:
        assert [user.email for user in session.exec(select(User))] == ["second@example.com"]


def leaves(session: Session, one: Principal, two: Principal) -> None:
    leaving._check_not_last(session, one)
    session.delete(session.get_one(User, one.user_id))


def closes(session: Session, one: Principal, two: Principal) -> None:
    people.change(session, one, two.user_id, active=False)


def leaves_too(database: Database, one: Principal, two: Principal) -> None:
    leaving.delete(database, two, PASSWORD)


def closes_too(database: Database, one: Principal, two: Principal) -> None:
    with database.tenant_session(DEFAULT_TENANT) as session:
        people.change(session, two, one.user_id, role=Role.MEMBER)


@pytest.mark.parametrize(
    ("first", "second", "code"), [(leaves, leaves_too, "last-admin"), (closes, closes_too, "forbidden")]
)
def test_two_administrators_at_once_do_not_leave_none(
    first: Callable[[Session, Principal, Principal], None],
    second: Callable[[Database, Principal, Principal], None],
    code: str,
    filled_postgres_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with installed(tmp_path / "data", monkeypatch, DATABASE_URL=filled_postgres_url) as database:
        with database.system_session() as session:
            one, two = (
                Principal.of(
                    access.create_user(
                        session,
                        DEFAULT_TENANT,
                        email=f"{name}@example.com",
                        password=PASSWORD,
                        name=name,
                        role=Role.ADMIN,
                    )
                )
                for name in ("one", "two")
            )

        def waits() -> bool:
            query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            with database.engine.connect() as connection:
                return bool(connection.exec_driver_sql(query).scalar_one())

        with ThreadPoolExecutor(1) as pool:
            with database.tenant_session(DEFAULT_TENANT) as session:
                first(session, one, two)
                other = pool.submit(second, database, one, two)
                until(waits, what="that the second one waits for the first")
            with pytest.raises(FlatRenderError) as refused:
                other.result(20)
        assert refused.value.code == code
        with database.tenant_session(DEFAULT_TENANT, read_only=True) as session:
            admins = session.exec(select(User).where(User.role == Role.ADMIN, User.active)).all()
            assert len(admins) == 1
