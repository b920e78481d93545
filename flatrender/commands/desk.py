"""Where the queue is looked at and acted on: the database of this machine's studio, or another studio's API."""

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from flatrender.commands import here
from flatrender.commands.remote import Server
from flatrender.core.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from sqlmodel import Session

    from flatrender.access.permissions import Principal
    from flatrender.projects.models import Project

Json = dict[str, Any]
PAGE = 200
LOG_LINES = 20
MOST_NAMED = 5  # projects of one name


class Desk(Protocol):
    """What may be done with jobs. Every method raises FlatRenderError as the studio does."""

    where: str  # further words for a command about the same studio

    def page(self, states: list[str], search: str, limit: int, cursor: str | None) -> Json:
        """Jobs, newest first: `{"items", "next", "total", "counts"}`."""

    def show(self, job_id: str) -> Json:
        """A job with its steps, and the end of its `log`."""

    def again(self, row: Json) -> Json:
        """The row of a job as it is now."""

    def act(self, deed: str, job_id: str, priority: int) -> Json:
        """Cancels, retries or boosts; the row."""

    def send(self, project: str, preset: str, draft: bool) -> Json:
        """Sends a project, named by id or by name; the row."""

    def save(self, job_id: str, export_id: str | None, into: Path) -> None:
        """Writes a film into a file. Raises OSError too."""

    def leave(self) -> None:
        """Ends what is under way."""


class LocalDesk:
    """The studio of this machine: its database, as one who may do all."""

    where = ""

    def page(self, states: list[str], search: str, limit: int, cursor: str | None) -> Json:
        from flatrender.core.db import get_database
        from flatrender.renders import listing

        wanted = listing.JobFilter(states=states, query=search)
        with get_database().system_session(read_only=True) as session:
            return listing.browse(session, here.administrator(), wanted, limit=limit, cursor=cursor)

    def show(self, job_id: str) -> Json:
        from flatrender.core.db import get_database
        from flatrender.farm import log
        from flatrender.renders import service

        with get_database().system_session(read_only=True) as session:
            job = service.detail(session, here.administrator(), job_id)
            return {**job, "log": [log.as_dict(line) for line in log.latest(session, job_id, LOG_LINES)]}

    def again(self, row: Json) -> Json:
        from flatrender.core.db import get_database
        from flatrender.renders import service, views

        with get_database().system_session(read_only=True) as session:
            me = here.administrator()
            return views.shown(session, me, [service.find(session, me, row["id"])])[0]

    def act(self, deed: str, job_id: str, priority: int) -> Json:
        from flatrender.core.db import get_database
        from flatrender.renders import service, views

        me = here.administrator()
        with get_database().system_session() as session:
            match deed:
                case "cancel":
                    job = service.cancel(session, me, job_id)
                case "retry":
                    job = service.retry(session, me, job_id)
                case _:
                    job = service.boost(session, me, job_id, priority)
            return views.shown(session, me, [job])[0]

    def send(self, project: str, preset: str, draft: bool) -> Json:
        """As the project's owner would."""
        from flatrender.core.db import get_database
        from flatrender.renders import service, views
        from flatrender.renders.wishes import ExportWish, wish

        wanted = wish([ExportWish(preset)], draft=draft)
        database = get_database()
        with database.system_session(read_only=True) as session:
            found, me = _project(session, project)
        with database.tenant_session(me.tenant_id) as session:
            return views.shown(session, me, [service.submit(session, me, found.id, wanted=wanted)])[0]

    def save(self, job_id: str, export_id: str | None, into: Path) -> None:
        from flatrender.core.db import get_database
        from flatrender.core.storage import get_storage
        from flatrender.renders import service

        with get_storage().hold():
            with get_database().system_session(read_only=True) as session:
                film = service.download(session, here.administrator(), job_id, export_id)
            shutil.copyfile(film.path, into)

    def leave(self) -> None:
        here.leave()


class RemoteDesk:
    """Another studio, as the one whose key it is."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.where = f" --server {server.address}" + (f" --app {server.app}" if server.app else "")

    def page(self, states: list[str], search: str, limit: int, cursor: str | None) -> Json:
        more = {"cursor": cursor} if cursor else {}
        return self._server.get("renders", state=states, q=search, limit=limit, **more)

    def show(self, job_id: str) -> Json:
        job = self._server.get("renders", job_id)
        return {**job, "log": self._server.get("renders", job_id, "log", latest=True, limit=LOG_LINES)["lines"]}

    def again(self, row: Json) -> Json:
        return self._server.get("renders", row["id"], fields=",".join(row))

    def act(self, deed: str, job_id: str, priority: int) -> Json:
        more = {"priority": priority} if deed == "boost" else {}
        return self._server.post("renders", job_id, deed, **more)

    def send(self, project: str, preset: str, draft: bool) -> Json:
        return self._server.post("renders", project_id=self._project(project), format=preset, draft=draft)

    def save(self, job_id: str, export_id: str | None, into: Path) -> None:
        more = {"export": export_id} if export_id else {}
        self._server.save(into, "renders", job_id, "download", **more)

    def leave(self) -> None:
        self._server.close()

    def _project(self, wanted: str) -> str:
        """The id of one of the caller's projects. Raises NotFound, InvalidInput for several of one name."""
        if re.fullmatch("[0-9a-f]{32}", wanted):
            return wanted
        named, seen, total = [], 0, 1
        while seen < total:
            page = self._server.get("projects", q=wanted, state="all", limit=PAGE, offset=seen)
            named += [each for each in page["items"] if each["name"].lower() == wanted.strip().lower()]
            seen, total = seen + PAGE, page["total"]
        if not named:
            raise _no_project(wanted)
        if len(named) > 1:
            raise _several(", ".join(each["id"] for each in named[:MOST_NAMED]))
        return str(named[0]["id"])


def _project(session: "Session", wanted: str) -> "tuple[Project, Principal]":
    """The project and its owner, by id or by name. Raises NotFound, InvalidInput for several of one name."""
    from sqlmodel import col, func, or_, select

    from flatrender.access.models import User
    from flatrender.access.permissions import Principal
    from flatrender.projects.models import Project

    named = func.lower(col(Project.name)) == wanted.strip().lower()
    query = select(Project, User).join(User, col(User.id) == col(Project.user_id))
    query = query.where(or_(col(Project.id) == wanted, named)).order_by(col(Project.updated_at).desc())
    found = session.exec(query.limit(MOST_NAMED)).all()
    if not found:
        raise _no_project(wanted)
    if len(found) > 1:
        raise _several(", ".join(f"{project.id} of {owner.name}" for project, owner in found))
    project, owner = found[0]
    return project, Principal.of(owner)


def _no_project(wanted: str) -> NotFound:
    return NotFound(f"There is no project “{wanted}”; give its name, or the id in its address in the studio.")


def _several(ids: str) -> InvalidInput:
    return InvalidInput(f"Several projects have this name; give the id of one: {ids}.")
