"""Browsers without a browser: HTTP clients on the real application, signed in as people of a role and tenant."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient

from flatrender.access import passwords
from flatrender.access import service as access
from flatrender.access.models import Role
from flatrender.api.app import create_api
from flatrender.api.limits import Limits
from flatrender.core import clock
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.tenants.models import Tenant, TenantDomain
from tests.installation import OTHER_TENANT

PASSWORD = "correct horse battery"
SignedIn = Callable[..., TestClient]


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing in is but the means; a real hash takes a quarter of a second of work."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@cache
def one_api() -> FastAPI:
    """The application, once in a process: to build its routes takes longer than most tests."""
    return create_api()


def forget_callers(api: FastAPI) -> None:
    layer = api.middleware_stack
    while layer is not None:
        if isinstance(layer, Limits):
            layer.forget()
        layer = getattr(layer, "app", None)


@pytest.fixture
def client(installation: Database) -> Iterator[TestClient]:
    """Nobody, on the default site."""
    forget_callers(one_api())
    with TestClient(one_api(), base_url="http://testserver") as client:
        yield client


@pytest.fixture
def signed_in(installation: Database, client: TestClient) -> Iterator[SignedIn]:
    """`signed_in(role=Role.MEMBER, email=…, tenant=…)` is a client with that person's session cookie.

    The other tenant answers on the host `other.test`.
    """
    opened: list[TestClient] = []

    def sign_in(role: Role = Role.MEMBER, *, email: str = "", tenant: str = DEFAULT_TENANT) -> TestClient:
        address = email or f"{role}@example.com"
        with installation.system_session() as session:
            if tenant == OTHER_TENANT and session.get(Tenant, tenant) is None:
                session.add(Tenant(id=tenant, slug="other", name="Other"))
                session.add(
                    TenantDomain(tenant_id=tenant, name="other.test", token="", main=True, proven_at=clock.now())
                )
                session.flush()
            access.create_user(session, tenant, email=address, password=PASSWORD, name=str(role), role=role)
        host = "other.test" if tenant == OTHER_TENANT else "testserver"
        browser = TestClient(client.app, base_url=f"http://{host}")
        answer = browser.post("/api/v1/auth/sign-in", json={"email": address, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        opened.append(browser)
        return browser

    yield sign_in
    for browser in opened:
        browser.close()


@pytest.fixture
def house(signed_in: SignedIn) -> TestClient:
    """Who runs the house."""
    return signed_in(Role.PLATFORM_ADMIN)
