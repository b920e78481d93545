"""Nothing of one tenant or user is seen by another: every route with an id, as strangers with the ids of others.

The routes come from the application's own description, their bodies from the schemas there, so that a new route is
tried without being named here. Every id is real: in the same run it answers 2xx to its owner, before and after.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from flatrender.access.models import IdentityProvider, Role
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.notifications.models import Delivery
from tests.api.conftest import SignedIn, one_api
from tests.api.test_renders import job_of
from tests.installation import OTHER_TENANT
from tests.projects.conftest import drawn_at_once, made_projects, promo, quick_passwords, scanned_once, template_first

__all__ = ["drawn_at_once", "made_projects", "promo", "quick_passwords", "scanned_once", "template_first"]

Json = dict[str, Any]
DESCRIPTION = one_api().openapi()
METHODS = ("get", "put", "post", "patch", "delete")
# Of the whole farm: those who do not run it are told so, whatever the id.
FARM = re.compile(r"/api/v1/(nodes|farm|tasks|node-tokens)/|/boost$|^(DELETE|PATCH) /api/jobs/")
# Clients of the render manager have a token of the settings; people see their own jobs there.
TOKENS = re.compile(r"/api/jobs/")
# What a schema cannot say.
BODIES: dict[str, Json] = {
    "PATCH /api/v1/projects/{project_id}": {"name": "Mine now"},
    "POST /api/v1/projects/{project_id}/ops": {"base_revision": 0, "op_id": "o" * 32, "ops": [{"op": "x"}]},
    "POST /api/v1/projects/{project_id}/bake": {"clip": "c", "key": "title", "value": "x"},
}
FILES = {"POST /api/v1/templates/{template_id}/fonts/{font_id}/file"}  # multipart forms
# What was sent is judged before anything is looked up: 422, whatever the id.
JUDGED_FIRST = FILES | {"PUT /api/v1/templates/{template_id}/fonts/{font_id}/replacement"}
TUS = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
# Values of what is no id.
PLAIN = {"script": "latin", "frame": "1", "revision": "1", "kind": "logo", "name": "x", "asset": "film_1_1"}


def routes() -> list[tuple[str, str]]:
    return [
        (method.upper(), path)
        for path, operations in DESCRIPTION["paths"].items()
        for method in METHODS
        if method in operations and "{" in path
    ]


def example(schema: Json) -> Any:
    """The least that a schema takes."""
    if "$ref" in schema:
        return example(DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "default" in schema:
        return schema["default"]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return example(schema[choice][0])
    if "enum" in schema or "const" in schema:
        return schema.get("const") or schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: example(schema["properties"][name]) for name in schema.get("required", ())}
        case "array":
            return [example(schema.get("items", {}))] * schema.get("minItems", 0)
        case "string":
            if schema.get("format") == "date-time":
                return "2026-11-26T12:00:00Z"
            return "x" * max(1, schema.get("minLength", 0))
        case "integer" | "number":
            return max(schema.get("minimum", 1), schema.get("exclusiveMinimum", 0))
        case "boolean":
            return False
    return "x"


def request(browser: TestClient, method: str, path: str, ids: Json) -> tuple[int, str]:
    """Sends the route's request with `ids` in its address; status and text."""
    operation = DESCRIPTION["paths"][path][method.lower()]
    address = re.sub(r"\{(\w+)\}", lambda name: str({**PLAIN, **ids}[name[1]]), path)
    content = operation.get("requestBody", {}).get("content", {})
    body = BODIES.get(f"{method} {path}")
    if body is None and "application/json" in content:
        body = example(content["application/json"]["schema"])
    queries = [each for each in operation.get("parameters", ()) if each["in"] == "query" and each.get("required")]
    if f"{method} {path}" in FILES:
        sent: Json = {"files": {"file": ("a.ttf", b"x")}}
    elif body is not None:
        sent = {"json": body}
    else:
        sent = {"content": picture()} if method in {"PUT", "PATCH"} else {}
    answer = browser.request(
        method,
        address,
        params={each["name"]: example(each["schema"]) for each in queries},
        headers=TUS if "/uploads/" in path else None,
        **sent,
    )
    return answer.status_code, answer.text[:300]


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(written, "PNG")
    return written.getvalue()


def provider_of(database: Database) -> str:
    """An identity provider of the default site; to add one over REST, it would have to answer."""
    with database.tenant_session(DEFAULT_TENANT) as session:
        wish = {"name": "Company", "issuer": "https://company.example", "client_id": "x", "secret": "x"}
        provider = IdentityProvider(**wish)
        session.add(provider)
        return provider.id


def delivery_to(database: Database, endpoint_id: str) -> str:
    """A message to a webhook that has arrived."""
    with database.tenant_session(DEFAULT_TENANT) as session:
        told = Delivery(event_id=1, channel="endpoint", target="x", payload={}, endpoint_id=endpoint_id, state="sent")
        session.add(told)
        return told.id


class World:
    """An administrator of a site with one of everything."""

    def __init__(self, owner: TestClient, database: Database, template: str) -> None:
        self.owner = owner
        made = self._made
        scenes = owner.get(f"/api/v1/templates/{template}/review").json()
        project = made("/projects", template_id=template)
        clip = owner.get(f"/api/v1/projects/{project['id']}").json()
        owner.post(f"/api/v1/projects/{project['id']}/versions", json={"name": "One"})
        uploaded = owner.post("/api/v1/media", files={"file": ("a.png", picture(), "image/png")})
        assert uploaded.status_code == 201, uploaded.text
        started = owner.post(
            "/api/v1/media/uploads",
            headers={"Tus-Resumable": "1.0.0", "Upload-Length": "10", "Upload-Metadata": "filename YS5wbmc="},
        )
        assert started.status_code == 201, started.text
        assert owner.put("/api/v1/auth/me/picture", content=picture()).is_success
        self.ids: Json = {
            "project_id": project["id"],
            "clip_id": first(clip, "clip_id") or first(clip, "id"),
            "template_id": template,
            "scene_id": scenes["scenes"][0]["id"],
            "element_id": scenes["scenes"][0]["elements"][0]["id"],
            "color_id": scenes["colors"][0]["id"],
            "preset_id": scenes["presets"][0]["id"],
            "scan_id": owner.post(f"/api/v1/templates/{template}/scan/preview").json()["scan_id"],
            "font_id": (first(scenes.get("fonts", []), "id") or "0" * 32),
            "media_id": uploaded.json()["id"],
            "upload_id": started.headers["location"].rpartition("/")[2],
            "folder_id": made("/media/folders", name="Films")["id"],
            "category_id": made("/categories", name="Own")["id"],
            "job_id": job_of(database, "admin@example.com"),
            "key_id": made("/keys", name="Batch")["id"],
            "role_id": made("/roles", name="Guests", permissions=["projects"])["id"],
            "provider_id": provider_of(database),
            "webhook_id": (webhook := made("/webhooks", url="https://93.184.216.34/", events=["media.ready"])["id"]),
            "delivery_id": delivery_to(database, webhook),
            "domain_id": made(f"/sites/{DEFAULT_TENANT}/domains", name="films.example")["id"],
            "site_id": DEFAULT_TENANT,
            "session_id": owner.get("/api/v1/auth/sessions").json()["items"][0]["id"],
            "user_id": next(each["id"] for each in owner.get("/api/v1/people").json()["items"] if each["you"]),
            # The farm's own: nobody's in a tenant.
            **{name: "0" * 32 for name in ("node_id", "task_id", "token_id", "tenant_id")},
        }

    def _made(self, path: str, **body: Any) -> Json:
        answer = self.owner.post(f"/api/v1{path}", json=body)
        assert answer.status_code in {200, 201}, f"{path}: {answer.text}"
        return dict(answer.json())

    def proofs(self) -> Iterator[tuple[str, bool]]:
        """Each id, and whether it answers 2xx to its owner (or stands in the owner's list)."""
        ids, get = self.ids, self.owner.get
        for name, path in (
            ("project_id", f"/projects/{ids['project_id']}"),
            ("template_id", f"/templates/{ids['template_id']}/review"),
            ("job_id", f"/renders/{ids['job_id']}"),
            ("site_id", f"/sites/{ids['site_id']}"),
            ("user_id", f"/people/{ids['user_id']}/picture"),
        ):
            yield name, get(f"/api/v1{path}").is_success
        upload = self.owner.head(f"/api/v1/media/uploads/{ids['upload_id']}", headers={"Tus-Resumable": "1.0.0"})
        yield "upload_id", upload.is_success
        for name, path in (
            ("scene_id", f"/templates/{ids['template_id']}/review"),
            ("media_id", "/media"),
            ("clip_id", f"/projects/{ids['project_id']}"),
            ("element_id", f"/templates/{ids['template_id']}/review"),
            ("color_id", f"/templates/{ids['template_id']}/review"),
            ("preset_id", f"/templates/{ids['template_id']}/review"),
            ("scan_id", f"/templates/{ids['template_id']}/review"),
            ("folder_id", "/media/folders"),
            ("category_id", "/categories"),
            ("key_id", "/keys"),
            ("role_id", "/roles"),
            ("domain_id", f"/sites/{ids['site_id']}"),
            ("webhook_id", "/webhooks"),
            ("delivery_id", f"/webhooks/{ids['webhook_id']}/deliveries"),
            ("provider_id", f"/sites/{ids['site_id']}/providers"),
            ("session_id", "/auth/sessions"),
            ("user_id", "/people"),
        ):
            listed = get(f"/api/v1{path}")
            yield name, listed.is_success and str(ids[name]) in listed.text


def first(value: Any, name: str) -> Any:
    """The first value under a name, anywhere in a JSON value."""
    if isinstance(value, dict):
        if isinstance(value.get(name), str):
            return value[name]
        value = list(value.values())
    if isinstance(value, list):
        return next((found for each in value if (found := first(each, name))), None)
    return None


@pytest.fixture
def world(signed_in: SignedIn, installation: Database, promo: str, quick_passwords: None) -> World:
    return World(signed_in(Role.ADMIN), installation, promo)


def refused(status: int, route: str) -> bool:
    """Not found; what is the farm's is not allowed; what takes a client's token asks for one; some judge first."""
    if FARM.search(route):
        return status in {403, 404}
    if route in JUDGED_FIRST:
        return status in {404, 422}
    return status == 404 or (status == 401 and bool(TOKENS.search(route)))


def test_every_address_with_an_id_is_not_found_by_others(world: World, signed_in: SignedIn) -> None:
    assert [name for name, answers in world.proofs() if not answers] == []
    elsewhere = signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT)
    seen = {
        f"{method} {path}": told
        for method, path in routes()
        if not refused((told := request(elsewhere, method, path, world.ids))[0], f"{method} {path}")
    }
    assert not seen, "\n".join(f"{route}: {told}" for route, told in seen.items())
    assert [name for name, answers in world.proofs() if not answers] == [], "nothing was changed from elsewhere"


def test_what_is_a_users_own_is_not_found_by_another_user(world: World, signed_in: SignedIn) -> None:
    """Templates and the site itself are the tenant's: a user is told that they may not change them."""
    another = signed_in(Role.MEMBER, email="another@example.com")
    own = {"project_id", "media_id", "upload_id", "folder_id", "job_id", "key_id", "session_id"}
    seen = {
        f"{method} {path}": told
        for method, path in routes()
        if own & set(re.findall(r"\{(\w+)\}", path))
        and not refused((told := request(another, method, path, world.ids))[0], f"{method} {path}")
    }
    assert not seen, "\n".join(f"{route}: {told}" for route, told in seen.items())
    assert [name for name, answers in world.proofs() if not answers] == [], "nothing was changed by another"
