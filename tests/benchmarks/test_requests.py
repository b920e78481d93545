"""The API under load, and large: many requests a second, many sites. A server as `flatrender web` runs it."""

from collections.abc import Callable
from pathlib import Path

from flatrender.access import service as access
from flatrender.access.models import Role
from flatrender.access.permissions import Principal
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.projects import service as projects
from flatrender.renders.models import RenderJob
from flatrender.templates import bundles, service
from tests.benchmarks.many_sites import Person, fill
from tests.templates.conftest import DESIGNER


def house_of(server: Database, database: Database, made_projects: Callable[[str], Path], folder: Path) -> list[Person]:
    """Fills a fresh installation; one who asks of each of some sites, the first of the house's own with a real film."""
    packed = folder / "promo.zip"
    bundles.pack_folder(made_projects("promo").parent, packed)
    template_id = service.create(DESIGNER, packed, "promo.zip")
    with database.tenant_session(DEFAULT_TENANT) as session:
        service.publish(session, DESIGNER, template_id)
        user = access.create_user(
            session, DEFAULT_TENANT, email="a@example.com", password="a long password", name="A", role=Role.TENANT_ADMIN
        )
        me = Principal.of(user)
        project = projects.create(session, me, template_id, name="Spring")
        job = RenderJob(user_id=user.id, title="Spring", document={}, state="COMPLETED", project_id=project["id"])
        session.add(job)
        session.flush()
        job_id = job.id
    with database.system_session() as session:
        token = access.open_session(session, user, address="127.0.0.1", agent="benchmark")
    first = Person(DEFAULT_TENANT, "", token, project["id"])
    return [first, *fill(server, database, first, job_id, template_id)]
