"""Nothing of one tenant or user is seen by another: every route with an id, as strangers with the ids of others.

The routes come from the application's own description, their bodies from the schemas there, web sockets from its list
of routes, so that a new one is tried without being named here (what is said over a socket is). Every id is real: in the
same run it answers 2xx to its owner, before and after.
"""

import io
import json
import re
from typing import Any

import pytest
from fastapi.routing import _IncludedRouter
from fastapi.testclient import TestClient
from PIL import Image
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from flatrender.access.models import IdentityProvider, Role
from flatrender.api.bakes import SIGNED_OUT
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.storage import get_storage
from flatrender.media.models import Media
from flatrender.notifications.models import Delivery
from flatrender.renders.models import Export, RenderJob
from flatrender.templates.models import Template, TemplateFont, TemplateScene
from flatrender.tenants.typefaces import SCRIPTS
from tests.api.conftest import SignedIn, one_api
from tests.api.test_renders import job_of
from tests.fonts import square_font
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
# Read by nobody here: promo's scenes hold no film and no sound (tests/projects has some that do).
UNREADABLE = {f"/api/v1/projects/{{project_id}}/scenes/{{clip_id}}/{name}" for name in ("films/{asset}", "sound")}
LETTERS = "".join({letter: "" for script in SCRIPTS.values() for letter in script.letters})
BOSS = "boss@other.test"
# Values of what is no id.
PLAIN = {"script": "latin", "frame": "1", "revision": "1", "kind": "logo", "name": "x", "asset": "film_1_1"}


def routes() -> list[tuple[str, str]]:
    return [
        (method.upper(), path)
        for path, operations in DESCRIPTION["paths"].items()
        for method in METHODS
        if method in operations and "{" in path
    ]


# What is said over a web socket, with ids by their names, and answered to its owner. Each socket has one.
MESSAGES: dict[str, Json] = {
    "/api/v1/projects/{project_id}/bakes": {"id": 1, "clip": "{clip_id}", "key": "title", "value": "Mine"},
}


def sockets() -> list[str]:
    """The addresses of web sockets, which no description names."""
    routes: list[Any] = []
    for each in one_api().router.routes:
        if isinstance(each, _IncludedRouter):
            routes += [route.starlette_route or route for route in each.effective_route_contexts()]
        else:
            routes.append(each)
    return [route.path for route in routes if isinstance(route, WebSocketRoute)]


def said(browser: TestClient, host: str, path: str, ids: Json) -> int:
    """What a web socket answers: a status, or the code with which it is closed."""

    def filled(text: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda name: str(ids[name[1]]), text)

    message = {key: filled(value) if isinstance(value, str) else value for key, value in MESSAGES[path].items()}
    try:
        with browser.websocket_connect(f"ws://{host}{filled(path)}") as socket:
            socket.send_text(json.dumps(message))
            answer = socket.receive_json()
    except WebSocketDisconnect as closed:
        return int(closed.code)
    return int(answer["problem"]["status"]) if "problem" in answer else 200


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
        follow_redirects=False,
        **sent,
    )
    return answer.status_code, answer.text[:300]


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(written, "PNG")
    return written.getvalue()


def provider_of(database: Database, site: str) -> str:
    """An identity provider of a site; to add one over REST, it would have to answer."""
    with database.tenant_session(site) as session:
        wish = {"name": "Company", "issuer": "https://company.example", "client_id": "x", "secret": "x"}
        provider = IdentityProvider(**wish)
        session.add(provider)
        return provider.id


def delivery_to(database: Database, site: str, endpoint_id: str) -> str:
    """A message to a webhook that has arrived."""
    with database.tenant_session(site) as session:
        told = Delivery(event_id=1, channel="endpoint", target="x", payload={}, endpoint_id=endpoint_id, state="sent")
        session.add(told)
        return told.id


def missing_font(database: Database, site: str, template_id: str) -> str:
    """A font that the template's file asks for and that is not there."""
    with database.tenant_session(site) as session:
        font = TemplateFont(template_id=template_id, postscript_name="Brand-Bold", family="Brand")
        session.add(font)
        return font.id


def kept(name: str) -> str:
    """A file in the storage, as a node or housekeeping would have made it; its key."""
    get_storage().put_bytes(picture(), f"made/{name}")
    return f"made/{name}"


class World:
    """An administrator of a site with one of everything: a template, files with all that nodes make of them, a finished
    film, fonts and pictures of the site. `email`: the administrator's;
    `shared`: what the house shares."""

    def __init__(
        self, owner: TestClient, database: Database, template: str, site: str, email: str, shared: str = ""
    ) -> None:
        self.owner, self.site, self.shared = owner, site, shared
        made = self._made
        review = owner.get(f"/api/v1/templates/{template}/review").json()
        scene = review["scenes"][0]
        project = made("/projects", template_id=template)
        owner.post(f"/api/v1/projects/{project['id']}/versions", json={"name": "One"})
        assert owner.post(f"/api/v1/projects/{project['id']}/frames/{PLAIN['frame']}").is_success
        document = owner.get(f"/api/v1/projects/{project['id']}").json()["document"]
        uploaded = owner.post("/api/v1/media", files={"file": ("a.png", picture(), "image/png")})
        assert uploaded.status_code == 201, uploaded.text
        started = owner.post(
            "/api/v1/media/uploads",
            headers={"Tus-Resumable": "1.0.0", "Upload-Length": "10", "Upload-Metadata": "filename YS5wbmc="},
        )
        assert started.status_code == 201, started.text
        assert owner.put("/api/v1/auth/me/picture", content=picture()).is_success
        for kind in ("logo", "landing"):
            assert owner.put(f"/api/v1/sites/{site}/{kind}", content=picture()).is_success
        assert owner.put(f"/api/v1/sites/{site}/fonts/latin", content=square_font("Own", LETTERS)).is_success
        job = job_of(database, email, tenant=site, document=document, project_id=project["id"])
        self.ids: Json = {
            "project_id": project["id"],
            "clip_id": next(clip["id"] for track in document["tracks"] for clip in track["items"] if "scene" in clip),
            "template_id": template,
            "scene_id": scene["id"],
            "element_id": next(element["id"] for element in scene["elements"] if element["kind"] == "image"),
            "color_id": review["colors"][0]["id"],
            "preset_id": review["presets"][0]["id"],
            "scan_id": owner.post(f"/api/v1/templates/{template}/scan/preview").json()["scan_id"],
            "font_id": missing_font(database, site, template),
            "media_id": uploaded.json()["id"],
            "upload_id": started.headers["location"].rpartition("/")[2],
            "folder_id": made("/media/folders", name="Films")["id"],
            "category_id": made("/categories", name="Own")["id"],
            "job_id": job,
            "key_id": made("/keys", name="Batch")["id"],
            "role_id": made("/roles", name="Guests", permissions=["projects"])["id"],
            "provider_id": provider_of(database, site),
            "webhook_id": (webhook := made("/webhooks", url="https://93.184.216.34/", events=["media.ready"])["id"]),
            "delivery_id": delivery_to(database, site, webhook),
            "domain_id": made(f"/sites/{site}/domains", name="films.example")["id"],
            "site_id": site,
            "session_id": owner.get("/api/v1/auth/sessions").json()["items"][0]["id"],
            "user_id": next(each["id"] for each in owner.get("/api/v1/people").json()["items"] if each["you"]),
            # The farm's own: nobody's in a tenant.
            **{name: "0" * 32 for name in ("node_id", "task_id", "token_id", "tenant_id")},
        }
        self._made_by_nodes(database)

    def _made_by_nodes(self, database: Database) -> None:
        """Posters, proxies, pictures and a film: what is fetched by address when a node has made it."""
        ids = self.ids
        with database.tenant_session(self.site) as session:
            template = session.get_one(Template, ids["template_id"])
            scene = session.get_one(TemplateScene, ids["scene_id"])
            template.poster_key, template.preview_key = kept("poster"), kept("preview")
            scene.picture_key = kept("scene")
            media, job = session.get_one(Media, ids["media_id"]), session.get_one(RenderJob, ids["job_id"])
            media.thumbnail_key, media.proxy_key, media.sprite_key = kept("thumbnail"), kept("proxy"), kept("sprite")
            media.peaks_key = kept("peaks.0").removesuffix(".0")
            job.picture_key = kept("frame")
            facts = {"format": "mp4", "size": 1, "sha256": "0" * 64, "frames": 1, "duration": 1.0}
            facts |= {"width": 8, "height": 8}
            whose = {"job_id": job.id, "project_id": ids["project_id"], "user_id": job.user_id}
            session.add(Export(name="Film.mp4", key=kept("film"), **facts, **whose))
            for row in (template, scene, media, job):
                session.add(row)

    def _made(self, path: str, **body: Any) -> Json:
        answer = self.owner.post(f"/api/v1{path}", json=body)
        assert answer.status_code in {200, 201}, f"{path}: {answer.text}"
        return dict(answer.json())

    def silent(self) -> dict[str, Any]:
        """What does not answer its owner: addresses with ids that are read, and ids that stand in no list of theirs."""
        found: dict[str, Any] = {}
        for method, path in routes():
            if method != "GET" or FARM.search(path) or TOKENS.search(path) or path in UNREADABLE:
                continue
            shown = {"template_id": self.shared} if "/catalogue/" in path else {}  # the house's, not the site's copy
            status, text = request(self.owner, method, path, self.ids | shown)
            if status >= 400:
                found[path] = (status, text)
        for path in sockets():
            if (status := said(self.owner, "other.test", path, self.ids)) != 200:
                found[path] = status
        ids, get = self.ids, self.owner.get
        if not self.owner.head(f"/api/v1/media/uploads/{ids['upload_id']}", headers=TUS).is_success:
            found["upload_id"] = "an upload"
        for name, path in (
            ("scene_id", f"/templates/{ids['template_id']}/review"),
            ("media_id", "/media"),
            ("clip_id", f"/projects/{ids['project_id']}"),
            ("element_id", f"/templates/{ids['template_id']}/review"),
            ("color_id", f"/templates/{ids['template_id']}/review"),
            ("preset_id", f"/templates/{ids['template_id']}/review"),
            ("font_id", f"/templates/{ids['template_id']}/fonts"),
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
            if not listed.is_success or str(ids[name]) not in listed.text:
                found[name] = path
        return found


def first(value: Any, name: str) -> Any:
    """The first value under a name, anywhere in a JSON value."""
    if isinstance(value, dict):
        if isinstance(value.get(name), str):
            return value[name]
        value = list(value.values())
    if isinstance(value, list):
        return next((found for each in value if (found := first(each, name))), None)
    return None


def share(database: Database, template_id: str, **how: Any) -> None:
    with database.tenant_session(DEFAULT_TENANT) as session:
        template = session.get_one(Template, template_id)
        template.sqlmodel_update(how)
        session.add(template)


@pytest.fixture
def world(signed_in: SignedIn, installation: Database, promo: str, quick_passwords: None) -> World:
    share(installation, promo, shared=True)
    boss = signed_in(Role.ADMIN, email=BOSS, tenant=OTHER_TENANT)
    taken = boss.put(f"/api/v1/sites/{OTHER_TENANT}/catalogue/{promo}")
    assert taken.is_success, taken.text
    share(installation, promo, poster_key=kept("shared"))
    return World(boss, installation, taken.json()["taken"], OTHER_TENANT, BOSS, promo)


def refused(status: int, route: str) -> bool:
    """Not found; what is the farm's is not allowed; what takes a client's token asks for one; some judge first."""
    if FARM.search(route):
        return status in {403, 404}
    if route in JUDGED_FIRST:
        return status in {404, 422}
    return status == 404 or (status == 401 and bool(TOKENS.search(route)))


@pytest.mark.parametrize("signed", [True, False], ids=["its owner", "a visitor"])
def test_every_address_with_an_id_is_not_found_on_another_site(
    world: World, signed_in: SignedIn, client: TestClient, signed: bool
) -> None:
    assert world.silent() == {}
    elsewhere = signed_in(Role.OWNER, email="elsewhere@example.com") if signed else client
    seen: Json = {}
    for method, path in routes():
        told = request(elsewhere, method, path, world.ids)
        if not refused(told[0], f"{method} {path}") and (signed or told[0] != 401):
            seen[f"{method} {path}"] = told
    seen |= {
        path: status
        for path in sockets()
        if (status := said(elsewhere, "testserver", path, world.ids)) != (404 if signed else SIGNED_OUT)
    }
    assert not seen, "\n".join(f"{route}: {told}" for route, told in seen.items())
    assert world.silent() == {}, "nothing was changed from elsewhere"


def test_every_web_socket_is_known_and_tried() -> None:
    assert sockets() and set(sockets()) == set(MESSAGES)


def test_what_is_a_users_own_is_not_found_by_another_user(world: World, signed_in: SignedIn) -> None:
    """Templates and the site itself are the tenant's: a user is told that they may not change them."""
    another = signed_in(Role.MEMBER, email="another@other.test", tenant=OTHER_TENANT)
    own = {"project_id", "media_id", "upload_id", "folder_id", "job_id", "key_id", "session_id"}
    seen: Json = {
        f"{method} {path}": told
        for method, path in routes()
        if own & set(re.findall(r"\{(\w+)\}", path))
        and not refused((told := request(another, method, path, world.ids))[0], f"{method} {path}")
    }
    seen |= {path: status for path in sockets() if (status := said(another, "other.test", path, world.ids)) != 404}
    assert not seen, "\n".join(f"{route}: {told}" for route, told in seen.items())
    assert world.silent() == {}, "nothing was changed by another"
