"""Feature switches: off everywhere or on one site, asked where the feature begins."""

from fastapi.testclient import TestClient

from flatrender.access.models import Role
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.outbox import OutboxEvent
from flatrender.notifications import webhooks
from tests.api.conftest import SignedIn
from tests.installation import OTHER_TENANT

HOOK = {"url": "https://93.184.216.34/", "events": ["media.ready"]}
NEW = {"email": "ada@example.com", "password": "correct horse battery", "name": "Ada"}
VOICE = {"Tus-Resumable": "1.0.0", "Upload-Length": "10", "Upload-Metadata": "filename YS53YXY=,use dm9pY2U="}


def switch(house: TestClient, address: str, **features: bool) -> None:
    answer = house.patch(f"/api/v1{address}", json={"features": features})
    assert answer.status_code == 200, answer.text


def begun(browser: TestClient) -> dict[str, str]:
    """What comes of beginning each feature: a code, or nothing."""
    stranger = TestClient(browser.app, base_url=str(browser.base_url))
    begins = {
        "uploads": browser.post("/api/v1/media", files={"file": ("a.png", b"x", "image/png")}),
        "voice_over": browser.post("/api/v1/media/uploads", headers=VOICE),
        "webhooks": browser.post("/api/v1/webhooks", json=HOOK),
        "sign_up": stranger.post("/api/v1/auth/sign-up", json=NEW),
    }
    return {
        name: answer.json().get("code", "") if answer.content and not answer.is_success else ""
        for name, answer in begins.items()
    }


def test_what_is_off_does_not_begin(signed_in: SignedIn, installation: Database) -> None:
    house, boss = signed_in(Role.PLATFORM_ADMIN), signed_in(Role.ADMIN)
    other = signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT)
    assert set(boss.get("/api/v1/sites/mine/features").json()["features"].values()) == {True}
    everything = dict.fromkeys(house.get("/api/v1/features").json()["features"], False)
    switch(house, f"/sites/{DEFAULT_TENANT}/features", **everything)
    off = {"uploads": "switched-off", "voice_over": "switched-off", "webhooks": "switched-off"}
    assert begun(boss) == {**off, "sign_up": "sign-up-closed"}
    assert begun(other) == {"uploads": "bad-file", "voice_over": "", "webhooks": "", "sign_up": ""}
    switch(house, f"/sites/{DEFAULT_TENANT}/features", **dict.fromkeys(everything, True))
    switch(house, "/features", webhooks=False)
    assert begun(other)["webhooks"] == begun(boss)["webhooks"] == "switched-off"
    with installation.system_session(read_only=True) as session:
        event = OutboxEvent(kind="media.ready", tenant_id=OTHER_TENANT, payload={}, topic="")
        assert list(webhooks.wanting(session, event)) == [], "nothing is sent to those that were there before"
    seen = other.get("/api/v1/sites/mine/features").json()
    assert (seen["features"]["webhooks"], seen["here"]["webhooks"], seen["house"]["webhooks"]) == (False, True, False)
    told = house.get("/api/v1/audit?act=features").json()["items"]
    assert told[0]["details"] == {"webhooks": [True, False]} and len(told) == 3


def test_only_those_who_run_the_house_switch(signed_in: SignedIn) -> None:
    boss = signed_in(Role.ADMIN)
    body = {"features": {"uploads": False}}
    assert boss.patch("/api/v1/sites/mine/features", json=body).status_code == 403
    assert boss.get("/api/v1/features").status_code == 403
    house = signed_in(Role.PLATFORM_ADMIN)
    wrong = house.patch("/api/v1/features", json={"features": {"moons": True}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown-feature")
