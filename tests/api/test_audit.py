"""What was done is told, by whom and from where; in the change's own transaction, to the site's administrators."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from sqlmodel import select

from flatrender.access import audit, refusals
from flatrender.access.audit import Act
from flatrender.access.models import AuditEntry, Role
from flatrender.access.permissions import FARM
from flatrender.api.dependencies import Allowed
from flatrender.commands import main
from flatrender.core import update
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.farm import nodes, tokens
from flatrender.farm import service as farm
from flatrender.settings import get_settings
from flatrender.ui.catalogues import LANGUAGES, catalogue
from tests.api.conftest import PASSWORD, SignedIn, one_api
from tests.api.test_renders import job_of
from tests.installation import OTHER_TENANT

Json = dict[str, Any]


def entries(browser: TestClient, **search: Any) -> list[Json]:
    answer = browser.get("/api/v1/audit", params=search)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def done(browser: TestClient, **search: Any) -> list[str]:
    return [entry["act"] for entry in entries(browser, **search)]


def test_each_act_is_told_with_who_what_and_from_where(signed_in: SignedIn) -> None:
    boss = signed_in(Role.ADMIN)
    signed_in(Role.MEMBER, email="sara@example.com")
    sara = next(item for item in boss.get("/api/v1/people").json()["items"] if item["email"] == "sara@example.com")
    key = boss.post("/api/v1/keys", json={"name": "Batch", "scopes": ["projects"]}).json()
    acts: list[tuple[str, Callable[[], Any]]] = [
        ("key.rotated", lambda: boss.post(f"/api/v1/keys/{key['id']}/rotate")),
        ("key.revoked", lambda: boss.delete(f"/api/v1/keys/{key['id']}")),
        ("account.changed", lambda: boss.patch(f"/api/v1/people/{sara['id']}", json={"role": "admin"})),
        ("site.changed", lambda: boss.patch("/api/v1/sites/mine", json={"name": "North"})),
        ("domain.claimed", lambda: boss.post("/api/v1/sites/mine/domains", json={"name": "north.example"})),
        ("domain.removed", lambda: boss.delete("/api/v1/sites/mine/domains/north.example")),
        ("session.ended", lambda: boss.delete("/api/v1/auth/sessions")),
        (
            "password.changed",
            lambda: boss.post("/api/v1/auth/password", json={"old_password": PASSWORD, "password": PASSWORD + "!"}),
        ),
    ]
    for act, work in acts:
        assert work().is_success, act
        newest = entries(boss, limit=1)[0]
        assert newest["act"] == act
        assert (newest["actor"], newest["actor_email"]) == ("admin", "admin@example.com")
        assert newest["address"] == "testclient" and newest["at"]
    told = {entry["act"]: entry for entry in entries(boss)}
    assert told["account.changed"]["details"] == {"role": ["member", "admin"]}
    assert (told["key.made"]["label"], told["key.made"]["details"]["scopes"]) == ("Batch", ["projects"])
    assert told["session.opened"]["details"]["agent"] == "testclient"
    assert key["secret"] not in boss.get("/api/v1/audit").text


def test_a_change_is_told_before_and_after_and_found_by_it(signed_in: SignedIn) -> None:
    boss = signed_in(Role.ADMIN)
    first = {"landing": {"on": True, "texts": {"fa": {"headline": "شب‌های کویر"}}}, "brand": {"radius": 9}}
    assert boss.patch("/api/v1/sites/mine", json={"name": "North", "sign_up": False, **first}).is_success
    assert boss.patch("/api/v1/sites/mine", json={"name": "North", "legal": {"terms": {"en": "x" * 999}}}).is_success
    assert boss.patch("/api/v1/sites/mine", json={"name": "North"}).is_success, "nothing changed, nothing is told"
    later, earlier = (entry["details"] for entry in entries(boss, act="site.changed"))
    assert later == {"legal.terms.en": [None, "x" * 119 + "…"]}
    assert earlier["name"][1] == "North" and earlier["sign_up"] == [True, False]
    assert earlier["landing.texts.fa.headline"] == [None, "شب‌های کویر"]
    assert earlier["brand.radius"][1] == 9 and "brand.solid" not in earlier
    hook = boss.post("/api/v1/webhooks", json={"url": "https://93.184.216.34/", "events": ["media.ready"]}).json()
    boss.patch(f"/api/v1/webhooks/{hook['id']}", json={"active": False, "events": ["media.ready"]})
    assert entries(boss, act="webhook.changed")[0]["details"] == {"active": [True, False]}
    assert done(boss, q="کویر") == ["site.changed"]
    assert done(boss, q="Kommt nicht vor", also=['"media.ready"', "unknown"]) == ["webhook.added"]
    assert done(boss, also=['"media.ready"'], limit=1) == ["webhook.changed"], "with a search alone"


def test_refused_sign_ins_are_told_and_fill_no_table(
    signed_in: SignedIn, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss = signed_in(Role.ADMIN)
    signed_in(Role.MEMBER, email="sara@example.com")

    def sign_in(email: str, password: str = "not the password") -> int:
        body = {"email": email, "password": password}
        return client.post("/api/v1/auth/sign-in", json=body).status_code

    assert [sign_in("Sara@example.com") for _ in range(12)] == [401] * 10 + [429] * 2
    assert [sign_in("nobody@example.com"), sign_in("my secret password")] == [401, 401]
    told = [(each["act"], each["label"], each["details"]) for each in reversed(entries(boss, act="session"))]
    reason = {"reason": "wrong-password"}
    assert [each for each in told if each[0] != "session.opened"] == [
        ("session.refused", "sara@example.com", reason),
        ("session.locked", "sara@example.com", {}),
        ("session.refused", "nobody@example.com", reason),
        ("session.refused", "", reason),  # it may be a password in the wrong field
    ]
    newest = entries(boss, limit=1)[0]
    assert (newest["actor"], newest["actor_email"], newest["address"]) == ("", "", "testclient")
    monkeypatch.setattr(refusals, "MOST", 5)
    assert {sign_in(f"{number}@example.com") for number in range(6)} == {401}
    refused = entries(boss, act="session.refused")
    assert len(refused) == 5 and refused[0]["details"] == {**reason, "more": "not told"}


def test_what_nobody_would_ask_about_at_the_time_is_told_too(signed_in: SignedIn, installation: Database) -> None:
    house, sara = signed_in(Role.PLATFORM_ADMIN), signed_in(email="sara@example.com")
    account = sara.get("/api/v1/auth/me").json()["id"]
    room = {"user_id": account, "limit": 5}
    token = house.post("/api/v1/node-tokens", json={"name": "studio b"}).json()["id"]
    assert done(house, limit=1) == ["token.made"]
    acts: list[tuple[str, Callable[[], Any]]] = [
        ("token.revoked", lambda: house.delete(f"/api/v1/node-tokens/{token}").is_success),
        ("quota.set", lambda: house.put("/api/v1/media/quota", json=room).is_success),
        ("session.ended", lambda: sara.post("/api/v1/auth/sign-out", follow_redirects=False).is_redirect),
        ("account.changed", lambda: main(["user", "sara@example.com", "--role", "admin"]) == 0),
        ("password.changed", lambda: main(["user", "sara@example.com", "--new-password"]) == 0),
        ("token.required", lambda: main(["node-token", "require", "on"]) == 0),
        ("token.made", lambda: main(["node-token", "make", "studio c"]) == 0),
        ("site.opened", lambda: main(["tenant", "create", "north", "--name", "North"]) == 0),
    ]
    for act, work in acts:
        assert work(), act
        assert done(house, limit=1) == [act]
    told = {entry["act"]: entry for entry in entries(house)}
    assert (told["quota.set"]["label"], told["quota.set"]["details"]) == ("sara@example.com", {"limit": [None, 5]})
    assert told["session.ended"]["actor_email"] == "sara@example.com"
    assert told["account.changed"]["details"] == {"role": ["member", "admin"]}
    assert {entry["actor"] for entry in entries(house, limit=5)} == {"this machine"}
    before = len(entries(house))
    same = {"role": "admin", "active": True}
    assert house.patch(f"/api/v1/people/{account}", json=same).is_success
    assert house.put("/api/v1/media/quota", json=room).is_success
    assert len(entries(house)) == before, "what changes nothing is not told"
    for words in (["suspend", "north"], ["resume", "north"], ["domain", "north", "films.example"]):
        assert main(["tenant", *words]) == 0
    assert main(["tenant", "domain", "north", "films.example", "--remove"]) == 0
    with installation.system_session(read_only=True) as session:
        query = select(AuditEntry).where(AuditEntry.tenant_id != DEFAULT_TENANT).order_by(AuditEntry.id)
        norths = [(entry.act, entry.actor) for entry in session.exec(query)]
    acts_there = ("site.suspended", "site.resumed", "domain.claimed", "domain.removed")
    assert norths == [(act, "this machine") for act in acts_there]


def test_a_name_does_not_pass_for_an_address(signed_in: SignedIn) -> None:
    boss = signed_in(Role.ADMIN)
    forged = "Reza <reza@example.com>"
    assert boss.patch("/api/v1/auth/me", json={"name": forged}).status_code == 204
    boss.post("/api/v1/keys", json={"name": "Batch", "scopes": ["projects"]})
    newest = entries(boss, limit=1)[0]
    assert (newest["actor"], newest["actor_email"]) == (forged, "admin@example.com")
    row = next(csv.DictReader(io.StringIO(boss.get("/api/v1/audit/export", params={"act": "key"}).text)))
    assert (row["actor"], row["actor_email"]) == (forged, "admin@example.com")
    assert json.loads(row["details"]) == newest["details"]
    assert done(boss, q="admin@", act="key") == ["key.made"]


def test_what_fails_is_not_told_and_what_is_not_told_fails(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss = signed_in(Role.ADMIN)
    before = len(entries(boss))
    assert boss.patch("/api/v1/sites/mine", json={"language": "en", "languages": ["fa"]}).status_code == 422
    assert len(entries(boss)) == before

    def fails(*given: Any, **more: Any) -> None:
        raise RuntimeError("the log is full")

    monkeypatch.setattr(audit, "note", fails)
    with pytest.raises(RuntimeError):
        boss.post("/api/v1/keys", json={"name": "Unseen"})
    assert boss.get("/api/v1/keys").json()["items"] == []


def test_it_is_searched_and_paged(signed_in: SignedIn) -> None:
    boss = signed_in(Role.ADMIN)
    for name in ("One", "Two", "100%"):
        boss.post("/api/v1/keys", json={"name": name})
    first = boss.get("/api/v1/audit", params={"limit": 2}).json()
    assert [item["label"] for item in first["items"]] == ["100%", "Two"]
    second = boss.get("/api/v1/audit", params={"limit": 2, "after": first["next"]}).json()
    assert [item["label"] for item in second["items"]] == ["One", "admin@example.com"]
    assert [entry["label"] for entry in entries(boss, q="two")] == ["Two"]
    assert [entry["label"] for entry in entries(boss, q="%")] == ["100%"], "a sign of the language of search is none"
    assert done(boss, act="key") == ["key.made"] * 3
    assert done(boss, act="session.opened") == ["session.opened"]
    assert done(boss, act="k") == []
    assert done(boss, until="2020-01-01T00:00:00Z") == []
    assert len(done(boss, since="2020-01-01T00:00:00")) == 4


def test_a_formula_in_a_name_is_text_in_the_export(signed_in: SignedIn) -> None:
    boss = signed_in(Role.ADMIN)
    for name in ('=HYPERLINK("http://evil")', "+1", "@cmd", "-1", "＝1+1", "＋1", "＠cmd", "－1"):
        boss.post("/api/v1/keys", json={"name": name})
    answer = boss.get("/api/v1/audit/export", params={"act": "key"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["label"] for row in rows] == [
        "'－1",
        "'＠cmd",
        "'＋1",
        "'＝1+1",
        "'-1",
        "'@cmd",
        "'+1",
        '\'=HYPERLINK("http://evil")',
    ]


def test_nobody_else_reads_it(signed_in: SignedIn, installation: Database) -> None:
    boss = signed_in(Role.ADMIN)
    boss.post("/api/v1/keys", json={"name": "Own"})
    other = signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT)
    assert {entry["actor_email"] for entry in entries(other)} == {"boss@other.test"}
    assert "Own" not in other.get("/api/v1/audit/export").text
    user = signed_in(Role.MEMBER)
    assert user.get("/api/v1/audit").status_code == user.get("/api/v1/audit/export").status_code == 403
    with installation.system_session(read_only=True) as session:
        assert {entry.tenant_id for entry in session.exec(select(AuditEntry))} == {DEFAULT_TENANT, OTHER_TENANT}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_act_has_words(language: str) -> None:
    words = catalogue(language)
    assert [act for act in Act if not words.get(f"audit.acts.{act}")] == []


def _of_the_farm() -> list[tuple[str, str]]:
    """Every route that changes something and is for those who run the farm, as the application says itself."""

    def asked(dependant: Dependant) -> Iterator[object]:
        for each in dependant.dependencies:
            yield each.call
            yield from asked(each)

    found = []
    for context in iter_route_contexts(one_api().routes):
        route = context.original_route
        if isinstance(route, APIRoute):
            allowed = {call.permission for call in asked(route.dependant) if isinstance(call, Allowed)}
            if FARM in allowed:
                found += [(method, str(context.path)) for method in sorted(route.methods - {"GET", "HEAD"})]
    return found


def test_whatever_is_done_to_the_farm_is_in_the_audit_log(
    signed_in: SignedIn, installation: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in()
    admin = signed_in(Role.PLATFORM_ADMIN)
    monkeypatch.setenv(update.SUPERVISED, "1")
    data = get_settings().data_dir
    (data / "run").mkdir(parents=True, exist_ok=True)
    with installation.system_session() as session:
        nodes.register(session, nodes.NodeInfo("n1", "node-1", "test", "i1", "1", 1, 2, {"native": {}}))
        token, _ = tokens.make(session, "one")
    bodies: dict[str, Json] = {
        "/api/v1/farm/limits/{name}": {"most": 2},
        "/api/v1/farm/shares/{tenant_id}": {"weight": 2},
        "/api/v1/node-tokens": {"name": "two"},
    }
    others = {"/api/jobs/{job_id}", "/api/jobs/{job_id}/priority"}  # of the render manager: by way of the same service
    routes = [(method, path) for method, path in _of_the_farm() if path not in others]
    assert len(routes) >= 15
    for method, path in routes:
        job = job_of(installation)
        with installation.system_session() as session:
            update.answered(data)
            farm.resume(session)
            task = farm.tasks_of(session, job)[0].id
        ids = {"node_id": "n1", "name": "aerender", "tenant_id": DEFAULT_TENANT, "token_id": token.id}
        ids |= {"job_id": job, "task_id": task}
        before = len(entries(admin, limit=200))
        answer = admin.request(method, path.format(**ids), json=bodies.get(path, {}))
        assert answer.is_success, f"{method} {path}: {answer.text}"
        told = entries(admin, limit=200)
        assert len(told) == before + 1, f"{method} {path} leaves no entry, or more than one"
        assert told[0]["actor_email"] == "platform_admin@example.com"


def test_what_is_done_to_jobs_of_others_is_in_the_audit_log(signed_in: SignedIn, installation: Database) -> None:
    user, boss = signed_in(), signed_in(Role.ADMIN)
    mine, theirs = job_of(installation), job_of(installation)
    assert user.post(f"/api/v1/renders/{mine}/cancel").is_success
    assert boss.post(f"/api/v1/renders/{theirs}/cancel").is_success
    assert boss.delete(f"/api/v1/renders/{theirs}").is_success
    told = [(entry["act"], entry["actor_email"], entry["target"]) for entry in entries(boss, act="job")]
    who = "admin@example.com"
    assert told == [("job.deleted", who, theirs), ("job.cancelled", who, theirs)], "one's own are one's own"
