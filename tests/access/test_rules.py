"""A site's own roles over HTTP: what they open, what they keep shut, and where they hold."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, delete, func, select, update

from flatrender.access import rules
from flatrender.access.models import ApiKey, Role
from flatrender.access.permissions import Principal
from flatrender.access.rules import Limit
from flatrender.api.events import visible
from flatrender.api.hiding import of_job
from flatrender.core import clock
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.errors import Forbidden, NotFound
from flatrender.core.ids import new_id
from flatrender.media.models import Media, MediaFolder
from flatrender.projects.models import Project
from flatrender.renders import writer
from flatrender.renders.models import RenderJob
from flatrender.templates.models import Bundle, Template
from tests.api.conftest import SignedIn, client, quick_passwords, signed_in

__all__ = ["client", "quick_passwords", "signed_in"]


@pytest.fixture
def boss(signed_in: SignedIn) -> TestClient:
    return signed_in(Role.ADMIN)


@pytest.fixture
def guest(signed_in: SignedIn) -> TestClient:
    return signed_in(Role.MEMBER, email="guest@example.com")


@pytest.fixture
def database(installation: Database) -> Iterator[Database]:
    yield installation
    rules.obey("", ())


def given(boss: TestClient, who: TestClient, **role: object) -> str:
    made = boss.post("/api/v1/roles", json={"name": "Guests", "permissions": ["projects"], **role})
    assert made.status_code == 201, made.text
    person = who.get("/api/v1/auth/me").json()["id"]
    answer = boss.patch(f"/api/v1/people/{person}", json={"custom_role_id": made.json()["id"]})
    assert (answer.status_code, answer.json()["custom_role_id"]) == (200, made.json()["id"]), answer.text
    return str(made.json()["id"])


def kept(database: Database, user_id: str, name: str) -> str:
    """A project of a template, neither of which anybody opens."""
    with database.tenant_session(DEFAULT_TENANT) as session:
        return add_project(session, user_id, name).id


def add_project(session: Session, user_id: str, name: str) -> Project:
    bundle = Bundle(sha256=new_id() * 2, md5=new_id(), size=1, kind="aep", key=new_id())
    session.add(bundle)
    session.flush()
    template = Template(name="Plain", bundle_id=bundle.id)
    session.add(template)
    session.flush()
    project = Project(user_id=user_id, template_id=template.id, name=name, document={})
    session.add(project)
    session.flush()
    return project


def limit(**rule: object) -> tuple[Limit, ...]:
    return (Limit("Guests", frozenset({"projects"}), rules.read({"projects": rule})),)


def test_a_role_opens_and_shuts_whole_parts(boss: TestClient, guest: TestClient) -> None:
    assert guest.get("/api/v1/audit").status_code == 403
    role = given(boss, guest, permissions=["templates"])
    assert guest.get("/api/v1/auth/me").json()["permissions"] == ["templates"]
    assert guest.get("/api/v1/projects").status_code == 403
    assert guest.post("/api/v1/categories", json={"name": "Mine"}).status_code == 201
    assert boss.patch(f"/api/v1/roles/{role}", json={"permissions": ["projects"]}).status_code == 200
    assert guest.get("/api/v1/projects").status_code == 200, "from the next request on"
    refused = boss.post("/api/v1/roles", json={"name": "Bosses", "permissions": ["site"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "role-permissions"), "no role makes administrators"


def test_a_key_does_what_its_role_and_its_owners_allow(boss: TestClient, guest: TestClient) -> None:
    given(boss, guest, rules={"keys": {"may": ["create"]}})
    narrow = boss.post("/api/v1/roles", json={"name": "Look", "permissions": ["projects"]}).json()["id"]
    mine = boss.post("/api/v1/keys", json={"name": "Narrow", "custom_role_id": narrow}).json()
    program = {"Authorization": f"Bearer {mine['secret']}"}
    bare = TestClient(boss.app, base_url="http://testserver")
    assert bare.get("/api/v1/projects", headers=program).status_code == 200
    assert bare.get("/api/v1/people", headers=program).status_code == 403
    assert (
        bare.post("/api/v1/roles", headers=program, json={"name": "x", "permissions": ["projects"]}).status_code == 403
    )
    theirs = guest.post("/api/v1/keys", json={"name": "Theirs"})
    assert theirs.status_code == 201
    refused = guest.delete(f"/api/v1/keys/{theirs.json()['id']}")
    assert (refused.status_code, refused.json()["code"]) == (403, "role-rule")
    wrong = guest.post("/api/v1/keys", json={"name": "More", "scopes": ["templates"]})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown-scope")


def test_a_keys_built_in_role_counts_beside_a_role_of_the_sites_own(boss: TestClient, guest: TestClient) -> None:
    before = guest.post("/api/v1/keys", json={"name": "Before"}).json()
    given(boss, guest, permissions=["projects", "templates", "jobs:tenant"])
    kept = guest.post("/api/v1/keys", json={"name": "Member", "role": "member"}).json()
    whole = guest.post("/api/v1/keys", json={"name": "Whole"}).json()
    bare = TestClient(boss.app, base_url="http://testserver")
    for key, may in ((before, ["projects"]), (kept, ["projects"]), (whole, ["jobs:tenant", "projects", "templates"])):
        program = {"Authorization": f"Bearer {key['secret']}"}
        assert bare.get("/api/v1/auth/me", headers=program).json()["permissions"] == may, key["name"]
        made = bare.post("/api/v1/categories", headers=program, json={"name": key["name"]})
        assert made.status_code == (201 if "templates" in may else 403)
    wrong = guest.post("/api/v1/keys", json={"name": "More", "role": "member", "scopes": ["templates"]})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown-scope")
    assert guest.post("/api/v1/keys", json={"name": "Some", "scopes": ["templates"]}).status_code == 201


def test_a_key_does_not_grow_with_its_owner(boss: TestClient, guest: TestClient) -> None:
    me = guest.get("/api/v1/auth/me").json()["id"]
    role = given(boss, guest, permissions=["projects", "templates"], rules={"projects": {"may": ["create"]}})
    look = boss.post("/api/v1/roles", json={"name": "Look", "permissions": ["projects", "jobs:tenant"]}).json()["id"]
    wishes = ({}, {"custom_role_id": look}, {"role": "member"})
    keys = [guest.post("/api/v1/keys", json={"name": "Mine", **wish}).json() for wish in wishes]
    bare = TestClient(boss.app, base_url="http://testserver")

    def may() -> list[list[str]]:
        answers = [
            bare.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {key['secret']}"}).json() for key in keys
        ]
        return [answer["permissions"] for answer in answers]

    before = [["projects", "templates"], ["projects"], ["projects"]]
    assert may() == before
    for wish, allowed in (
        ({"role": "admin"}, before),
        ({"custom_role_id": look}, [["projects"]] * 3),
        ({"custom_role_id": ""}, [["projects"]] * 3),
        ({"role": "admin"}, before),
    ):
        assert boss.patch(f"/api/v1/people/{me}", json=wish).status_code == 200
        assert may() == allowed, wish
    whole = {"Authorization": f"Bearer {keys[0]['secret']}"}
    assert bare.get("/api/v1/people", headers=whole).status_code == 403
    folder = bare.post("/api/v1/media/folders", json={"name": "Of the key"}, headers=whole)
    assert folder.status_code == 201, "whose rules are of other things"
    for key in keys:
        in_use = boss.delete(f"/api/v1/roles/{role}")
        assert (in_use.status_code, in_use.json()["code"]) == (409, "role-in-use")
        assert guest.delete(f"/api/v1/keys/{key['id']}").status_code == 200
    assert boss.delete(f"/api/v1/roles/{role}").status_code == 204


def test_fields_and_actions_over_rest(boss: TestClient, guest: TestClient, database: Database) -> None:
    folder = guest.post("/api/v1/media/folders", json={"name": "Before"})
    assert folder.status_code == 201
    me = guest.get("/api/v1/auth/me").json()["id"]
    project = kept(database, me, "Before")
    role = given(boss, guest, rules={"projects": {"may": ["create", "change"], "fixed": ["name"]}})
    refused = guest.patch(f"/api/v1/projects/{project}", json={"name": "After"})
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (403, "role-field", "name")
    refused = guest.delete(f"/api/v1/projects/{project}")
    assert (refused.status_code, refused.json()["code"]) == (403, "role-rule")
    with database.tenant_session(DEFAULT_TENANT, read_only=True) as session:
        assert session.get(Project, project).name == "Before", "nothing of it is kept"
    in_use = boss.delete(f"/api/v1/roles/{role}")
    assert (in_use.status_code, in_use.json()["code"]) == (409, "role-in-use")
    boss.patch(f"/api/v1/people/{me}", json={"custom_role_id": ""})
    assert guest.delete(f"/api/v1/projects/{project}").status_code == 204
    assert boss.delete(f"/api/v1/roles/{role}").status_code == 204
    told = [entry["act"] for entry in boss.get("/api/v1/audit?act=role").json()["items"]]
    assert told == ["role.removed", "role.made"]
    changed = boss.get("/api/v1/audit?act=account.changed").json()["items"]
    assert [entry["details"]["own_role"] for entry in changed] == [["Guests", ""], ["", "Guests"]]


def test_only_own_rows_are_changed(database: Database) -> None:
    mine, other = kept(database, "me", "Mine"), kept(database, "other", "Other")
    rules.obey("me", limit(own=True))
    with database.tenant_session(DEFAULT_TENANT) as session:
        session.get(Project, mine).name = "Changed"
    with pytest.raises(Forbidden) as refused, database.tenant_session(DEFAULT_TENANT) as session:
        session.get(Project, other).name = "Changed"
    assert refused.value.code == "role-own"
    with database.tenant_session(DEFAULT_TENANT) as session:  # many at once: the statement finds one's own alone
        assert session.execute(update(Project).values(name="All")).rowcount == 1
        assert session.execute(delete(Project).where(col(Project.id) == other)).rowcount == 0
    rules.obey("me", limit(may=["change"], fixed=["name"]))
    for statement in (delete(Project), update(Project).values(name="x")):
        with pytest.raises(Forbidden), database.tenant_session(DEFAULT_TENANT) as session:
            session.execute(statement)
    with rules.lifted(), database.tenant_session(DEFAULT_TENANT) as session:
        session.delete(session.get(Project, mine))


def test_a_name_that_stays_does_so_in_both_languages(database: Database) -> None:
    with database.tenant_session(DEFAULT_TENANT) as session:
        template = add_project(session, "me", "x").template_id
    rules.obey("me", (Limit("Guests", frozenset({"templates"}), rules.read({"templates": {"fixed": ["name"]}})),))
    for field in ("name", "name_fa"):
        with pytest.raises(Forbidden) as refused, database.tenant_session(DEFAULT_TENANT) as session:
            setattr(session.get(Template, template), field, "دیگر")
        assert (refused.value.code, refused.value.field) == ("role-field", "name")
    with database.tenant_session(DEFAULT_TENANT) as session:
        session.get(Template, template).description_fa = "دیگر"


def test_what_is_made_is_finished_and_what_no_rule_speaks_of_is_free(database: Database) -> None:
    rules.obey("me", limit(may=["create"]))
    with database.tenant_session(DEFAULT_TENANT) as session:
        project = add_project(session, "me", "Begun")
        project.name = "Finished"
        session.add(MediaFolder(user_id="me", name="Films"))
    with pytest.raises(Forbidden), database.tenant_session(DEFAULT_TENANT) as session:
        session.get(Project, project.id).name = "Later"


def test_rules_speak_of_what_there_is(boss: TestClient) -> None:
    for wrong in (
        {"moons": {}},
        {"projects": {"may": ["fly"]}},
        {"projects": {"fixed": ["id"]}},
    ):
        refused = boss.post("/api/v1/roles", json={"name": "x", "permissions": ["projects"], "rules": wrong})
        assert (refused.status_code, refused.json()["code"]) == (422, "unknown-rule"), wrong
    models = {model.__tablename__: model for model in (Project, Template, Media, RenderJob, ApiKey)}
    for resource in rules.RESOURCES.values():
        named = {resource.owner, *resource.fields, *resource.follow, *filter(None, [resource.removed])}
        assert named <= set(models[resource.table].model_fields)


def job(database: Database, user_id: str, title: str) -> str:
    """A failed job, of which an error tells."""
    with database.tenant_session(DEFAULT_TENANT) as session:
        made = RenderJob(user_id=user_id, user_name="Sara Ahmadi", title=title, document={}, state="FAILED")
        made.error, made.error_code = "Why-7", "code-7"
        session.add(made)
        return made.id


def test_others_things_that_a_role_may_not_see_are_not_there(
    boss: TestClient, guest: TestClient, database: Database
) -> None:
    me, sara = (who.get("/api/v1/auth/me").json()["id"] for who in (guest, boss))
    mine, theirs = job(database, me, "Mine"), job(database, sara, "Theirs-7")
    with database.tenant_session(DEFAULT_TENANT) as session:
        draft = session.get(Template, add_project(session, sara, "x").template_id)
        draft.created_by = sara
        shown = session.get(Template, add_project(session, sara, "x").template_id)
        shown.created_by, shown.state = sara, "published"
        drafts = draft.id
    given(boss, guest, permissions=["projects", "templates", "jobs:tenant"], rules={})
    assert guest.get("/api/v1/renders").json()["total"] == 2
    role = boss.get("/api/v1/roles").json()["items"][0]["id"]
    only = {"renders": {"read": "own"}, "templates": {"read": "own"}}
    assert boss.patch(f"/api/v1/roles/{role}", json={"rules": only}).json()["rules"]["renders"]["read"] == "own"
    found = guest.get("/api/v1/renders", params={"sort": "title"}).json()
    assert ([each["id"] for each in found["items"]], found["total"], found["counts"]) == ([mine], 1, {"FAILED": 1})
    assert guest.get("/api/v1/renders", params={"q": "Theirs"}).json()["items"] == []
    for path in ("", "/log", "/log.txt", "/download", "/picture", "/tasks"):
        assert guest.get(f"/api/v1/renders/{theirs}{path}").status_code == 404, path
    for act in ("cancel", "retry"):
        assert guest.post(f"/api/v1/renders/{theirs}/{act}").status_code == 404, act
    assert guest.delete(f"/api/v1/renders/{theirs}").status_code == 404
    assert guest.get(f"/api/v1/templates/{drafts}/review").status_code == 404
    assert guest.patch(f"/api/v1/templates/{drafts}", json={"name": "x"}).status_code == 404
    assert guest.get("/api/v1/templates", params={"state": "all"}).json()["total"] == 1, (
        "what is published is everybody's"
    )
    assert boss.get("/api/v1/renders").json()["total"] == 2


def test_fields_that_a_role_hides_leave_in_no_answer(boss: TestClient, guest: TestClient, database: Database) -> None:
    sara = boss.get("/api/v1/auth/me").json()["id"]
    theirs, secrets = job(database, sara, "Title-7"), ("Title-7", "Sara Ahmadi", "Why-7", "code-7")
    whole = boss.get(f"/api/v1/renders/{theirs}")
    assert all(word in whole.text for word in secrets)
    hidden = {"renders": {"hidden": ["title", "user", "error"]}}
    given(boss, guest, permissions=["projects", "jobs:tenant"], rules=hidden)
    seen = guest.get(f"/api/v1/renders/{theirs}")
    assert seen.json()["state"] == "FAILED"
    assert seen.headers["etag"] != whole.headers["etag"], "a tag is made of what is seen"
    for place in ("log", "log.txt"):
        log = guest.get(f"/api/v1/renders/{theirs}/{place}")
        assert (log.status_code, log.json()["code"]) == (403, "log-hidden"), "it says why a job failed"
    for answer in (seen, guest.get("/api/v1/renders"), guest.get("/api/v1/home")):
        assert answer.status_code == 200
        assert not [word for word in secrets if word in answer.text + str(answer.headers)], answer.url
    for word in ("Title-7", "Sara"):
        assert guest.get("/api/v1/renders", params={"q": word}).json()["total"] == 0
    for sort in ("title", "-user"):
        refused = guest.get("/api/v1/renders", params={"sort": sort})
        assert (refused.status_code, refused.json()["code"]) == (403, "role-hidden")
    assert guest.get(f"/api/v1/renders/{theirs}", params={"fields": "id,title"}).json() == {"id": theirs}
    again = guest.post(f"/api/v1/renders/{theirs}/retry")
    assert "Title-7" not in again.text
    wrong = boss.post(
        "/api/v1/roles", json={"name": "x", "permissions": ["projects"], "rules": {"media": {"hidden": ["name"]}}}
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown-rule")


def test_events_tell_what_a_role_lets_be_seen() -> None:
    def who(**rule: object) -> Principal:
        made = (Limit("Guests", frozenset({"jobs:tenant"}), rules.read({"renders": rule})),)
        return Principal("me", DEFAULT_TENANT, Role.MEMBER, "", "", given=made[0])

    told = {"kind": "job", "job": {"id": "1", "user_id": "sara", "title": "Title-7"}}
    assert visible(who(), told) and not visible(who(read="own"), told)
    assert visible(who(read="own"), {"kind": "job", "job": {"id": "1", "user_id": "me"}})
    assert of_job(told, who(hidden=["title"]).limits) == {"kind": "job", "job": {"id": "1", "user_id": "sara"}}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_reading_is_kept_to_ones_own_on_both_databases(
    kind: str, database: Database, request: pytest.FixtureRequest
) -> None:
    place = Database(request.getfixturevalue("filled_postgres_url")) if kind == "postgresql" else database
    mine, theirs = (job(place, user_id, "x") for user_id in ("me", "sara"))
    rules.obey("me", (Limit("Guests", frozenset(), rules.read({"renders": {"read": "own"}})),))
    with place.tenant_session(DEFAULT_TENANT, read_only=True) as session:
        assert session.exec(select(RenderJob.id)).all() == [mine]
        assert session.scalars(select(func.count()).select_from(RenderJob)).one() == 1
        assert session.get(RenderJob, theirs) is None
        other = aliased(RenderJob)
        assert session.exec(select(other.title).where(col(other.id) == theirs)).all() == []
        with rules.lifted():
            assert len(session.exec(select(RenderJob.id)).all()) == 2
    with place.tenant_session(DEFAULT_TENANT) as session, pytest.raises(NotFound):
        rules.require_seen(session.get(RenderJob, theirs))
    if place is not database:
        place.dispose()


def file_of(database: Database, user_id: str) -> str:
    with database.tenant_session(DEFAULT_TENANT) as session:
        facts = {"kind": "image", "name": "a.png", "size": 1, "key": "x", "content_type": "image/png", "state": "ready"}
        made = Media(user_id=user_id, sha256=new_id() * 2, **facts)
        session.add(made)
        return made.id


def test_who_may_not_delete_puts_nothing_into_the_trash(
    boss: TestClient, guest: TestClient, database: Database
) -> None:
    file, key = (
        file_of(database, guest.get("/api/v1/auth/me").json()["id"]),
        guest.post("/api/v1/keys", json={"name": "x"}),
    )
    one, whole = f"/api/v1/media/{file}", {"may": ["create", "change"]}
    role = given(boss, guest, rules={"media": whole, "keys": whole})
    for path in (one, f"/api/v1/keys/{key.json()['id']}"):
        refused = guest.delete(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "role-rule"), path
    assert guest.get(one).status_code == 200
    assert guest.patch(one, json={"kept": True}).status_code == 200

    def now(*may: str) -> None:
        assert boss.patch(f"/api/v1/roles/{role}", json={"rules": {"media": {"may": may}}}).status_code == 200

    now("create")
    refused = guest.patch(one, json={"kept": False})
    assert (refused.status_code, refused.json()["code"]) == (403, "role-rule"), "whatever of it is changed"
    now("delete")
    assert guest.delete(one).status_code == 204
    refused = guest.post(f"{one}/restore")
    assert (refused.status_code, refused.json()["code"]) == (403, "role-rule"), "which makes it again"
    now("create")
    assert guest.post(f"{one}/restore").status_code == 200


def test_who_may_not_make_files_is_told_before_one_is_sent(
    boss: TestClient, guest: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(boss, guest, rules={"media": {"may": ["change"]}})
    begun = guest.post("/api/v1/media/uploads", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "9"})
    assert (begun.status_code, begun.json()["code"]) == (403, "role-rule")
    monkeypatch.delattr("flatrender.api.media.received")  # nobody reads the body
    whole = guest.post("/api/v1/media", files={"file": ("a.wav", b"x")})
    assert (whole.status_code, whole.json()["code"]) == (403, "role-rule")


def test_others_jobs_wait_for_nothing_at_the_word_of_who_changes_only_their_own(
    boss: TestClient, guest: TestClient, database: Database
) -> None:
    me, sara = (who.get("/api/v1/auth/me").json()["id"] for who in (guest, boss))
    mine, theirs = (live(database, user_id) for user_id in (me, sara))
    role = given(boss, guest, permissions=["projects", "jobs:tenant"], rules={"renders": {"own": True}})
    refused = guest.put(f"/api/v1/renders/{theirs}/after", json={"after": [mine]})
    assert (refused.status_code, refused.json()["code"]) == (403, "role-own")
    assert boss.get(f"/api/v1/renders/{theirs}").json()["after"] == [], "nothing of it is kept"
    assert guest.put(f"/api/v1/renders/{mine}/after", json={"after": [theirs]}).status_code == 200
    assert boss.get("/api/v1/audit?act=job").json()["items"] == [], "one's own job is one's own matter"
    assert boss.put(f"/api/v1/renders/{mine}/after", json={"after": []}).status_code == 200
    assert boss.patch(f"/api/v1/roles/{role}", json={"rules": {}}).status_code == 200
    assert guest.put(f"/api/v1/renders/{theirs}/after", json={"after": [mine]}).status_code == 200
    told = [
        (entry["act"], entry["target"], entry["details"]["waits_for"])
        for entry in boss.get("/api/v1/audit?act=job").json()["items"]
    ]
    assert told == [("job.changed", theirs, [[], [f"of {me}"]]), ("job.changed", mine, [[f"of {sara}"], []])]


def test_others_jobs_end_with_ones_own_that_they_wait_for(
    boss: TestClient, guest: TestClient, database: Database
) -> None:
    me, sara = (who.get("/api/v1/auth/me").json()["id"] for who in (guest, boss))
    mine, theirs = (live(database, user_id) for user_id in (me, sara))
    assert boss.put(f"/api/v1/renders/{theirs}/after", json={"after": [mine]}).status_code == 200
    role = given(boss, guest, permissions=["projects", "jobs:tenant"], rules={"renders": {"may": ["create"]}})
    refused = guest.post(f"/api/v1/renders/{mine}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (403, "role-rule")
    assert boss.patch(f"/api/v1/roles/{role}", json={"rules": {"renders": {"own": True}}}).status_code == 200
    refused = guest.post(f"/api/v1/renders/{theirs}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (403, "role-own")
    assert guest.post(f"/api/v1/renders/{mine}/cancel").status_code == 200
    assert [boss.get(f"/api/v1/renders/{each}").json()["state"] for each in (mine, theirs)] == ["CANCELLED"] * 2


def live(database: Database, user_id: str) -> str:
    """A job that waits for a node to check it."""
    with database.tenant_session(DEFAULT_TENANT) as session:
        made = RenderJob(user_id=user_id, title=f"of {user_id}", document={})
        writer.opened(session, made)
        return made.id


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_any_column_counts_but_those_that_work_writes(
    kind: str, database: Database, request: pytest.FixtureRequest
) -> None:
    place = Database(request.getfixturevalue("filled_postgres_url")) if kind == "postgresql" else database
    file, film = file_of(place, "me"), job(place, "other", "x")
    rules.obey("me", (Limit("Guests", frozenset(), rules.read({"media": {"may": []}, "renders": {"own": True}})),))
    with place.tenant_session(DEFAULT_TENANT) as session:
        session.get(Media, file).progress = 0.5
        session.get(RenderJob, film).note = "waits"
    for model, row, column, value in (
        (Media, file, "kept", True),
        (Media, file, "deleted_at", clock.now()),
        (RenderJob, film, "options", {"after": ["x"]}),
        (RenderJob, film, "title", "Another"),
        (RenderJob, film, "user_id", "me"),
    ):
        with pytest.raises(Forbidden), place.tenant_session(DEFAULT_TENANT) as session:
            setattr(session.get(model, row), column, value)
    if place is not database:
        place.dispose()
