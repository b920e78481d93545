"""The After Effects render manager over REST, under its own names: `/api/jobs`, `/api/system`, `/api/user`.

Clients send their token in `X-API-Token`; people have a session. The names in JSON are the manager's (camelCase), so
that its clients need no change; they may be written with underscores as well.
"""

from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Body, Depends, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator
from pydantic.alias_generators import to_camel
from sqlmodel import Session

from flatrender import __version__
from flatrender.access import profile
from flatrender.access.permissions import FARM, Principal
from flatrender.api import administration
from flatrender.api.cleaning import MOST, Number
from flatrender.api.dependencies import (
    AccountHolder,
    Allowed,
    Customer,
    Maybe,
    Me,
    Person,
    TenantDb,
    TenantDbReader,
)
from flatrender.api.description import gives
from flatrender.api.files import File
from flatrender.api.routes import Route
from flatrender.api.slow import OTHERS
from flatrender.api.times import Moment
from flatrender.core.db import DEFAULT_TENANT, get_database
from flatrender.core.errors import Forbidden, InvalidInput, NotFound, NotSignedIn
from flatrender.farm import service as farm
from flatrender.renders import job_kinds
from flatrender.renders import service as renders
from flatrender.renders.manager import overview, service
from flatrender.renders.manager.jobs import PROJECT, render_of
from flatrender.settings import get_settings

router = APIRouter(route_class=Route, tags=["Render manager"])
Json = dict[str, Any]
Path1000 = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class _Named(BaseModel):
    """Fields in camelCase; with underscores they are taken as well."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class NewJob(_Named):
    """A project to render. `timestamp`: when it was saved, ISO 8601 or seconds (or milliseconds) of the epoch."""

    project_path: Path1000
    timestamp: Moment
    mac_username: Name
    nexrender_config: dict[str, JsonValue]
    callback_url: Annotated[str, StringConstraints(max_length=2000)] | None = None
    priority: Number = Field(default=service.NORMAL, ge=farm.LOWEST, le=farm.HIGHEST)


class Sent(_Named):
    """The job that was made, and where its state is read."""

    id: str
    status: str
    status_url: str


class Priority(BaseModel):
    """A higher number comes first."""

    priority: Number = Field(ge=-MOST, le=MOST)


class MacUsernames(_Named):
    """The whole list; the names are those of home folders."""

    mac_usernames: list[str] = Field(max_length=100)

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return {"mac_usernames": value} if isinstance(value, list) else value


class SlackId(_Named):
    """A Slack member id; empty ends the messages."""

    slack_id: Annotated[str, StringConstraints(max_length=64)]

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return {"slack_id": value} if isinstance(value, str) else value


def _client(x_api_token: Annotated[str | None, Header()] = None) -> str:
    return service.client_of(x_api_token)


Client = Annotated[str, Depends(_client)]


class _Administrators(Allowed):
    """As `Allowed`; who shows a client's token in place of a session hears that it is not enough."""

    async def __call__(self, principal: Maybe, x_api_token: Annotated[str | None, Header()] = None) -> Principal:
        if principal is None and x_api_token:
            service.client_of(x_api_token)
            raise Forbidden(
                "A client's token may not do this; it takes an administrator, signed in or with an API key."
            )
        if principal is None:
            raise NotSignedIn("Sign in to go on.")
        principal.require(self.permission)
        return principal


FarmAdmin = Annotated[Principal, Depends(_Administrators(FARM))]


def _session() -> Iterator[Session]:
    with get_database().tenant_session(DEFAULT_TENANT) as session:
        yield session


def _reader() -> Iterator[Session]:
    with get_database().tenant_session(DEFAULT_TENANT, read_only=True) as session:
        yield session


ClientDb = Annotated[Session, Depends(_session, scope="function")]
ClientDbReader = Annotated[Session, Depends(_reader, scope="function")]


def _farm_session(principal: FarmAdmin) -> Iterator[Session]:
    with get_database().system_session() as session:
        yield session


def _farm_reader(principal: FarmAdmin) -> Iterator[Session]:
    with get_database().system_session(read_only=True) as session:
        yield session


AllJobs = Annotated[Session, Depends(_farm_session, scope="function")]
AllJobsReader = Annotated[Session, Depends(_farm_reader, scope="function")]


def base_of(request: Request) -> str:
    """The address that clients use."""
    return (get_settings().public_url or str(request.base_url)).rstrip("/")


@router.post("/jobs", status_code=201)
async def submit(wanted: NewJob, client: Client, request: Request, response: Response) -> Sent:
    """Sends a project to After Effects. Earlier jobs for the same path end."""
    # Asks the name server: before the transaction begins.
    await OTHERS.run(client, service.check_callback, wanted.callback_url)
    sent = await run_in_threadpool(_submit, wanted, client, base_of(request))
    response.headers["Location"] = sent.status_url
    return sent


def _submit(wanted: NewJob, client: str, base: str) -> Sent:
    made = service.Submission(
        project_path=wanted.project_path,
        saved_at=wanted.timestamp,
        mac_username=wanted.mac_username,
        config=wanted.nexrender_config,
        callback_url=wanted.callback_url,
        priority=wanted.priority,
    )
    with get_database().tenant_session(DEFAULT_TENANT) as session:
        job = service.submit(session, client, made)
        return Sent(id=job.id, status=job.state, status_url=f"{base}/api/jobs/{job.id}")


@router.get("/jobs/{job_id}")
def status(job_id: str, client: Client, session: ClientDbReader, request: Request, logs: bool = True) -> Json:
    """State, progress in percent, log, and the film's address once it is there. `logs=false` leaves the log out."""
    job, render = service.find(session, client, job_id)
    return service.status(session, job, render, base_of(request), logs=logs)


@router.get(
    "/jobs/{job_id}/download",
    response_class=File,
    responses=gives("video/*", "audio/*", "image/*", "application/*", ranges=True),
)
def download(job_id: str, client: Client, session: ClientDbReader) -> File:
    """The finished film as a stream; ranges are answered."""
    job, _ = service.find(session, client, job_id)
    kind = job_kinds.of(job)
    assert kind is not None
    film = kind.output(session, job)
    plain = film.name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    named = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(film.name)}"
    return File(film.path, media_type=film.content_type, headers={"Content-Disposition": named})


@router.delete("/jobs/{job_id}")
def cancel(job_id: str, principal: FarmAdmin, session: AllJobs) -> Json:
    """Cancels a job (administrators)."""
    _project(session, principal, job_id)
    job = renders.cancel(session, principal, job_id)
    return {"id": job.id, "status": job.state, "cancelled": True}


@router.patch("/jobs/{job_id}/priority")
def set_priority(job_id: str, wanted: Priority, principal: FarmAdmin, session: AllJobs, request: Request) -> Json:
    """Another priority, for a job that is not rendered yet (administrators)."""
    if not farm.LOWEST <= wanted.priority <= farm.HIGHEST:
        raise InvalidInput(f"A priority is a number from {farm.LOWEST} to {farm.HIGHEST}.", field="priority")
    _project(session, principal, job_id)
    job = renders.boost(session, principal, job_id, wanted.priority)
    return service.status(session, job, render_of(session, job.id), base_of(request), logs=False)


@router.get("/system/health")
def health(session: AllJobsReader) -> Json:
    """Processor, memory and disk of this machine, how full the queue is, what renders (administrators)."""
    return {"version": __version__, **overview.health(session, get_settings().data_dir)}


@router.get("/system/update/check")
def check_update(principal: FarmAdmin) -> Json:
    """Which version runs, which one there is, and what came in between (administrators). Asks the repository."""
    return administration.versions()


@router.post("/system/update/execute", status_code=202)
def execute_update(principal: FarmAdmin) -> Json:
    """Updates and restarts; refused while something renders (administrators). `GET …/check` tells how far it is."""
    return administration.ask_for_update(principal)


@router.get("/user/profile")
def read_profile(principal: Me, session: TenantDbReader) -> Json:
    """The signed-in user, their macOS usernames, and how many jobs they have."""
    return _profile(session, principal)


@router.put("/user/mac-usernames")
def set_mac_usernames(wanted: Annotated[MacUsernames, Body()], principal: AccountHolder, session: TenantDb) -> Json:
    """Replaces the macOS usernames: a list, or `{"macUsernames": […]}`."""
    profile.set_mac_usernames(session, principal, wanted.mac_usernames)
    return _profile(session, principal)


@router.put("/user/slack-id")
def set_slack_id(wanted: Annotated[SlackId, Body()], principal: Person, session: TenantDb) -> Json:
    """Keeps the Slack member id: a string, or `{"slackId": "U…"}`."""
    profile.set_slack_id(session, principal, wanted.slack_id)
    return _profile(session, principal)


@router.get("/user/jobs")
def history(principal: Customer, session: TenantDbReader, request: Request) -> Json:
    """The signed-in user's jobs of the last seven days, newest first."""
    return {"items": service.history(session, principal, base_of(request))}


def _profile(session: Session, principal: Principal) -> Json:
    found = profile.of(session, principal)
    return {
        "id": found["id"],
        "email": found["email"],
        "name": found["name"],
        "role": "ADMIN" if principal.can(FARM) else "USER",
        "macUsernames": found["mac_usernames"],
        "slackId": found["slack_id"],
        "jobCount": service.count_of(session, principal),
    }


def _project(session: Session, principal: Principal, job_id: str) -> None:
    if renders.find(session, principal, job_id).kind != PROJECT:
        raise NotFound("There is no such job.")
