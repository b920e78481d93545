"""Around the customers' files: folders, how much may be kept, what is cleaned up when."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from flatrender.access.permissions import SITE, Principal
from flatrender.api.cleaning import MOST
from flatrender.api.dependencies import Allowed, Customer, TenantDb, TenantDbReader
from flatrender.api.routes import Route
from flatrender.media import cleanup, folders, quotas

router = APIRouter(route_class=Route, prefix="/media", tags=["Media library"])
Json = dict[str, Any]
Manager = Annotated[Principal, Depends(Allowed(SITE))]


class NewFolder(BaseModel):
    """A folder to make; `parent_id` null at the top."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200)
    parent_id: str | None = Field(default=None, max_length=32)


class FolderChange(BaseModel):
    """What of a folder is to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, max_length=200)
    parent_id: str | None = Field(default=None, max_length=32)


class Schedule(BaseModel):
    """Unused files go after so many days; null: never."""

    days: int | None = Field(ge=1, le=MOST)


class Quota(BaseModel):
    """What a user may keep, in bytes (of the whole site: no user); null: as the settings say."""

    user_id: str = Field(default="", max_length=32)
    limit: int | None = Field(ge=0, le=10**15)


@router.get("/folders")
def list_folders(me: Customer, session: TenantDbReader) -> Json:
    """The user's folders, by name."""
    return {"items": folders.every(session, me)}


@router.post("/folders", status_code=201)
def create_folder(given: NewFolder, me: Customer, session: TenantDb) -> Json:
    """Makes a folder."""
    return folders.create(session, me, given.name, given.parent_id)


@router.patch("/folders/{folder_id}")
def change_folder(folder_id: str, given: FolderChange, me: Customer, session: TenantDb) -> Json:
    """Renames a folder, or moves it (`parent_id`; null: to the top)."""
    return folders.change(session, me, folder_id, given.model_dump(exclude_unset=True))


@router.delete("/folders/{folder_id}")
def delete_folder(
    folder_id: str,
    me: Customer,
    session: TenantDb,
    files: Annotated[str, Query(pattern="^(keep|delete)$", description="What becomes of the files in it")] = "keep",
) -> Json:
    """Deletes a folder and those in it. Its files go one level up, or (`delete`) are deleted unless in use: `gone`
    names those, and each can be restored."""
    return folders.delete(session, me, folder_id, with_files=files == "delete")


@router.get("/quota")
def show_quota(me: Customer, session: TenantDbReader) -> Json:
    """How much the user keeps and may keep."""
    return quotas.meter(session, me)


@router.get("/quotas")
def list_quotas(me: Manager, session: TenantDbReader) -> Json:
    """How much each user of the site keeps and may keep; for administrators."""
    return quotas.overview(session, me)


@router.put("/quota", status_code=204)
def set_quota(given: Quota, me: Manager, session: TenantDb) -> Response:
    """Sets what a user may keep; for administrators. What the whole site may keep, those who run the house set."""
    quotas.set_quota(session, me, given.user_id, given.limit)
    return Response(status_code=204)


@router.get("/cleanup")
def show_cleanup(
    me: Customer,
    session: TenantDbReader,
    days: Annotated[
        int | None, Query(ge=cleanup.SHORTEST, le=cleanup.LONGEST, description="As it would be with this schedule")
    ] = None,
) -> Json:
    """The user's cleanup schedule, and what it will delete when."""
    return cleanup.plan(session, me, days=days)


@router.put("/cleanup")
def set_cleanup(given: Schedule, me: Customer, session: TenantDb) -> Json:
    """Sets the schedule; answers what will be deleted when."""
    return cleanup.set_schedule(session, me, given.days)
