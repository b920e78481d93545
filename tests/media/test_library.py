"""Lists, folders, quotas and cleanup over HTTP."""

import base64
import json
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlmodel import select

from flatrender.access.models import Role, User
from flatrender.core import clock, db
from flatrender.media import cleanup, service, upkeep, uses
from flatrender.media.models import Media
from flatrender.settings import get_settings
from tests.api.conftest import SignedIn
from tests.installation import OTHER_TENANT
from tests.media.files import png_bytes, tone

NAMES = ("Zebra.png", "apple.png", "شب کویر.png", "Mango 100%.png", "beach.png")


@pytest.fixture
def me(signed_in):
    return signed_in()


@pytest.fixture
def pictures(me):
    return {
        name: me.post("/api/v1/media", files={"file": (name, png_bytes((40 + n, 30)))}).json()
        for n, name in enumerate(NAMES)
    }


def _names(client, **query):
    answer = client.get("/api/v1/media", params=query)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


def test_files_are_found_sorted_and_paged(me, pictures, tmp_path) -> None:
    sound = me.post("/api/v1/media", files={"file": ("hum.wav", tone(tmp_path / "a.wav", 1).read_bytes())}).json()
    by_name = ["apple.png", "beach.png", "Mango 100%.png", "Zebra.png", "شب کویر.png"]
    assert _names(me, sort="name", kind="image") == by_name
    assert _names(me) == [*["hum.wav"], *reversed(NAMES)]
    assert _names(me, sort="oldest", kind="image") == list(NAMES)
    assert _names(me, sort="largest", limit=1) == ["hum.wav"]
    assert _names(me, sort="longest", limit=1) == ["hum.wav"]
    assert _names(me, q="کویر شب") == ["شب کویر.png"]
    assert _names(me, q="100%") == ["Mango 100%.png"]
    assert _names(me, q="%") == ["Mango 100%.png"], "a search is no pattern"
    assert _names(me, q="PNG", kind="audio") == []
    assert _names(me, kind="music") == _names(me, use="music") == ["hum.wav"]
    assert _names(me, state="waiting") == ["hum.wav"]
    for sort in ("newest", "oldest", "name", "largest", "longest"):
        seen, cursor = [], None
        while True:
            page = me.get("/api/v1/media", params={"sort": sort, "limit": 2, **({"cursor": cursor} if cursor else {})})
            seen += [item["name"] for item in page.json()["items"]]
            cursor = page.json()["next"]
            if cursor is None:
                break
        assert sorted(seen) == sorted((*NAMES, "hum.wav")), sort
        assert seen == _names(me, sort=sort), sort
    assert me.get("/api/v1/media", params={"cursor": "WyJuYW1lIl0"}).status_code == 422
    for sort, crafted in (
        ("newest", "2026-01-01T00:00:00"),
        ("newest", "0001-01-01T00:00:00+14:00"),
        ("largest", 10**30),
        ("longest", float("nan")),
        ("name", "a\0"),
    ):
        cursor = base64.urlsafe_b64encode(json.dumps([sort, crafted, "x"]).encode()).decode()
        assert me.get("/api/v1/media", params={"sort": sort, "cursor": cursor}).status_code == 422, crafted
    assert me.post("/api/v1/media", files={"file": ("ÄRGER.png", png_bytes(color=(9, 9, 9)))}).status_code == 201
    assert _names(me, q="ärger") == ["ÄRGER.png"]
    changed = me.patch(f"/api/v1/media/{sound['id']}", json={"name": "Wind", "use": "sfx"}).json()
    assert (changed["name"], changed["use"]) == ("Wind", "sfx")
    assert me.patch(f"/api/v1/media/{sound['id']}", json={"size": 1}).status_code == 422


def test_folders_are_a_tree(me, pictures, signed_in) -> None:
    def make(name, parent=None):
        return me.post("/api/v1/media/folders", json={"name": name, "parent_id": parent})

    trip = make("Trip").json()
    day = make("Day 1", trip["id"]).json()
    assert make(" trip ").json()["code"] == "folder-exists"
    assert make("Trip", trip["id"]).status_code == 201, "the same name elsewhere"
    assert make("  ").status_code == 422
    assert make("\u200c").status_code == 422, "nothing of it can be seen"
    assert make("\u202eفایل\u200cهای\n من").json()["name"] == "فایل\u200cهای من", "Persian words need their joiners"
    one, two = pictures["apple.png"], pictures["beach.png"]
    for media, folder in ((one, trip), (two, day)):
        assert me.patch(f"/api/v1/media/{media['id']}", json={"folder_id": folder["id"]}).status_code == 200
    assert _names(me, folder=day["id"]) == ["beach.png"]
    assert "beach.png" not in _names(me, folder="root")
    listed = {row["name"]: row for row in me.get("/api/v1/media/folders").json()["items"] if row["id"] != trip["id"]}
    assert (listed["Day 1"]["files"], listed["Day 1"]["bytes"]) == (1, two["size"])
    into_itself = me.patch(f"/api/v1/media/folders/{trip['id']}", json={"parent_id": day["id"]})
    assert into_itself.json()["detail"] == "A folder cannot lie in itself."
    moved = me.patch(f"/api/v1/media/folders/{day['id']}", json={"parent_id": None, "name": "Monday"}).json()
    assert (moved["name"], moved["parent_id"]) == ("Monday", None)
    stranger = signed_in(email="b@example.com")
    assert stranger.patch(f"/api/v1/media/folders/{day['id']}", json={"name": "x"}).status_code == 404
    assert stranger.get("/api/v1/media/folders").json()["items"] == []
    assert me.patch(f"/api/v1/media/{one['id']}", json={"folder_id": "f" * 32}).status_code == 404
    deep = None
    for level in range(8):
        deep = make(f"Level {level}", deep).json()["id"]
    assert make("Too deep", deep).json()["detail"] == "Folders may lie 8 deep."


def test_a_folder_is_deleted_with_or_without_its_files(me, pictures, signed_in, monkeypatch) -> None:
    outer = me.post("/api/v1/media/folders", json={"name": "Outer"}).json()
    inner = me.post("/api/v1/media/folders", json={"name": "Inner", "parent_id": outer["id"]}).json()
    kept, used, gone = (pictures[name] for name in ("apple.png", "beach.png", "Zebra.png"))
    me.patch(f"/api/v1/media/{kept['id']}", json={"folder_id": inner["id"]})
    answer = me.delete(f"/api/v1/media/folders/{inner['id']}")
    assert answer.json() == {"deleted": 0, "moved": 1, "gone": []}
    assert _names(me, folder=outer["id"]) == ["apple.png"]
    for media in (used, gone):
        me.patch(f"/api/v1/media/{media['id']}", json={"folder_id": outer["id"]})
    held = [uses.Use(used["id"], "project", "p", "Lut")]
    monkeypatch.setattr(uses, "_reports", [lambda session, user_id: iter(held)])
    answer = me.delete(f"/api/v1/media/folders/{outer['id']}?files=delete").json()
    assert (answer["deleted"], answer["moved"], set(answer["gone"])) == (2, 1, {kept["id"], gone["id"]})
    assert sorted(_names(me, folder="root")) == ["Mango 100%.png", "beach.png", "شب کویر.png"]
    wanted = [gone["id"], "f" * 32, kept["id"], used["id"], gone["id"]]
    theirs = signed_in(email="b@example.com").post("/api/v1/media/restore", json={"ids": wanted}).json()
    assert theirs == {"items": [], "failed": list(dict.fromkeys(wanted))}
    back = me.post("/api/v1/media/restore", json={"ids": wanted}).json()
    assert [(each["id"], each["folder_id"]) for each in back["items"]] == [(gone["id"], None), (kept["id"], None)]
    assert back["failed"] == ["f" * 32, used["id"]], "which is there"
    assert {"apple.png", "Zebra.png"} <= set(_names(me, folder="root"))
    assert me.post("/api/v1/media/restore", json={"ids": []}).status_code == 422


def test_files_are_restored_in_one_order_whatever_the_request_says(me, pictures) -> None:
    """On PostgreSQL two requests about the same rows in other orders would wait for each other for good."""
    wanted = sorted((media["id"] for media in pictures.values()), reverse=True)
    for key in wanted:
        assert me.delete(f"/api/v1/media/{key}").status_code == 204
    written: list[str] = []

    def note(mapper, connection, media) -> None:
        written.append(media.id)

    event.listen(Media, "after_update", note)
    try:
        back = me.post("/api/v1/media/restore", json={"ids": wanted}).json()
    finally:
        event.remove(Media, "after_update", note)
    assert written == sorted(wanted)
    assert [media["id"] for media in back["items"]] == wanted


def test_what_came_into_use_as_it_was_deleted_is_had_again(me, pictures, monkeypatch) -> None:
    apple, beach = (pictures[name]["id"] for name in ("apple.png", "beach.png"))
    for key in (apple, beach):
        assert me.delete(f"/api/v1/media/{key}").status_code == 204
    monkeypatch.setattr(uses, "_reports", [lambda session, user_id: iter([uses.Use(apple, "project", "p", "Lut")])])
    monkeypatch.setattr(service, "TRASH", timedelta(seconds=-1))
    with db.get_database().system_session() as session:
        assert upkeep.purge_deleted(session, limit=10) == 1
    assert me.get(f"/api/v1/media/{apple}").status_code == 200
    assert me.post(f"/api/v1/media/{beach}/restore").status_code == 404


def test_administrators_set_quotas(me, pictures, signed_in) -> None:
    admin, house = signed_in(Role.ADMIN), signed_in(Role.PLATFORM_ADMIN)
    with db.get_database().system_session(read_only=True) as session:
        mine = session.exec(select(User.id).where(User.email == "member@example.com")).one()
    assert me.put("/api/v1/media/quota", json={"user_id": mine, "limit": 10**12}).status_code == 403
    assert admin.put("/api/v1/media/quota", json={"user_id": mine, "limit": 10}).status_code == 204
    refused = me.post("/api/v1/media", files={"file": ("a.png", png_bytes((99, 99)))})
    assert "only 0 bytes of your 10 bytes are free" in refused.json()["detail"]
    assert admin.put("/api/v1/media/quota", json={"user_id": mine, "limit": None}).status_code == 204
    assert house.put("/api/v1/media/quota", json={"limit": 10}).status_code == 204
    assert (
        "this site has only 0 bytes left"
        in me.post("/api/v1/media", files={"file": ("a.png", png_bytes((99, 99)))}).json()["detail"]
    )
    assert admin.get("/api/v1/media/quota").json()["tenant"]["limit"] == 10
    assert admin.put("/api/v1/media/quota", json={"user_id": "f" * 32, "limit": 10}).status_code == 404
    assert admin.put("/api/v1/media/quota", json={"user_id": mine, "limit": 10**9}).status_code == 204
    everybody = admin.get("/api/v1/media/quotas").json()
    kept = sum(picture["size"] for picture in pictures.values())
    assert (everybody["site"]["used"], everybody["site"]["set"]) == (kept, 10)
    assert [(one["email"], one["used"], one["set"]) for one in everybody["items"]] == [
        ("member@example.com", kept, 10**9),
        ("admin@example.com", 0, None),
        ("platform_admin@example.com", 0, None),
    ]
    assert me.get("/api/v1/media/quotas").status_code == 403
    assert me.get("/api/v1/media/quota").json()["tenant"] is None


def test_how_much_room_a_site_has_is_for_the_house(signed_in: SignedIn, client: TestClient) -> None:
    boss, house = signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT), signed_in(Role.PLATFORM_ADMIN)
    helped = signed_in(email="jobs@other.test", tenant=OTHER_TENANT)
    account = helped.get("/api/v1/auth/me").json()["id"]
    role = boss.post("/api/v1/roles", json={"name": "Jobs", "permissions": ["projects", "jobs:tenant"]}).json()["id"]
    assert boss.patch(f"/api/v1/people/{account}", json={"custom_role_id": role}).is_success
    site, person = {"user_id": "", "limit": 10**15}, {"user_id": account, "limit": 10**15}

    def with_key(*scopes: str) -> dict[str, str]:
        secret = boss.post("/api/v1/keys", json={"name": "k", "scopes": scopes}).json()["secret"]
        return {"Authorization": f"Bearer {secret}", "Host": "other.test"}

    for who, headers in ((boss, {}), (helped, {}), (client, with_key("jobs:tenant")), (client, with_key("site"))):
        assert who.put("/api/v1/media/quota", json=site, headers=headers).status_code == 403
        assert who.put("/api/v1/sites/mine/quota", json={"limit": 10**15}, headers=headers).status_code == 403
    for who, headers in ((helped, {}), (client, with_key("jobs:tenant"))):
        assert who.put("/api/v1/media/quota", json=person, headers=headers).status_code == 403
        assert who.get("/api/v1/media/quotas", headers=headers).status_code == 403
    assert helped.get("/api/v1/media/quota").json()["sets"] is False
    assert boss.get("/api/v1/media/quotas").json()["site"]["sets"] is False
    assert boss.get("/api/v1/usage").json()["storage"]["limit"] == get_settings().tenant_quota_bytes
    assert boss.put("/api/v1/media/quota", json=person).status_code == 204

    usual = get_settings().tenant_quota_bytes
    now = {"used": 0, "limit": 77, "warning": False, "set": 77, "usual": usual}
    assert house.put(f"/api/v1/sites/{OTHER_TENANT}/quota", json={"limit": 77}).json() == now
    assert boss.get("/api/v1/usage").json()["storage"]["limit"] == 77
    told = boss.get("/api/v1/audit?act=quota").json()["items"][0]
    assert (told["actor_email"], told["details"]) == ("platform_admin@example.com", {"limit": [None, 77]})


def test_cleanup_tells_what_goes_when_and_never_takes_what_is_used(me, pictures, monkeypatch) -> None:
    held = [uses.Use(pictures["apple.png"]["id"], "project", "p", "Lut")]
    monkeypatch.setattr(uses, "_reports", [lambda session, user_id: iter(held)])
    database, start = db.get_database(), clock.now()
    at = {"time": start}
    monkeypatch.setattr(clock, "_source", lambda: at["time"])
    assert me.get("/api/v1/media/cleanup").json()["items"] == []
    preview = me.get("/api/v1/media/cleanup?days=10").json()
    assert (preview["files"], preview["days"]) == (4, None), "nothing is set yet"
    assert me.put("/api/v1/media/cleanup", json={"days": 2}).status_code == 422
    assert me.put("/api/v1/media/cleanup", json={"days": 10}).json()["files"] == 4
    me.patch(f"/api/v1/media/{pictures['beach.png']['id']}", json={"kept": True})

    at["time"] = start + timedelta(days=8)
    upkeep.run(database)
    shown = me.get("/api/v1/media/cleanup").json()["items"]
    assert "beach.png" not in [item["media"]["name"] for item in shown]
    assert len(shown) == 3
    announced = me.get(f"/api/v1/media/{pictures['Zebra.png']['id']}").json()["delete_at"]
    assert announced == (start + timedelta(days=8) + cleanup.NOTICE).isoformat()
    held.append(uses.Use(pictures["Mango 100%.png"]["id"], "project", "p", "Lut"))

    at["time"] = start + timedelta(days=8) + cleanup.NOTICE + timedelta(seconds=1)
    upkeep.run(database)
    assert sorted(_names(me)) == ["Mango 100%.png", "apple.png", "beach.png"]
    assert me.get(f"/api/v1/media/{pictures['Mango 100%.png']['id']}").json()["delete_at"] is None
    back = me.post(f"/api/v1/media/{pictures['Zebra.png']['id']}/restore")
    assert back.status_code == 200, "a day to have it back"
    assert back.json()["delete_at"] is None

    at["time"] += service.TRASH + timedelta(minutes=1)
    with database.system_session() as session:
        assert upkeep.purge_deleted(session, limit=10) == 1
    with database.system_session(read_only=True) as session:
        assert len(session.exec(select(Media)).all()) == 4
    assert me.put("/api/v1/media/cleanup", json={"days": None}).json()["items"] == []
