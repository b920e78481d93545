"""The template's own picture of an image element, small: what a field shows before the customer chooses another."""

import base64
from dataclasses import dataclass
from functools import lru_cache

import orjson
from sqlmodel import Session

from flatrender.aftereffects.client import default_client
from flatrender.core.errors import NotFound
from flatrender.templates import engine
from flatrender.templates.engine import EngineSource
from flatrender.templates.models import TemplateElement
from flatrender.templates.records import get_scene, part_of

SIDE = 960
"""The composition is taken as this large, so that a picture has about the pixels that a field shows."""


@dataclass(frozen=True)
class Wanted:
    """An element's picture, not read yet."""

    source: EngineSource
    composition_id: int
    addresses: tuple[str, ...]


def wanted(session: Session, template_id: str, element_id: str) -> Wanted:
    """What to read for an element. Raises NotFound, also for one that is no picture."""
    element = part_of(session, TemplateElement, template_id, element_id, "element")
    if element.facts.get("kind") != "image":
        raise NotFound("This element has no picture.")
    composition_id = int(get_scene(session, template_id, element.scene_id).facts["composition_id"])
    return Wanted(engine.source(session, template_id), composition_id, tuple(element.facts["addresses"]))


@lru_cache(maxsize=256)
def read(picture: Wanted) -> tuple[bytes, str]:
    """The picture and its media type; the last ones are kept. Slow at the first time: outside of any transaction.

    Raises NotFound where the template's file is missing or not of a kind that is read.
    """
    for address in picture.addresses:
        # Going back to the file's own value answers with the picture that it shows.
        patches = default_client().bake(
            picture.source.path, picture.composition_id, address, None, {}, max_image_side=SIDE
        )
        for patch in orjson.loads(patches):
            if "p" in patch.get("asset_object", {}):
                head, _, data = patch["asset_object"]["p"].partition(",")
                return base64.b64decode(data), head.removeprefix("data:").removesuffix(";base64")
    raise NotFound("The template has no picture here that can be shown.")
