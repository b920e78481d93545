"""Whatever administrators change is in the audit log: every changing route of theirs is done once, and must tell of it.

The routes come from the application itself, so that a new one is missed here until it is done here as well, or stands
among the exceptions with its reason.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.testclient import TestClient
from sqlmodel import func, select

from flatrender.access.models import AuditEntry, Role
from flatrender.access.permissions import FARM, JOBS_TENANT, SITE, SITES
from flatrender.api import render_manager, sites
from flatrender.api.app import ROUTERS
from flatrender.api.dependencies import Allowed
from flatrender.core import clock
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.farm import nodes
from flatrender.farm import service as farm
from flatrender.renders import writer
from flatrender.renders.manager.jobs import PROJECT
from flatrender.renders.manager.models import ProjectRender
from flatrender.renders.models import RenderJob
from flatrender.settings import get_settings
from flatrender.ui.catalogues import LANGUAGES, catalogue
from tests.api.conftest import SignedIn
from tests.api.test_isolation import picture
from tests.api.test_openid import house, provider
from tests.api.test_renders import job_of, user_id
from tests.dns_server import name_server
from tests.fonts import square_font
from tests.openid_provider import Provider
from tests.projects.conftest import drawn_at_once, made_projects, promo, scanned_once, template_first

__all__ = ["drawn_at_once", "house", "made_projects", "promo", "provider", "scanned_once", "template_first"]

Json = dict[str, Any]
OF_ADMINISTRATORS = {SITE, SITES, FARM, JOBS_TENANT}
LEAVES_NO_ENTRY = {
    "POST /webhooks/{webhook_id}/test": "changes nothing: sends a message, which the delivery log tells of",
    "POST /webhooks/{webhook_id}/deliveries/{delivery_id}/resend": "the same",
    "POST /farm/update": "notes it, but would fetch and start another version: tests/api/test_administration.py",
    "POST /system/update/execute": "the same",
}
NEVER_SHOWN = {"agent", "of"}
WORDS = {key.rpartition(".")[2] for key in catalogue("fa") if key.startswith(("audit.fields.", "features."))}
NORTH = {"slug": "north", "name": "North", "admin_email": "sara@north.example"}
HOOK = {"url": "https://93.184.216.34/", "events": ["media.ready"]}


def routes() -> set[str]:
    """Changing routes that ask for a right which administrators alone have, and those of keys."""
    return {
        f"{method} {route.path}"
        for router in (*ROUTERS, render_manager.router)
        for route in router.routes
        for method in route.methods - {"GET", "HEAD", "OPTIONS"}
        if rights(route.dependant) & OF_ADMINISTRATORS or route.path.startswith("/keys")
    }


def rights(of: Dependant) -> set[str]:
    own = {of.call.permission} if isinstance(of.call, Allowed) else set()
    own |= {SITE} if of.call is sites._chosen else set()
    return own.union(*(rights(each) for each in of.dependencies))


class Acts:
    """Does one route after the other as whoever runs the house; `quiet` are those that left no entry."""

    def __init__(self, admin: TestClient, database: Database) -> None:
        self.admin, self.database = admin, database
        self.done: set[str] = set()
        self.quiet: list[str] = []

    def __call__(self, route: str, *ids: str, **sent: Any) -> Json:
        method, path = route.split(" ", 1)
        given = iter(ids)
        address = re.sub(r"\{\w+\}", lambda _: next(given), path)
        before = self._entries()
        answer = self.admin.request(
            method, f"/api{'' if path.startswith(('/jobs', '/system')) else '/v1'}{address}", **sent
        )
        assert answer.is_success, f"{route}: {answer.text}"
        self.done.add(route)
        if self._entries() == before:
            self.quiet.append(route)
        return answer.json() if answer.content else {}

    def _entries(self) -> int:
        with self.database.system_session(read_only=True) as session:
            return session.scalars(select(func.count()).select_from(AuditEntry)).one()


def project_job(database: Database) -> str:
    """A job of an After Effects project, as the render manager takes them."""
    job = RenderJob(user_id=user_id(database, "member@example.com"), title="Film", document={}, kind=PROJECT)
    with database.tenant_session(DEFAULT_TENANT) as session:
        of = {"project_path": "a.aep", "place": "a.aep", "mac_username": "sara", "engine": "nexrender", "order": {}}
        session.add(ProjectRender(job_id=job.id, saved_at=clock.now(), **of))
        writer.opened(session, job)
    return job.id


def paths(details: Json, path: str = "") -> Iterator[str]:
    """The names of an entry's details in the catalogue: of texts without their language, of rules without a kind."""
    for name, value in details.items():
        if isinstance(value, dict):
            yield from paths(value, f"{path}{name}.")
        else:
            parts = [part for part in f"{path}{name}".split(".") if part not in LANGUAGES]
            yield "_".join([parts[0], parts[-1]] if parts[0] == "rules" else parts)


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[str]]]:
    records: dict[str, list[str]] = {}
    with name_server(records) as server:
        monkeypatch.setenv("FLATRENDER_DNS_SERVERS", server)
        monkeypatch.setenv("FLATRENDER_SMTP_URL", "smtp://127.0.0.1:9")  # letters wait
        monkeypatch.setenv("FLATRENDER_MAIL_FROM", "no-reply@house.example")
        get_settings.cache_clear()
        yield records


def test_every_change_of_administrators_is_in_the_audit_log(
    signed_in: SignedIn, installation: Database, provider: Provider, dns: dict[str, list[str]], promo: str
) -> None:
    user = signed_in()
    person = user.get("/api/v1/auth/me").json()["id"]
    act = Acts(signed_in(Role.PLATFORM_ADMIN), installation)

    made = act("POST /sites", json=NORTH)["site"]["id"]
    act("PATCH /sites/{site_id}", made, json={"name": "Northern"})
    act("PUT /sites/{site_id}/{kind}", made, "logo", content=picture())
    act("DELETE /sites/{site_id}/{kind}", made, "logo")
    act("PUT /sites/{site_id}/fonts/{script}", made, "latin", content=square_font("Northern"))
    act("DELETE /sites/{site_id}/fonts/{script}", made, "latin")
    domain = act("POST /sites/{site_id}/domains", made, json={"name": "films.example"})
    dns[domain["record"]["name"]] = [domain["record"]["value"]]
    act("POST /sites/{site_id}/domains/{domain_id}/prove", made, domain["id"])
    act("POST /sites/{site_id}/domains/{domain_id}/main", made, domain["id"])
    act("DELETE /sites/{site_id}/domains/{domain_id}", made, domain["id"])
    act("POST /sites/{site_id}/suspend", made)
    act("POST /sites/{site_id}/resume", made)
    wish = {
        "name": "Company",
        "issuer": provider.issuer,
        "client_id": provider.client,
        "client_secret": provider.secret,
    }
    company = act("POST /sites/{site_id}/providers", made, json=wish)["id"]
    act("PATCH /sites/{site_id}/providers/{provider_id}", made, company, json={"active": False})
    act("DELETE /sites/{site_id}/providers/{provider_id}", made, company)
    act("PATCH /features", json={"features": {"voice_over": False}})
    act("PATCH /sites/{site_id}/features", made, json={"features": {"uploads": False}})

    assert act.admin.patch(f"/api/v1/templates/{promo}", json={"shared": True}).is_success
    act("PUT /sites/{site_id}/catalogue/{template_id}", made, promo)
    act("DELETE /sites/{site_id}/catalogue/{template_id}", made, promo)

    role = act("POST /roles", json={"name": "Guests", "permissions": ["projects"]})["id"]
    act("PATCH /roles/{role_id}", role, json={"permissions": ["templates"]})
    act("DELETE /roles/{role_id}", role)
    act("POST /people", json={"email": "ada@example.com"})
    act("PATCH /people/{user_id}", person, json={"role": "admin"})
    key = act("POST /keys", json={"name": "Batch"})["id"]
    act("POST /keys/{key_id}/rotate", key)
    act("DELETE /keys/{key_id}", key)
    hook = act("POST /webhooks", json=HOOK)["id"]
    act("PATCH /webhooks/{webhook_id}", hook, json={"name": "Desk"})
    act("POST /webhooks/{webhook_id}/rotate", hook)
    act("DELETE /webhooks/{webhook_id}", hook)
    act("PUT /media/quota", json={"user_id": person, "limit": 10**9})
    act("PUT /sites/{site_id}/quota", made, json={"limit": 10**9})
    act("PUT /sites/{site_id}/limits", made, json={"film_minutes": 60, "calls": 1000})

    with installation.system_session() as session:
        nodes.register(session, nodes.NodeInfo("n1", "node-1", "test", "i1", "1", 1, 2, {"native": {}}))
    boosted = job_of(installation)
    with installation.system_session() as session:
        task = farm.claim(session, "n1", lease_seconds=30)
        assert task is not None
    act("POST /tasks/{task_id}/requeue", task.id)
    act("POST /renders/{job_id}/boost", boosted)
    act("POST /nodes/{node_id}/drain", "n1")
    act("POST /nodes/{node_id}/resume", "n1")
    act("POST /nodes/{node_id}/forgive", "n1")
    act("POST /farm/pause", json={"reason": "A look"})
    act("POST /farm/resume")
    act("PUT /farm/limits/{name}", "aerender", json={"most": 2})
    act("PUT /farm/shares/{tenant_id}", DEFAULT_TENANT, json={"weight": 2})
    token = act("POST /node-tokens", json={"name": "Studio B"})["id"]
    act("DELETE /node-tokens/{token_id}", token)
    act("POST /farm/restart-engines")
    sent = project_job(installation)
    act("PATCH /jobs/{job_id}/priority", sent, json={"priority": 90})
    act("DELETE /jobs/{job_id}", sent)
    act("POST /farm/clear-queue")
    act("POST /farm/emergency-stop", json={"reason": "Smoke"})

    act("PATCH /people/{user_id}", person, json={"role": "member"})
    act("POST /people/{user_id}/help", person, json={"reason": "Cannot find it"})

    assert act.quiet == []
    assert routes() == act.done | LEAVES_NO_ENTRY.keys(), "each is done here, or stands among those that leave no entry"

    for tenant in (DEFAULT_TENANT, made):
        with installation.tenant_session(tenant, read_only=True) as session:
            told = session.exec(select(AuditEntry.details)).all()
        assert {name for details in told for name in paths(details)} - NEVER_SHOWN <= WORDS, "pages say each in words"
