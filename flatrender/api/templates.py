"""Templates: the gallery for everyone, upload, review, second scan, presets and publishing for designers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from flatrender.access import audit
from flatrender.access.audit import Act
from flatrender.api.cleaning import MOST, Position
from flatrender.api.dependencies import Designer, Maybe, Me, TenantDb, TenantDbReader, request_tenant
from flatrender.api.description import gives, takes_form
from flatrender.api.files import File
from flatrender.api.routes import Route
from flatrender.api.slow import DRAWINGS, FILES
from flatrender.api.uploads import received
from flatrender.core.db import get_database
from flatrender.core.errors import NotFound
from flatrender.core.storage import get_storage
from flatrender.settings import get_settings
from flatrender.templates import catalogue, description, element_pictures, fonts, review, scanning, sharing
from flatrender.templates import service as templates
from flatrender.templates.models import TemplateScene
from flatrender.templates.records import get_scene, get_template

router = APIRouter(route_class=Route, tags=["Templates"])
Json = dict[str, Any]
# Addresses of pictures change with what they show.
PICTURE = {"Cache-Control": "private, max-age=31536000, immutable"}
WEBP, IMAGE = gives("image/webp", ranges=True), gives("image/*")


def site_db(request: Request, me: Maybe) -> Iterator[Session]:
    """A session of the site's tenant for reading, signed in or not: the gallery is open. Who is signed in is so on the
    site that is asked for."""
    tenant_id = me.tenant_id if me is not None else request_tenant(request).id
    with get_database().tenant_session(tenant_id, read_only=True) as session:
        yield session


SiteDb = Annotated[Session, Depends(site_db, scope="function")]


class Changes(BaseModel):
    """Fields to change; absent ones stay, null goes back to what the scan found."""

    model_config = ConfigDict(extra="allow")

    def given(self) -> Json:
        """What was sent."""
        return dict(self.model_extra or {})


class Order(BaseModel):
    """Ids in the order wanted."""

    ids: list[str] = Field(max_length=2000)


class Ticked(BaseModel):
    """What to merge of a previewed scan. `other_project` confirms a file that holds none of the template's elements."""

    scan_id: str
    ticked: list[str] = Field(default_factory=list, max_length=5000)
    other_project: bool = False


class NewScene(BaseModel):
    """A scene to make of a composition."""

    composition_id: int = Field(ge=0, le=MOST)
    name: str = Field(default="", max_length=160)


class NewColor(BaseModel):
    """A shared colour; `elements` (`scene/element`) follow it."""

    name: str = Field(max_length=160)
    value: str = Field(max_length=9)
    name_fa: str = Field(default="", max_length=160)
    elements: list[str] = Field(default_factory=list, max_length=500)


class NewPreset(BaseModel):
    """A colour preset; without `colors` it holds the template's own."""

    name: str = Field(max_length=120)
    name_fa: str = Field(default="", max_length=120)
    group: str = Field(default="", max_length=120)
    colors: dict[str, str] | None = None


class Replacement(BaseModel):
    """The font to use in a missing one's place."""

    postscript_name: str = Field(max_length=160)


class NewCategory(BaseModel):
    """A shelf of the gallery."""

    name: str = Field(max_length=120)
    name_fa: str = Field(default="", max_length=120)
    key: str = Field(default="", max_length=60, pattern=r"^[\w-]*$")


class CategoryChanges(BaseModel):
    """What to change of a shelf."""

    name: str | None = Field(default=None, max_length=120)
    name_fa: str | None = Field(default=None, max_length=120)
    position: int | None = Field(default=None, ge=0, le=MOST)


@router.get("/templates")
def browse(
    session: SiteDb,
    me: Maybe,
    q: Annotated[str, Query(max_length=200)] = "",
    category: str | None = None,
    tag: str | None = None,
    aspect: str | None = None,
    language: str | None = None,
    state: str = "published",
    sort: str = "newest",
    limit: Annotated[int, Query(ge=1, le=200)] = 60,
    offset: Position = 0,
) -> Json:
    """The gallery. Designers also see `state` draft, archived and all."""
    return catalogue.browse(
        session,
        me,
        query=q,
        category=category,
        tag=tag,
        aspect=aspect,
        language=language,
        state=state,
        sort=sort,
        limit=limit,
        offset=offset,
    )


@router.post("/templates", status_code=201, openapi_extra=takes_form("name", "project"))
async def create(request: Request, me: Designer) -> Json:
    """Makes a draft of an .aep or .zip (multipart: `file`, optional `name`; `project` where a zip has several)."""
    async with received(request, get_settings().max_template_bytes) as upload:
        path, name = upload.file(), upload.fields.get("name")
        project = upload.fields.get("project") or None

        def work() -> Json:
            template_id = templates.create(me, path, upload.file_name, name=name, project=project)
            with get_database().tenant_session(me.tenant_id, read_only=True) as session:
                return description.describe(session, me, template_id)

        return await FILES.run(me.user_id, work)


@router.get("/templates/{template_id}")
def show(template_id: str, session: SiteDb, me: Maybe) -> Json:
    """A template as customers edit it."""
    return templates.readable(session, me, template_id).to_dict()


@router.patch("/templates/{template_id}")
def edit(template_id: str, body: Changes, me: Designer, session: TenantDb) -> Json:
    """Changes name, name_fa, description, description_fa, language, category, tags, cover {scene, frame}; `shared`
    offers a template of the house to its sites (those who run the house)."""
    given = body.given()
    if "shared" in given:
        sharing.share(session, me, template_id, given.pop("shared"))
    if given:
        templates.edit(session, me, template_id, given)
    return description.describe(session, me, template_id)


@router.delete("/templates/{template_id}", status_code=204)
def delete(template_id: str, me: Designer, session: TenantDb) -> Response:
    """Deletes a template that no project uses."""
    removed = templates.remove(session, me, template_id)
    audit.note(session, me, Act.TEMPLATE_DELETED, template_id, removed)
    return Response(status_code=204)


@router.get("/templates/{template_id}/review")
def describe(template_id: str, me: Designer, session: TenantDbReader) -> Json:
    """Everything that was found in the file, with the designer's edits over it."""
    return description.describe(session, me, template_id)


@router.get("/templates/{template_id}/report")
def report(template_id: str, me: Designer, session: TenantDbReader) -> Json:
    """The whole scan report."""
    return scanning.report(session, template_id)


@router.post("/templates/{template_id}/publish")
def publish(template_id: str, me: Designer, session: TenantDb) -> Json:
    """Puts it into the gallery; 409 `not-ready` with `problems` while something is missing."""
    templates.publish(session, me, template_id)
    described = description.describe(session, me, template_id)
    audit.note(session, me, Act.TEMPLATE_PUBLISHED, template_id, str(described["name"]))
    return described


@router.post("/templates/{template_id}/unpublish")
def unpublish(template_id: str, me: Designer, session: TenantDb) -> Json:
    """Makes it a draft again."""
    templates.unpublish(session, me, template_id)
    described = description.describe(session, me, template_id)
    audit.note(session, me, Act.TEMPLATE_WITHDRAWN, template_id, str(described["name"]))
    return described


@router.post("/templates/{template_id}/archive")
def archive(template_id: str, me: Designer, session: TenantDb) -> Json:
    """Puts it away; projects made from it go on."""
    templates.archive(session, me, template_id)
    return description.describe(session, me, template_id)


@router.post("/templates/{template_id}/scan/preview", openapi_extra=takes_form("project", needed=False))
async def scan_preview(template_id: str, request: Request, me: Designer) -> Json:
    """Scans again, a new `file` (multipart) or without one the stored file: what was added, changed and removed."""
    async with received(request, get_settings().max_template_bytes, optional=True) as upload:
        project = upload.fields.get("project") or None
        path: Path | None = upload.path
        name = upload.file_name if path else None
        return await FILES.run(me.user_id, scanning.preview, me, template_id, path, name, project)


@router.post("/templates/{template_id}/scan/apply")
def scan_apply(template_id: str, body: Ticked, me: Designer) -> Json:
    """Merges the ticked changes of a previewed scan; manual edits stay.

    With none ticked the newer file is taken and everything else stays. Refused: `nothing-ticked` (of the same file),
    `other-project`, `leaves-gallery`.
    """
    merged = scanning.apply(me, template_id, body.scan_id, body.ticked, other_project=body.other_project)
    templates.draw_soon(me.tenant_id, template_id)
    return merged


@router.delete("/templates/{template_id}/scan/{scan_id}", status_code=204)
def scan_discard(template_id: str, scan_id: str, me: Designer, session: TenantDb) -> Response:
    """Throws a scan away that waits to be merged; the template stays as it is."""
    scanning.discard(session, me, template_id, scan_id)
    return Response(status_code=204)


@router.post("/templates/{template_id}/scenes", status_code=201)
def add_scene(template_id: str, body: NewScene, me: Designer, session: TenantDb) -> Json:
    """Makes a scene of a composition."""
    scene_id = scanning.add_scene(session, me, template_id, body.composition_id, body.name)
    review.draw_after(session, template_id)
    return {"id": scene_id}


@router.put("/templates/{template_id}/scenes/order", status_code=204)
def order_scenes(template_id: str, body: Order, me: Designer, session: TenantDb) -> Response:
    """Orders the scenes."""
    review.order_scenes(session, me, template_id, body.ids)
    return Response(status_code=204)


@router.patch("/templates/{template_id}/scenes/{scene_id}", status_code=204)
def edit_scene(template_id: str, scene_id: str, body: Changes, me: Designer, session: TenantDb) -> Response:
    """Changes enabled, name, name_fa, group, min_frames, max_frames, cover_frame."""
    review.edit_scene(session, me, template_id, scene_id, body.given())
    return Response(status_code=204)


@router.delete("/templates/{template_id}/scenes/{scene_id}", status_code=204)
def remove_scene(template_id: str, scene_id: str, me: Designer, session: TenantDb) -> Response:
    """Deletes a scene that is gone from the file or that the designer made."""
    review.remove_scene(session, me, template_id, scene_id)
    return Response(status_code=204)


@router.put("/templates/{template_id}/scenes/{scene_id}/order", status_code=204)
def order_elements(template_id: str, scene_id: str, body: Order, me: Designer, session: TenantDb) -> Response:
    """Orders a scene's elements."""
    review.order_elements(session, me, template_id, scene_id, body.ids)
    return Response(status_code=204)


@router.patch("/templates/{template_id}/elements/{element_id}", status_code=204)
def edit_element(template_id: str, element_id: str, body: Changes, me: Designer) -> Response:
    """Changes enabled, name, name_fa, group, default, direction, limits."""
    review.change_element(me, template_id, element_id, body.given())
    return Response(status_code=204)


@router.post("/templates/{template_id}/colors", status_code=201)
def add_color(template_id: str, body: NewColor, me: Designer, session: TenantDb) -> Json:
    """Makes a shared colour."""
    return {"id": review.add_color(session, me, template_id, **body.model_dump())}


@router.put("/templates/{template_id}/colors/order", status_code=204)
def order_colors(template_id: str, body: Order, me: Designer, session: TenantDb) -> Response:
    """Orders the shared colours."""
    review.order_colors(session, me, template_id, body.ids)
    return Response(status_code=204)


@router.patch("/templates/{template_id}/colors/{color_id}", status_code=204)
def edit_color(template_id: str, color_id: str, body: Changes, me: Designer, session: TenantDb) -> Response:
    """Changes enabled, name, name_fa, group, value, elements."""
    review.edit_color(session, me, template_id, color_id, body.given())
    return Response(status_code=204)


@router.delete("/templates/{template_id}/colors/{color_id}", status_code=204)
def remove_color(template_id: str, color_id: str, me: Designer, session: TenantDb) -> Response:
    """Deletes a shared colour that is gone from the file or that the designer made."""
    review.remove_color(session, me, template_id, color_id)
    return Response(status_code=204)


@router.post("/templates/{template_id}/presets", status_code=201)
def add_preset(template_id: str, body: NewPreset, me: Designer, session: TenantDb) -> Json:
    """Makes a colour preset."""
    return {"id": review.add_preset(session, me, template_id, **body.model_dump())}


@router.put("/templates/{template_id}/presets/order", status_code=204)
def order_presets(template_id: str, body: Order, me: Designer, session: TenantDb) -> Response:
    """Orders the presets."""
    review.order_presets(session, me, template_id, body.ids)
    return Response(status_code=204)


@router.patch("/templates/{template_id}/presets/{preset_id}", status_code=204)
def edit_preset(template_id: str, preset_id: str, body: Changes, me: Designer, session: TenantDb) -> Response:
    """Changes name, name_fa, group, colors."""
    review.edit_preset(session, me, template_id, preset_id, body.given())
    return Response(status_code=204)


@router.delete("/templates/{template_id}/presets/{preset_id}", status_code=204)
def remove_preset(template_id: str, preset_id: str, me: Designer, session: TenantDb) -> Response:
    """Deletes a preset."""
    review.remove_preset(session, me, template_id, preset_id)
    return Response(status_code=204)


@router.get("/templates/{template_id}/fonts")
def missing_fonts(template_id: str, me: Designer, session: TenantDbReader) -> Json:
    """The fonts that were not found, those that may stand in for them, and those that a text may be let choose from."""
    get_template(session, template_id)
    return {
        "missing": [fonts.to_dict(row) for row in fonts.rows_of(session, template_id)],
        "available": fonts.available(),
        "choices": review.font_choices(session, template_id),
    }


@router.post("/templates/{template_id}/fonts/{font_id}/file", openapi_extra=takes_form())
async def upload_font(template_id: str, font_id: str, request: Request, me: Designer) -> Json:
    """Takes a font file for a missing font."""
    async with received(request, fonts.MAX_FONT_BYTES) as upload:
        answer = await FILES.run(me.user_id, fonts.upload, me, template_id, font_id, upload.file(), upload.file_name)
    templates.draw_soon(me.tenant_id, template_id)
    return answer


@router.put("/templates/{template_id}/fonts/{font_id}/replacement")
def replace_font(template_id: str, font_id: str, body: Replacement, me: Designer) -> Json:
    """Lets another font stand in for a missing one."""
    answer = fonts.replace(me, template_id, font_id, body.postscript_name)
    templates.draw_soon(me.tenant_id, template_id)
    return answer


@router.delete("/templates/{template_id}/fonts/{font_id}/replacement")
def reset_font(template_id: str, font_id: str, me: Designer) -> Json:
    """Takes the decision about a font back."""
    answer = fonts.reset(me, template_id, font_id)
    templates.draw_soon(me.tenant_id, template_id)
    return answer


@router.get("/templates/{template_id}/poster", response_class=File, responses=WEBP)
def poster(template_id: str, session: SiteDb, me: Maybe) -> File:
    """The gallery's picture."""
    templates.readable(session, me, template_id)
    return _file(get_template(session, template_id).poster_key, "image/webp")


@router.get("/templates/{template_id}/preview", response_class=File, responses=gives("video/mp4", ranges=True))
def preview(template_id: str, session: SiteDb, me: Maybe) -> File:
    """The gallery's moving preview (MP4 without sound); answers ranges."""
    templates.readable(session, me, template_id)
    return _file(get_template(session, template_id).preview_key, "video/mp4")


@router.get("/templates/{template_id}/scenes/{scene_id}/picture", response_class=File, responses=WEBP)
def picture(template_id: str, scene_id: str, session: SiteDb, me: Maybe) -> File:
    """A scene's picture."""
    templates.readable(session, me, template_id)
    scene: TemplateScene = get_scene(session, template_id, scene_id)
    return _file(scene.picture_key, "image/webp")


@router.get("/templates/{template_id}/elements/{element_id}/picture", response_class=Response, responses=IMAGE)
async def element_picture(template_id: str, element_id: str, me: Me) -> Response:
    """The template's own picture of an image element, small."""

    def wanted() -> element_pictures.Wanted:
        with get_database().tenant_session(me.tenant_id, read_only=True) as session:
            templates.readable(session, me, template_id)
            return element_pictures.wanted(session, template_id, element_id)

    found = await run_in_threadpool(wanted)
    data, content_type = await DRAWINGS.run(me.user_id, element_pictures.read, found)
    return Response(data, media_type=content_type, headers=PICTURE)


@router.get("/categories")
def categories(session: SiteDb) -> list[Json]:
    """The shelves, with how many templates stand on each."""
    return catalogue.categories(session)


@router.post("/categories", status_code=201)
def add_category(body: NewCategory, me: Designer, session: TenantDb) -> Json:
    """A new shelf."""
    return catalogue.add_category(session, me, body.name, body.name_fa, body.key)


@router.patch("/categories/{category_id}", status_code=204)
def edit_category(category_id: str, body: CategoryChanges, me: Designer, session: TenantDb) -> Response:
    """Renames or moves a shelf."""
    catalogue.edit_category(session, me, category_id, name=body.name, name_fa=body.name_fa, position=body.position)
    return Response(status_code=204)


@router.delete("/categories/{category_id}", status_code=204)
def remove_category(category_id: str, me: Designer, session: TenantDb) -> Response:
    """Deletes a shelf; its templates stay."""
    catalogue.remove_category(session, me, category_id)
    return Response(status_code=204)


@router.get("/tags")
def tags(session: SiteDb) -> list[Json]:
    """The words in use, most used first."""
    return catalogue.tags(session)


def _file(key: str | None, content_type: str) -> File:
    if key is None:
        raise NotFound("This picture has not been made yet; try again in a moment.", code="not-made-yet")
    return File(get_storage().local_path(key), media_type=content_type, headers=PICTURE)
