"""What the house shares with a site, over REST: listed, taken into its gallery, given up again."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse

from flatrender.api.routes import Route
from flatrender.api.sites import Site
from flatrender.core.storage import get_storage
from flatrender.templates import sharing

router = APIRouter(route_class=Route, prefix="/sites/{site_id}/catalogue", tags=["Sites"])
Json = dict[str, Any]
# Its address changes with what it shows.
PICTURE = {"Cache-Control": "private, max-age=31536000, immutable"}


@router.get("")
def list_shared_templates(chosen: Site) -> Json:
    """What the house shares, and what of it the site has: `taken`, the id of its own template; `newer`: the house has
    changed it since."""
    return {"items": sharing.offered(chosen.tenant.id)}


@router.put("/{template_id}")
def take_template(template_id: str, chosen: Site) -> Json:
    """Puts a shared template into the site's gallery; again, the house's changes where the site has made none."""
    return {"taken": sharing.take(chosen.principal, chosen.tenant.id, template_id)}


@router.delete("/{template_id}")
def give_template_up(template_id: str, chosen: Site) -> Json:
    """Takes it out of the gallery; `deleted` is false where projects use it: then it is put away."""
    return {"deleted": sharing.give_up(chosen.principal, chosen.tenant.id, template_id)}


@router.get("/{template_id}/poster")
def read_shared_poster(template_id: str, chosen: Site) -> FileResponse:
    """The picture of a shared template."""
    return FileResponse(get_storage().local_path(sharing.poster(template_id)), media_type="image/webp", headers=PICTURE)
