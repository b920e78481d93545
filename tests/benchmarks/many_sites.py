"""A house with many sites, filled by bulk SQL on PostgreSQL: each with projects, films and people of its own."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from flatrender.access import service as access
from flatrender.access.models import Role
from flatrender.core.db import DEFAULT_TENANT, Database

SITES, PROJECTS, JOBS, PEOPLE = 1000, 1000, 200, 50  # of each site
EACH = 50  # one of so many is asked


@dataclass(frozen=True)
class Person:
    """Who asks: the administrator of a site, signed in with `token`."""

    tenant_id: str
    slug: str
    token: str
    project_id: str


def fill(server: Database, database: Database, model: Person, job_id: str, template_id: str) -> list[Person]:
    """Makes `SITES` sites after the model of one; an administrator of each, who owns its projects and films. `server`:
    the same database as its superuser."""
    with server.system_session() as session:
        for setting in (
            "statement_timeout = 0",
            "session_replication_role = replica",
        ):  # foreign keys hold: we wrote them
            session.execute(text(f"SET LOCAL {setting}"))
        one = {"tenant": model.tenant_id, "project": model.project_id, "job": job_id, "template": template_id}
        owner = session.execute(text("SELECT user_id FROM project WHERE id = :project"), one).scalar_one()
        site = "lpad(to_hex(4096 + s), 32, '0')"
        person = _id("1", "s", "p")
        sites, people = f"generate_series(1, {SITES - 1}) s", f"generate_series(1, {PEOPLE}) p"
        _copy(session, "tenant", {"id": site, "slug": "'site' || s", "name": "'Site ' || s"}, sites, model.tenant_id)
        _copy(
            session,
            "user_account",
            {"id": person, "tenant_id": site, "email": "'p' || p || '@site' || s || '.example'"},
            f"{sites}, {people}",
            owner,
        )
        whose = {"tenant_id": site, "user_id": _id("1", "s", "1")}
        template = _id("2", "s", "0")
        _copy(session, "template", {"id": template, "tenant_id": site}, sites, template_id)
        _copy(
            session,
            "project",
            {
                **whose,
                "id": _id("3", "s", "n"),
                "template_id": template,
                "name": "'Film ' || n",
                # A million documents would fill the disk; those of the sites that are asked are whole.
                "document": f"CASE WHEN s % {EACH} = 1 THEN m.document ELSE '{{}}' END",
                "updated_at": "now() - n * interval '1 minute'",
                "created_at": "now() - n * interval '1 hour'",
            },
            f"{sites}, generate_series(1, {PROJECTS}) n",
            model.project_id,
        )
        _copy(
            session,
            "render_job",
            {**whose, "id": _id("4", "s", "n"), "title": "'Film ' || n", "idempotency_key": "NULL"},
            f"{sites}, generate_series(1, {JOBS}) n",
            job_id,
        )
        session.execute(text(f"UPDATE user_account SET role = '{Role.ADMIN}' WHERE email LIKE 'p1@site%'"))
        # The first site is as large as the others.
        _copy(
            session,
            "project",
            {"id": _id("3", "0", "n"), "name": "'Film ' || n", "updated_at": "now() - n * interval '1 minute'"},
            f"generate_series(2, {PROJECTS}) n",
            model.project_id,
        )
    with server.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))
    return [signed_in(database, number) for number in range(1, SITES, EACH)]


def signed_in(database: Database, number: int) -> Person:
    """The administrator of a site, with a session."""
    tenant_id = f"{4096 + number:032x}"
    user_id, project_id = (f"{kind}{number:023x}{1:08x}" for kind in "13")
    with database.system_session() as session:
        user = session.get(access.User, user_id)
        assert user is not None
        token = access.open_session(session, user, address="127.0.0.1", agent="benchmark")
    return Person(tenant_id, f"site{number}", token, project_id)


def _id(kind: str, site: str, number: str) -> str:
    """SQL of an id: rows of a kind stand in order of their ids, as they do where time makes them."""
    return f"'{kind}' || lpad(to_hex({site}), 23, '0') || lpad(to_hex({number}), 8, '0')"


def _copy(session: Session, table: str, changed: dict[str, str], series: str, model: str) -> None:
    query = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = :table"
    names = [row[0] for row in session.execute(text(query), {"table": table})]
    values = ", ".join(changed.get(name, f'm."{name}"') for name in names)
    columns = ", ".join(f'"{name}"' for name in names)
    session.execute(
        text(f'INSERT INTO "{table}" ({columns}) SELECT {values} FROM "{table}" m, {series} WHERE m.id = :model'),
        {"model": model},
    )


__all__ = ["DEFAULT_TENANT", "Person", "fill", "signed_in"]
