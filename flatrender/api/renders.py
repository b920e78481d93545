"""Render jobs over REST: send, estimate, watch, cancel, try again, boost, download."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from pydantic import BaseModel, Field
from sqlmodel import Session

from flatrender.access import rules
from flatrender.access.permissions import FARM, Principal
from flatrender.api.cleaning import Number, Position
from flatrender.api.dependencies import Customer, FarmAdmin, TenantDb, TenantDbReader
from flatrender.api.description import gives
from flatrender.api.files import File
from flatrender.api.routes import Route
from flatrender.api.times import Moment
from flatrender.core.db import get_database
from flatrender.core.errors import FlatRenderError, Forbidden, NotFound
from flatrender.farm import log
from flatrender.renders import covers, listing, service, snapshots, views, waiting
from flatrender.renders.listing import JobFilter
from flatrender.renders.models import RenderJob
from flatrender.renders.wishes import MOST_EXPORTS, ExportWish, Wish, wish

router = APIRouter(route_class=Route, tags=["Renders"])
Json = dict[str, Any]
LOG_PAGE = 500  # lines of a log read at once for its download
Frame = Annotated[int, Path(ge=0, le=10**9)]
Width = Annotated[int, Query(ge=16, le=snapshots.WIDEST)]


def _session(principal: Customer) -> Iterator[Session]:
    """Of the caller's tenant; of all tenants for those who run the farm."""
    database = get_database()
    opened = database.system_session() if principal.can(FARM) else database.tenant_session(principal.tenant_id)
    with opened as session:
        yield session


def _reader(principal: Customer) -> Iterator[Session]:
    database = get_database()
    with (
        database.system_session(read_only=True)
        if principal.can(FARM)
        else database.tenant_session(principal.tenant_id, read_only=True)
    ) as session:
        yield session


_opened = contextmanager(_session)
JobsDb = Annotated[Session, Depends(_session, scope="function")]
JobsDbReader = Annotated[Session, Depends(_reader, scope="function")]


class NewExport(BaseModel):
    """A file: `format` and `size` as `GET /renders/estimate` lists them, `aspect` where it is not the project's."""

    format: str = Field(default="mp4", max_length=20)
    size: str = Field(default="source", max_length=20)
    aspect: str | None = Field(default=None, max_length=20)


class NewRender(BaseModel):
    """What to render: the files wanted (without them one, of `format`), of all frames or of a range, or a draft."""

    project_id: str
    format: str = Field(default="mp4", max_length=20)
    not_before: Moment | None = None
    pool: str = Field(default="", max_length=40)
    tags: list[str] = Field(default_factory=list, max_length=8)
    exports: list[NewExport] | None = Field(default=None, min_length=1, max_length=MOST_EXPORTS)
    range: tuple[Frame, Frame] | None = None
    draft: bool = False
    after: list[str] = Field(default_factory=list, max_length=waiting.MOST)

    def wish(self) -> Wish:
        """Checked. Raises InvalidInput."""
        wanted = self.exports or [NewExport(format=self.format)]
        exports = [ExportWish(each.format, each.size, each.aspect) for each in wanted]
        return wish(exports, self.range, self.draft)


class Priority(BaseModel):
    """0 to 100; higher comes first, 50 is usual."""

    priority: Number = service.BOOST


class After(BaseModel):
    """Ids of the jobs to wait for; none to wait for nothing."""

    after: list[str] = Field(max_length=waiting.MOST)


class Bulk(BaseModel):
    """One action on several jobs."""

    action: Literal["cancel", "retry", "boost", "delete"]
    ids: list[str] = Field(min_length=1, max_length=500)
    priority: Number = service.BOOST


@router.post("/renders", status_code=201)
def submit(
    wanted: NewRender,
    principal: Customer,
    session: TenantDb,
    response: Response,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Json:
    """Sends a project to the farm as it is now. Repeated with the same `Idempotency-Key` it answers the same job."""
    job = service.submit(
        session,
        principal,
        wanted.project_id,
        wanted=wanted.wish(),
        idempotency_key=idempotency_key,
        place=service.Place(wanted.not_before, wanted.pool, tuple(wanted.tags), tuple(wanted.after)),
    )
    response.headers["Location"] = f"/api/v1/renders/{job.id}"
    return _seen(session, principal, job)


@router.get("/renders")
def browse(
    principal: Customer,
    session: JobsDbReader,
    state: Annotated[list[str] | None, Query()] = None,
    user: str | None = None,
    tenant: str | None = None,
    project: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    q: Annotated[str, Query(max_length=200)] = "",
    mine: bool = False,
    sort: str = "-created",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
    limit: Annotated[int, Query(ge=1, le=listing.MOST)] = 50,
) -> Json:
    """A page of jobs that the caller may see: `{"items", "next", "total", "counts"}`."""
    wanted = JobFilter(
        states=tuple(state or ()),
        user_id=user,
        tenant_id=tenant,
        project_id=project,
        since=since,
        until=until,
        query=q,
        mine=mine,
    )
    return listing.browse(session, principal, wanted, sort=sort, cursor=cursor, limit=limit)


@router.get("/renders/estimate")
def estimate(project_id: str, principal: Customer, session: TenantDbReader) -> Json:
    """What rendering the project now would take: "1 of 6 scenes to render, about 1:40".

    And as what it can be exported: presets, with about how large each file would be and how long it takes."""
    return service.estimate(session, principal, project_id)


@router.post("/renders/actions")
def act(wanted: Bulk, principal: Customer) -> Json:
    """Cancels, tries again, boosts or deletes several jobs, each by itself: `{"done": [id], "failed": [{…}]}`."""
    done, failed = [], []
    for job_id in dict.fromkeys(wanted.ids):
        try:
            with _opened(principal) as session:
                _act(session, principal, wanted, job_id)
            done.append(job_id)
        except FlatRenderError as error:
            failed.append({"id": job_id, "code": error.code, "detail": error.message})
    return {"done": done, "failed": failed}


@router.get("/renders/{job_id}")
def detail(job_id: str, principal: Customer, session: JobsDbReader) -> Json:
    """A job with its steps, attempts, films and configuration."""
    return service.detail(session, principal, job_id)


@router.delete("/renders/{job_id}", status_code=204)
def delete(job_id: str, principal: Customer, session: JobsDb) -> None:
    """Removes an ended job with its log and its films."""
    service.delete(session, principal, job_id)


@router.post("/renders/{job_id}/cancel")
def cancel(job_id: str, principal: Customer, session: JobsDb) -> Json:
    """Stops a job."""
    return _seen(session, principal, service.cancel(session, principal, job_id))


@router.post("/renders/{job_id}/retry", status_code=201)
def retry(job_id: str, principal: Customer, session: JobsDb, response: Response) -> Json:
    """A new job with what the failed or cancelled one was to render."""
    job = service.retry(session, principal, job_id)
    response.headers["Location"] = f"/api/v1/renders/{job.id}"
    return _seen(session, principal, job)


@router.post("/renders/{job_id}/boost")
def boost(job_id: str, principal: FarmAdmin, session: JobsDb, wanted: Priority | None = None) -> Json:
    """Another priority, for a job that nobody works on yet."""
    return _seen(session, principal, service.boost(session, principal, job_id, (wanted or Priority()).priority))


@router.put("/renders/{job_id}/after")
def wait_for(job_id: str, wanted: After, principal: Customer, session: JobsDb) -> Json:
    """The job waits until these are done; it fails or is cancelled with them. Jobs in a circle are refused."""
    return _seen(session, principal, service.wait_for(session, principal, job_id, wanted.after))


@router.get("/renders/{job_id}/log")
def read_log(
    job_id: str,
    principal: Customer,
    session: JobsDbReader,
    after: Position = 0,
    limit: Annotated[int, Query(ge=1, le=log.MOST)] = 1000,
    latest: bool = False,
) -> Json:
    """Log lines in order; `after` is the id of the last one that is known already. `latest`: the last ones instead."""
    _logged(session, principal, job_id)
    found = log.latest(session, job_id, limit) if latest else log.lines(session, job_id, after=after, limit=limit)
    return {"lines": [log.as_dict(line) for line in found]}


@router.get("/renders/{job_id}/log.txt", response_class=StreamingResponse, responses=gives("text/plain"))
def download_log(job_id: str, principal: Customer, session: JobsDbReader) -> StreamingResponse:
    """The whole log as a text, read and sent page by page, however long it is."""
    job = _logged(session, principal, job_id)
    title = job.title if _sees_titles(principal) else "job"
    headers = {
        "Content-Disposition": f"attachment; filename=\"job.log\"; filename*=UTF-8''{quote(f'{title}.log', safe='')}",
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(_log_pages(principal, job_id), media_type="text/plain; charset=utf-8", headers=headers)


def _logged(session: Session, principal: Principal, job_id: str) -> RenderJob:
    """The job whose log is read, which says why it failed. Raises NotFound, Forbidden."""
    job = service.find(session, principal, job_id)
    if "error" in rules.hidden(principal.limits, "renders"):
        raise Forbidden("Your role does not see why renders fail, nor their logs.", code="log-hidden")
    return job


def _sees_titles(principal: Principal) -> bool:
    """Files are called as their film."""
    return "title" not in rules.hidden(principal.limits, "renders")


def _log_pages(principal: Principal, job_id: str) -> Iterator[str]:
    after = 0
    while True:
        found = []
        for session in _reader(principal):
            found = log.lines(session, job_id, after=after, limit=LOG_PAGE)
        if not found:
            return
        after = found[-1].id or after
        yield "".join(log.as_text(line) for line in found)


@router.get(
    "/renders/{job_id}/download",
    response_class=File,
    responses=gives("video/*", "audio/*", "image/gif", "application/zip", ranges=True),
)
def download(
    job_id: str,
    principal: Customer,
    session: JobsDbReader,
    export: Annotated[str | None, Query(max_length=32)] = None,
    inline: bool = False,
) -> File:
    """A finished file (`export`: its id; else the first); ranges are answered. `inline`: to be shown, not kept."""
    film = service.download(session, principal, job_id, export)
    name = film.name if _sees_titles(principal) else f"film{FilePath(film.name).suffix}"
    # RFC 6266: a plain name for old programs, the real one in UTF-8.
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    disposition = "inline" if inline else "attachment"
    return File(
        film.path,
        media_type=film.content_type,
        headers={
            "Content-Disposition": f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
            "Cache-Control": "private, no-cache",
            "X-Content-SHA256": film.export["sha256"],
        },
    )


@router.get("/renders/{job_id}/picture", response_class=File, responses=gives("image/png", ranges=True))
def picture(job_id: str, principal: Customer, session: JobsDbReader) -> File:
    """The last rendered frame."""
    path = service.picture(session, principal, job_id)
    return File(path, media_type="image/png", headers={"Cache-Control": "private, no-cache"})


@router.get("/projects/{project_id}/exports")
def exports(project_id: str, principal: Customer, session: TenantDbReader) -> Json:
    """The finished films of a project, newest first."""
    return {"items": service.exports_of(session, principal, project_id)}


@router.post("/projects/{project_id}/frames/{frame}", status_code=202)
def ask_for_frame(project_id: str, frame: Frame, principal: Customer, session: TenantDb, width: Width = 640) -> Json:
    """Asks the farm for a frame of the project's film as a picture; GET the same address until it is there."""
    return {"ready": snapshots.request(session, principal, project_id, frame=frame, width=width)["ready"]}


@router.get(
    "/projects/{project_id}/frames/{frame}",
    response_class=File,
    responses={**gives("image/png", ranges=True), 202: {"description": "It is being drawn."}},
)
def project_frame(
    project_id: str, frame: Frame, principal: Customer, session: TenantDbReader, width: Width = 640
) -> Response:
    """A frame of the project's film as PNG; 202 while the farm draws it, 404 where it was not asked for."""
    made = snapshots.look(session, principal, project_id, frame=frame, width=width)
    if not made["ready"]:
        return Response(status_code=202, headers={"Retry-After": "1"})
    return File(snapshots.path(made["key"]), media_type="image/png")


@router.get(
    "/projects/{project_id}/cover",
    response_class=File,
    responses={**gives("image/png", ranges=True), 307: {"description": "The template's picture, until it is drawn."}},
)
def cover(
    project_id: str,
    principal: Customer,
    revision: Annotated[int, Query(ge=0, le=10**9, description="Only makes the address another one")] = 0,
) -> Response:
    """The project's picture for lists: its first scene as PNG, or the way to the template's until it is drawn."""
    database = get_database()
    with database.tenant_session(principal.tenant_id, read_only=True) as session:
        seen = covers.look(session, principal, project_id)
    if seen.key:
        kept = {"Cache-Control": "private, max-age=86400"} if revision else {}
        return File(snapshots.path(seen.key), media_type="image/png", headers=kept)
    if seen.wanted:
        with database.tenant_session(principal.tenant_id) as session:
            covers.ask(session, principal, project_id)
    if seen.stand_in is None:
        raise NotFound("This project has no picture yet.")
    return RedirectResponse(seen.stand_in, 307, {"Cache-Control": "no-store"})


def _seen(session: Session, principal: Principal, job: RenderJob) -> Json:
    return views.shown(session, principal, [job])[0]


def _act(session: Session, principal: Principal, wanted: Bulk, job_id: str) -> None:
    match wanted.action:
        case "cancel":
            service.cancel(session, principal, job_id)
        case "retry":
            service.retry(session, principal, job_id)
        case "boost":
            service.boost(session, principal, job_id, wanted.priority)
        case "delete":
            service.delete(session, principal, job_id)
