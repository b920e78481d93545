"""Accounts as rules: who may do what, who is first, what sign-up refuses, what is kept of a password."""

import importlib.util
from pathlib import Path
from typing import Literal

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event
from sqlmodel import select

from flatrender.access import audit, letters, passwords, second_factor, service, tries
from flatrender.access.models import AuditEntry, CustomRole, Role, SignInTry, User, UserSession
from flatrender.access.permissions import FARM, JOBS_TENANT, PERMISSIONS, PROJECTS, SITE, TEMPLATES, Principal
from flatrender.commands import main
from flatrender.core import clock
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.errors import Conflict, Forbidden, InvalidInput, NotSignedIn, RateLimited
from flatrender.core.outbox import OutboxEvent
from flatrender.tenants import service as tenants
from flatrender.tenants.models import Tenant
from tests.api.conftest import quick_passwords
from tests.installation import OTHER_TENANT

__all__ = ["quick_passwords"]

GOOD = "correct horse battery"


def test_only_a_platform_admin_runs_the_farm() -> None:
    assert {role for role, allowed in PERMISSIONS.items() if FARM in allowed} == {Role.PLATFORM_ADMIN}
    assert PERMISSIONS[Role.MEMBER] == {PROJECTS}
    assert PERMISSIONS[Role.ADMIN] == {PROJECTS, TEMPLATES, JOBS_TENANT, SITE}


def test_an_unknown_role_may_do_nothing() -> None:
    stranger = Principal(user_id="u", tenant_id="t", role="root", email="", name="")
    with pytest.raises(Forbidden):
        stranger.require(PROJECTS)


def test_the_first_admin_is_made_once(installation: Database) -> None:
    with installation.system_session() as session:
        generated = service.ensure_first_admin(session, DEFAULT_TENANT, email="boss@example.com", password=None)
        assert generated is not None
        assert len(generated) >= 12
    with installation.system_session() as session:
        assert service.ensure_first_admin(session, DEFAULT_TENANT, email="other@example.com", password=GOOD) is None
        tenant = tenants.ensure_default(session)
    token = service.sign_in(installation, tenant, email="boss@example.com", password=generated, address="", agent="")
    with installation.system_session() as session:
        principal = service.authenticate(session, token)
        assert principal is not None
        assert principal.can(FARM)


def test_neither_password_nor_token_is_kept(installation: Database) -> None:
    with installation.system_session() as session:
        tenant = tenants.ensure_default(session)
        service.create_user(session, tenant.id, email="a@example.com", password=GOOD, name="A")
    token = service.sign_in(installation, tenant, email="A@Example.com", password=GOOD, address="", agent="")
    with installation.system_session() as session:
        kept = session.exec(select(User)).one().password_hash + session.exec(select(UserSession)).one().token_hash
    assert GOOD not in kept
    assert token not in kept
    assert kept.startswith("$argon2id$")


@pytest.mark.parametrize("password", ["short", "x" * 201])
def test_a_password_has_a_length(password: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        passwords.check_new(password)
    assert caught.value.field == "password"


def test_sign_up_can_be_closed_for_a_tenant(installation: Database) -> None:
    with installation.system_session() as session:
        closed = Tenant(id=OTHER_TENANT, slug="closed", name="Closed", sign_up=False)
        session.add(closed)
    with pytest.raises(Forbidden):
        service.sign_up(installation, closed, email="a@example.com", password=GOOD, name="A", address="")


def test_the_same_address_lives_in_two_tenants_but_not_twice_in_one(installation: Database) -> None:
    with installation.system_session() as session:
        for tenant in (DEFAULT_TENANT, OTHER_TENANT):
            service.create_user(session, tenant, email="a@example.com", password=GOOD, name="A")
        with pytest.raises(Conflict):
            service.create_user(session, OTHER_TENANT, email="A@EXAMPLE.com", password=GOOD, name="A")


def test_an_inactive_user_is_nobody(installation: Database) -> None:
    with installation.system_session() as session:
        tenant = tenants.ensure_default(session)
        user = service.create_user(session, tenant.id, email="a@example.com", password=GOOD, name="A")
        token = service.open_session(session, user, address="", agent="")
        assert service.authenticate(session, token) is not None
        user.active = False
        session.flush()
        assert service.authenticate(session, token) is None


def test_many_tries_from_one_place_lock_nobody_else_out(installation: Database) -> None:
    with installation.system_session() as session:
        tenant = tenants.ensure_default(session)
        service.create_user(session, tenant.id, email="a@example.com", password=GOOD, name="A")

    def enter(password: str, address: str) -> str:
        return service.sign_in(
            installation, tenant, email="a@example.com", password=password, address=address, agent=""
        )

    for _ in range(tries.PER_ACCOUNT):
        with pytest.raises(NotSignedIn):
            enter("wrong wrong wrong", "10.0.0.1")
    with pytest.raises(RateLimited):
        enter(GOOD, "10.0.0.1")
    assert enter(GOOD, "10.0.0.2")


def test_a_right_password_takes_its_try_back(installation: Database) -> None:
    with installation.system_session() as session:
        tenant = tenants.ensure_default(session)
        service.create_user(session, tenant.id, email="a@example.com", password=GOOD, name="A")
    for _ in range(3):
        service.sign_in(installation, tenant, email="a@example.com", password=GOOD, address="10.0.0.1", agent="")
    with installation.system_session() as session:
        assert session.exec(select(SignInTry)).all() == []


def test_accounts_are_not_made_by_the_dozen(installation: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "SIGN_UPS_PER_ADDRESS", 2)
    with installation.system_session() as session:
        tenant = tenants.ensure_default(session)
    for name in ("a", "b"):
        service.sign_up(installation, tenant, email=f"{name}@example.com", password=GOOD, name=name, address="10.0.0.1")
    with pytest.raises(RateLimited):
        service.sign_up(installation, tenant, email="c@example.com", password=GOOD, name="c", address="10.0.0.1")


def test_the_machines_owner_gives_roles_and_passwords(
    installation: Database, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with installation.system_session() as session:
        tenant = tenants.ensure_default(session)
        user = service.create_user(session, tenant.id, email="a@example.com", password=GOOD, name="A")
        token = service.open_session(session, user, address="", agent="")
        secret = second_factor.begin(user)
        second_factor.finish(session, user, second_factor.code_at(secret, int(clock.now().timestamp()) // 30))
        own = CustomRole(tenant_id=tenant.id, name="Guests", permissions=["projects"])
        session.add(own)
        user.custom_role_id = own.id
    assert main(["user", "A@example.com", "--role", "admin", "--new-password", "--no-second-factor"]) == 0
    said = capsys.readouterr().out
    assert "a@example.com  admin" in said
    with installation.system_session() as session:
        assert service.authenticate(session, token) is None
    password = said.split("new password: ")[1].strip()
    token = service.sign_in(installation, tenant, email="a@example.com", password=password, address="", agent="")
    with installation.system_session() as session:
        admin = service.authenticate(session, token)
        assert admin is not None and admin.can(SITE), "no role of the site's own stands before it"
        acts = session.exec(select(AuditEntry.act).where(AuditEntry.actor == audit.MACHINE)).all()
        told = [event.payload["what"] for event in session.exec(select(OutboxEvent)) if event.kind == letters.ALERT]
    assert sorted(acts) == ["account.changed", "factor.off", "password.changed"]
    assert sorted(told) == ["factor_off", "password"], "by letters"
    assert main(["user", "nobody@example.com", "--role", "member"]) == 2
    assert "There is no account" in capsys.readouterr().err
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLATRENDER_DATA", "")
        empty = tmp_path / "no studio"
        assert main(["user", "a@example.com", "--role", "member", "--data", str(empty)]) == 2
        assert f"No studio keeps its data in {empty}" in capsys.readouterr().err
        assert not empty.exists()


def test_an_address_without_an_account_takes_the_same_work(
    installation: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How long both take is measured in tests/benchmarks/test_sign_in.py."""
    done: list[str] = []

    class Counted(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            done.append("a hash")
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Counted(time_cost=1, memory_cost=8, parallelism=1))
    with installation.system_session() as session:
        tenant = tenants.ensure_default(session)
        service.create_user(session, tenant.id, email="there@example.com", password=GOOD, name="A")
    event.listen(installation.engine, "before_cursor_execute", lambda *said: done.append(said[2]))
    work = []
    for email in ("there@example.com", "gone@example.com"):
        with pytest.raises(NotSignedIn):
            service.sign_in(installation, tenant, email=email, password="wrong wrong", address="10.0.0.1", agent="")
        work.append(tuple(done))
        done.clear()
    assert work[0] == work[1]
    assert work[0].count("a hash") == 1


def test_nobodys_hash_costs_as_much_as_everybodys() -> None:
    spec = importlib.util.find_spec(passwords.__name__)
    assert spec is not None and spec.loader is not None
    real = importlib.util.module_from_spec(spec)  # as it is, without what these tests make quicker
    spec.loader.exec_module(real)
    assert not real.outdated(real._NOBODY)
