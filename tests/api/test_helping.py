"""An administrator acts as somebody to help: downwards, for a while, told, noted with both names; and no further."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from flatrender.access.models import AuditEntry, Role, User
from flatrender.core import clock
from flatrender.core.db import Database
from flatrender.notifications import courier
from flatrender.settings import get_settings
from tests.api.conftest import PASSWORD, SignedIn
from tests.api.test_isolation import request as ask
from tests.api.test_isolation import routes
from tests.installation import OTHER_TENANT

Json = dict[str, Any]
# What is for a person alone: what signs them in, and leaves with them.
REFUSED = (
    ("POST", "/auth/password", {"old_password": PASSWORD, "password": PASSWORD + "!"}),
    ("POST", "/auth/email", {"email": "new@example.com", "password": PASSWORD}),
    ("GET", "/auth/sessions", None),
    ("DELETE", "/auth/sessions", None),
    ("POST", "/auth/second-factor/begin", {"password": PASSWORD}),
    ("POST", "/auth/second-factor/off", {"password": PASSWORD}),
    ("GET", "/auth/export", None),
    ("POST", "/auth/delete", {"password": PASSWORD}),
    ("GET", "/keys", None),
    ("POST", "/keys", {"name": "Mine"}),
    ("PUT", "/notifications/choices", {"items": []}),
    ("PUT", "/notifications/slack", {"slack_id": "U012ABCDEF"}),
)


def me(browser: TestClient) -> Json:
    return dict(browser.get("/api/v1/auth/me").json())


def help_(browser: TestClient, user_id: str, reason: str = "  Cannot find   the film ") -> tuple[int, str]:
    answer = browser.post(f"/api/v1/people/{user_id}/help", json={"reason": reason})
    return answer.status_code, answer.json().get("code", "")


def noted(database: Database) -> list[tuple[str, str, str, str]]:
    with database.system_session(read_only=True) as session:
        rows = session.exec(select(AuditEntry).where(AuditEntry.for_id != "").order_by(AuditEntry.id)).all()
    return [(row.act, row.actor_email, row.for_name, row.label) for row in rows]


def test_an_administrator_acts_as_somebody_and_comes_back(signed_in: SignedIn, installation: Database) -> None:
    boss, sara = signed_in(Role.ADMIN), signed_in(email="sara@example.com")
    account, own = me(sara)["id"], me(boss)
    assert help_(boss, account) == (200, "")
    assert (me(boss)["id"], me(boss)["role"], me(sara)["id"]) == (account, "member", account)
    assert (me(boss)["helping"], me(sara)["helping"]) == (True, False)
    assert boss.get("/api/v1/auth/second-factor").json() == {"on": False, "codes_left": 0}, "as it is"
    assert boss.get("/api/v1/people").status_code == 403, "with their rights, no more"
    for name in ("Films", "Films 2"):  # the same address twice within a minute is noted once
        assert boss.post("/api/v1/media/folders", json={"name": name}).status_code in {200, 201}
    for method, path, body in REFUSED:
        refused = boss.request(method, f"/api/v1{path}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "not-while-helping"), path
    refused = boss.put("/api/user/slack-id", json={"slackId": "U012ABCDEF"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not-while-helping"), "by neither way"
    assert help_(boss, account)[0] == 403
    assert boss.delete("/api/v1/auth/help").json() == {"next": "/people"}
    assert me(boss) == own
    entries = noted(installation)
    assert ("helping.did", "admin@example.com", "member", "POST /api/v1/media/folders") in entries
    assert entries.count(("helping.did", "admin@example.com", "member", "POST /api/v1/media/folders")) == 1
    assert entries[-1][:3] == ("helping.ended", "admin@example.com", "member")
    assert [folder["name"] for folder in sara.get("/api/v1/media/folders").json()["items"]] == ["Films", "Films 2"]
    with installation.system_session() as session:
        courier.fan_out(session, get_settings())
    [told] = sara.get("/api/v1/notifications").json()["items"]
    assert (told["kind"], told["about"]) == (
        "account.helped",
        {"name": "admin", "reason": "Cannot find the film"},
    )
    began = boss.get("/api/v1/audit", params={"act": "helping.began"}).json()["items"][0]
    assert (began["label"], began["details"]) == ("sara@example.com", {"reason": "Cannot find the film"})


def test_never_upwards_nor_elsewhere_nor_without_a_reason(signed_in: SignedIn) -> None:
    boss, sara = signed_in(Role.ADMIN), signed_in(email="sara@example.com")
    house = signed_in(Role.PLATFORM_ADMIN)
    peer = signed_in(Role.ADMIN, email="peer@example.com")
    elsewhere = signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT)
    account = me(sara)["id"]
    for whom in (peer, house):
        assert help_(boss, me(whom)["id"]) == (403, "not-upwards")
    assert help_(boss, me(boss)["id"])[1] == "help-yourself"
    assert help_(boss, account, "   ") == (422, "help-reason")
    assert help_(elsewhere, account)[0] == help_(house, me(elsewhere)["id"])[0] == 404
    assert help_(sara, me(boss)["id"])[0] == 403
    made = boss.post("/api/v1/keys", json={"name": "Batch"}).json()
    program = {"Authorization": f"Bearer {made['secret']}"}
    answer = TestClient(boss.app).post(f"/api/v1/people/{account}/help", json={"reason": "x"}, headers=program)
    assert answer.json()["code"] in {"not-for-keys", "key-scope"}
    assert help_(house, me(boss)["id"]) == (200, "")
    assert house.get("/api/v1/people").status_code == 200 and house.get("/api/v1/farm").status_code == 403
    invited = house.post("/api/v1/people", json={"email": "x@example.com", "role": "admin"})
    assert invited.json()["code"] == "not-while-helping", "nobody is given a way in meanwhile"


@pytest.fixture(autouse=True)
def own_clock() -> Iterator[None]:
    """Whatever time a test made it is nobody else's."""
    yield
    clock.use(None)


@pytest.mark.parametrize("how", ["time", "closed", "raised", "lowered", "signed out"])
def test_it_ends(how: str, signed_in: SignedIn, installation: Database) -> None:
    boss, sara = signed_in(Role.ADMIN), signed_in(email="sara@example.com")
    account, own = me(sara)["id"], me(boss)["id"]
    assert help_(boss, account) == (200, "")
    with installation.system_session() as session:
        helped, helper = session.get_one(User, account), session.get_one(User, own)
        if how == "closed":
            helped.active = False
        if how == "raised":
            helped.role = Role.ADMIN
        if how == "lowered":
            helper.role = Role.MEMBER
        session.add_all((helped, helper))
    if how == "time":
        now = clock.now() + timedelta(minutes=31)
        clock.use(lambda: now)
    if how == "signed out":
        boss.post("/api/v1/auth/sign-out")
        assert boss.get("/api/v1/auth/me").status_code == 401
    else:
        assert me(boss)["id"] == own


def test_whoever_helps_sees_what_they_may_see_and_no_more(signed_in: SignedIn) -> None:
    """Every route with an id, as the helper of a user, with ids that are nobody's: never an administrator's answer."""
    boss, sara = signed_in(Role.ADMIN), signed_in(email="sara@example.com")
    ids = {name: "0" * 32 for name in ("user_id", "site_id", "webhook_id", "delivery_id", "provider_id", "domain_id")}
    assert help_(boss, me(sara)["id"]) == (200, "")
    for method, path in routes():
        if any(f"{{{name}}}" in path for name in ids) and "/auth/openid/" not in path:
            others = dict.fromkeys(re.findall(r"\{(\w+)\}", path), "0" * 32)
            status, text = ask(boss, method, path, others | ids)
            assert status in {403, 404, 422}, f"{method} {path}: {status} {text}"
