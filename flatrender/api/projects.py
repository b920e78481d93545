"""Saved projects: list, open, edit operation by operation, versions, and the live preview."""

import re
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from flatrender.access.permissions import Principal
from flatrender.api.cleaning import MOST, Position, Revision
from flatrender.api.dependencies import Customer, TenantDb, TenantDbReader
from flatrender.api.description import gives, takes_form
from flatrender.api.routes import Route
from flatrender.api.slow import DRAWINGS, FILES, FILMS, SOUNDS
from flatrender.api.uploads import received
from flatrender.core.db import get_database
from flatrender.core.errors import InvalidInput
from flatrender.projects import exchange, film_pictures, listing, otio_file, preview, scene_sound, text_pictures
from flatrender.projects import service as projects

router = APIRouter(route_class=Route, prefix="/projects", tags=["Projects"])
Json = dict[str, Any]

MOST_MISSING = 100
"""Characters that are named of those that no font has."""


class NewProject(BaseModel):
    """A project to make; without `scenes` (keys) it has all of the template's."""

    template_id: str
    name: str | None = Field(default=None, max_length=160)
    scenes: list[str] | None = Field(default=None, max_length=200)


class ProjectChanges(BaseModel):
    """What to change of a project; its film is changed by operations."""

    name: str | None = Field(default=None, max_length=160)
    state: str | None = Field(default=None, pattern="^(active|archived)$")


class Copy(BaseModel):
    """The copy's name."""

    name: str | None = Field(default=None, max_length=160)


class Commit(BaseModel):
    """Operations (see `projects/edits`) made on `base_revision`; `op_id` makes sending twice harmless."""

    op_id: str = Field(min_length=1, max_length=64)
    base_revision: int = Field(ge=0, le=MOST)
    ops: list[Json] = Field(min_length=1, max_length=projects.MOST_OPERATIONS)


class VersionName(BaseModel):
    """A name for the document as it is now."""

    name: str = Field(min_length=1, max_length=160)


class FilmFrame(BaseModel):
    """A frame of a film by its number, as a `data:` address."""

    number: int
    uri: str


class FilmFrames(BaseModel):
    """Frames of a film, each once."""

    pictures: list[FilmFrame]


class TextPicture(BaseModel):
    """A text clip to draw: `width` and `height` of its place in pixels, `frame_height` of the whole frame."""

    text: str = Field(max_length=text_pictures.MOST_CHARACTERS)
    style: Json = Field(default_factory=dict)
    width: int = Field(ge=1, le=8192)
    height: int = Field(ge=1, le=8192)
    frame_height: int = Field(ge=1, le=8192)


class Bake(BaseModel):
    """A value being typed, or all shared colours while one is dragged. `value` null shows the default; `changed`: the
    keys of the colours that the picture does not show yet, where the page knows (faster). `side`: see the Lottie."""

    clip: str = Field(max_length=64)
    key: str | None = Field(default=None, max_length=200)
    value: Any = None
    colors: dict[str, str] | None = Field(default=None, max_length=200)
    changed: list[str] | None = Field(default=None, max_length=200)
    side: int | None = Field(default=None, ge=1, le=16384)


@router.get("")
def browse(
    me: Customer,
    session: TenantDbReader,
    q: Annotated[str, Query(max_length=200)] = "",
    state: str = "active",
    template_id: str | None = None,
    sort: str = "recent",
    limit: Annotated[int, Query(ge=1, le=200)] = 60,
    offset: Position = 0,
) -> Json:
    """The user's projects: `{"items", "total", "counts"}`."""
    return listing.browse(
        session, me, query=q, state=state, template_id=template_id, sort=sort, limit=limit, offset=offset
    )


@router.get("/templates")
def templates_used(me: Customer, session: TenantDbReader) -> Json:
    """The templates that the user's projects were made from, with how many of each."""
    return {"items": listing.templates_used(session, me)}


@router.post("", status_code=201)
def create(body: NewProject, me: Customer, session: TenantDb) -> Json:
    """Makes a project from a template."""
    return projects.create(session, me, body.template_id, name=body.name, scenes=body.scenes)


@router.post("/otio", status_code=201, openapi_extra=takes_form("template_id", "name"))
async def import_timeline(request: Request, me: Customer) -> Json:
    """Makes a project of an OpenTimelineIO file (multipart: `file`; `template_id` for a file that names none of ours;
    optional `name`): `{"project", "left_out": [sentence]}`."""
    async with received(request, otio_file.MAX_BYTES) as upload:
        path, fields = upload.file(), upload.fields

        def work() -> Json:
            name = fields.get("name") or None
            with get_database().tenant_session(me.tenant_id) as session:
                return exchange.import_file(
                    session, me, path.read_bytes(), template_id=fields.get("template_id") or None, name=name
                )

        return await FILES.run(me.user_id, work)


@router.get("/{project_id}/otio")
def export_timeline(project_id: str, me: Customer, session: TenantDbReader) -> Response:
    """The project as an OpenTimelineIO file."""
    name, text = exchange.export(session, me, project_id)
    plain = re.sub(r"[^A-Za-z0-9 ._-]", "_", name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return Response(text, media_type="application/json", headers={"Content-Disposition": disposition})


@router.get("/{project_id}")
def show(project_id: str, me: Customer, session: TenantDbReader) -> Json:
    """What an editor needs."""
    return projects.open_project(session, me, project_id)


@router.patch("/{project_id}")
def change(project_id: str, body: ProjectChanges, me: Customer, session: TenantDb) -> Json:
    """Renames, archives, or brings back."""
    answer: Json | None = None
    if body.name is not None:
        answer = projects.rename(session, me, project_id, body.name)
    if body.state is not None:
        answer = projects.archive(session, me, project_id, archived=body.state == "archived")
    if answer is None:
        raise InvalidInput("Say what to change: name or state.")
    return answer


@router.delete("/{project_id}", status_code=204)
def remove(project_id: str, me: Customer, session: TenantDb) -> Response:
    """Deletes a project."""
    projects.remove(session, me, project_id)
    return Response(status_code=204)


@router.post("/{project_id}/duplicate", status_code=201)
def duplicate(project_id: str, body: Copy, me: Customer, session: TenantDb) -> Json:
    """Copies a project."""
    return projects.duplicate(session, me, project_id, body.name)


@router.post("/{project_id}/ops")
def commit(project_id: str, body: Commit, request: Request, me: Customer, session: TenantDb) -> Json:
    """Commits operations: all of them or none. Edits of others since `base_revision` are merged; with `If-Match` (the
    project's tag) nothing is merged: 412 where somebody else has committed."""
    exact = "if-match" in request.headers
    return projects.apply_ops(session, me, project_id, body.base_revision, body.op_id, body.ops, exact=exact)


@router.get("/{project_id}/edits")
def edits(project_id: str, me: Customer, session: TenantDbReader, after: Position = 0) -> Json:
    """What was committed after a revision."""
    return projects.edits_since(session, me, project_id, after)


@router.get("/{project_id}/versions")
def versions(project_id: str, me: Customer, session: TenantDbReader) -> list[Json]:
    """The documents to go back to."""
    return projects.kept_versions(session, me, project_id)


@router.post("/{project_id}/versions", status_code=201)
def name_version(project_id: str, body: VersionName, me: Customer, session: TenantDb) -> Json:
    """Keeps the document under a name."""
    return projects.name_version(session, me, project_id, body.name)


@router.put("/{project_id}/versions/{revision}/name")
def rename_version(project_id: str, revision: Revision, body: VersionName, me: Customer, session: TenantDb) -> Json:
    """Names a kept version, or names it anew."""
    return projects.rename_version(session, me, project_id, revision, body.name)


@router.delete("/{project_id}/versions/{revision}/name")
def unname_version(project_id: str, revision: Revision, me: Customer, session: TenantDb) -> Json:
    """Takes a version's name off: it is kept no longer than those that nobody named, and holds no files."""
    return projects.unname_version(session, me, project_id, revision)


@router.post("/{project_id}/versions/{revision}/restore")
def restore(project_id: str, revision: Revision, me: Customer, session: TenantDb) -> Json:
    """Goes back to a kept document."""
    return projects.restore(session, me, project_id, revision)


@router.get("/{project_id}/scenes/{clip_id}/lottie")
async def lottie(
    project_id: str, clip_id: str, request: Request, me: Customer, side: Annotated[int | None, Query(ge=1)] = None
) -> Response:
    """A clip as Lottie for the browser's player; `ETag` by content. `side`: the longer side of the picture that is
    drawn, in pixels; images get the pixels that they need there."""
    shown = await run_in_threadpool(_shown, me, project_id, clip_id, side)
    headers = {"ETag": f'"{shown.etag}"', "Cache-Control": "private, no-cache"}
    if f'"{shown.etag}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    drawn = await DRAWINGS.run(me.user_id, preview.draw, shown)
    return Response(drawn, media_type="application/json", headers=headers)


@router.get("/{project_id}/scenes/{clip_id}/films/{asset}")
async def film_frames(
    project_id: str,
    clip_id: str,
    asset: Annotated[str, Path(max_length=64)],
    me: Customer,
    first: Annotated[int, Query(ge=0, le=MOST)] = 0,
    count: Annotated[int, Query(ge=1, le=film_pictures.MOST)] = 1,
    side: Annotated[int | None, Query(ge=1)] = None,
    exact: bool = False,
) -> FilmFrames:
    """What a film in a clip's layers shows at the scene's frames from `first` on: `asset` and `films` are the Lottie's.
    Each picture comes once; `exact`: without loss."""
    shown = await run_in_threadpool(_shown, me, project_id, clip_id, side)
    found = await FILMS.run(me.user_id, preview.film_frames, shown, asset, first, count, exact=exact)
    return FilmFrames(pictures=[FilmFrame(**picture) for picture in found])


@router.get("/{project_id}/scenes/{clip_id}/sound", response_class=Response, responses=gives(scene_sound.MEDIA_TYPE))
async def sound(project_id: str, clip_id: str, me: Customer) -> Response:
    """What a clip's layers sound, from the scene's time 0 on. The Lottie's `sound` names it and changes with it; a
    scene without is silent."""
    shown = await run_in_threadpool(_shown, me, project_id, clip_id)
    mixed = await SOUNDS.run(me.user_id, preview.sound, shown)
    return Response(mixed, media_type=scene_sound.MEDIA_TYPE, headers={"Cache-Control": "private, no-cache"})


def _shown(me: Principal, project_id: str, clip_id: str, side: int | None = None) -> preview.Shown:
    with get_database().tenant_session(me.tenant_id, read_only=True) as session:
        return preview.lottie_of(session, me, project_id, clip_id, side=side)


@router.post("/{project_id}/text-picture", response_class=Response, responses=gives("image/png"))
async def text_picture(project_id: str, body: TextPicture, me: Customer) -> Response:
    """A text clip as PNG with alpha, exactly as the film shows it.

    `X-Missing-Characters` in the answer, percent-encoded: characters that no font has. Their places stay empty.
    `X-Text-Overflow: 1`: the text is longer than its place, and letters are cut off.
    """

    def draw() -> text_pictures.Drawn:
        with get_database().tenant_session(me.tenant_id, read_only=True) as session:
            projects.get(session, me, project_id)
        return text_pictures.drawn(body.text, body.style, (body.width, body.height), body.frame_height)

    picture, missing, overflow = await DRAWINGS.run(me.user_id, draw)
    headers = {"Cache-Control": "private, no-store"}
    if missing:
        headers["X-Missing-Characters"] = quote(missing[:MOST_MISSING])
    if overflow:
        headers["X-Text-Overflow"] = "1"
    return Response(picture, media_type="image/png", headers=headers)


@router.post("/{project_id}/bake", response_model=Json)
async def bake(project_id: str, body: Bake, me: Customer) -> Response:
    """The Lottie's `patches` of a value that is being typed; nothing is saved. They fit a Lottie with the same `of`."""
    # Put together as text: to read, check and write ten thousand numbers again would be waited for.
    answer = await DRAWINGS.run(me.user_id, baked, me, project_id, body)
    return Response(b"{" + answer + b"}", media_type="application/json")


def baked(me: Principal, project_id: str, body: Bake) -> bytes:
    """What is answered, without its braces."""
    with get_database().tenant_session(me.tenant_id, read_only=True) as session:
        change = preview.change_of(
            session,
            me,
            project_id,
            body.clip,
            key=body.key,
            value=body.value,
            colors=body.colors,
            changed=body.changed,
            side=body.side,
        )
    return preview.bake(change)
