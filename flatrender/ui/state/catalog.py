"""Reads the catalogue and the user's projects for pages: the services' answers made into cards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from sqlmodel import Session

from flatrender.core import clock
from flatrender.core.errors import NotFound
from flatrender.templates import catalogue, definitions
from flatrender.templates.definition import Definition
from flatrender.templates.models import TemplateState
from flatrender.templates.previews import shares
from flatrender.ui.state.cards import (
    CategoryCard,
    PresetCard,
    SceneCard,
    Swatch,
    TemplateCard,
    TemplatePage,
    shape,
)

Json = Mapping[str, Any]
MOST = 120
FRESH = timedelta(days=14)


@dataclass(frozen=True)
class Gallery:
    """The gallery as asked for. `total` counts all published templates."""

    cards: list[TemplateCard] = field(default_factory=list)
    categories: list[CategoryCard] = field(default_factory=list)
    total: int = 0


def gallery(session: Session, language: str, *, query: str = "", category: str = "", shape: str = "") -> Gallery:
    """The published templates that match, newest first, and the shelves that are not empty."""
    found = catalogue.browse(session, None, query=query, category=category or None, aspect=shape or None, limit=MOST)
    shelves = [shelf for shelf in catalogue.categories(session) if shelf["templates"]]
    total = found["total"]
    if query or category or shape:
        total = catalogue.browse(session, None, limit=1)["total"]
    since = clock.now() - FRESH
    fresh = {item["id"] for item in found["items"] if datetime.fromisoformat(item["published_at"]) > since}
    if len(fresh) == len(found["items"]):
        fresh.clear()  # where everything is new, the word says nothing
    return Gallery(
        [_card(definitions.get(session, item["id"]), language, item["id"] in fresh) for item in found["items"]],
        [CategoryCard(shelf["key"], _named(shelf, language)) for shelf in shelves],
        total,
    )


def chosen(session: Session, ids: Sequence[str], language: str) -> list[TemplateCard]:
    """These templates in this order, as far as they are published."""
    published = catalogue.published(session, ids)
    return [_card(definitions.get(session, each), language) for each in ids if each in published]


def template(session: Session, template_id: str, language: str) -> TemplatePage:
    """A published template. Raises NotFound."""
    found = definitions.get(session, template_id)
    if found.state != TemplateState.PUBLISHED:
        raise NotFound("There is no such template.")
    return TemplatePage(
        card=_card(found, language),
        description=(found.description_fa if language == "fa" else "") or found.description,
        shape=shape(found.width, found.height),
        size=f"{found.width} × {found.height}",
        rate=round(found.rate.num / found.rate.den, 3),
        kind=found.kind,
        titles=[localised(scene, language) for scene in found.scenes],
        scenes=[
            SceneCard(
                key=scene.key,
                name=localised(scene, language),
                picture=scene.picture or "",
                seconds=float(scene.rate.seconds(scene.frames)),
                elements=len(scene.elements),
            )
            for scene in found.scenes
        ],
        colors=[Swatch(localised(color, language), color.value) for color in found.colors],
        presets=[
            PresetCard(
                localised(preset, language), [preset.colors.get(color.key, color.value) for color in found.colors][:6]
            )
            for preset in found.presets
        ],
    )


def _card(found: Definition, language: str, fresh: bool = False) -> TemplateCard:
    lengths = shares([float(scene.rate.seconds(scene.frames)) for scene in found.scenes])
    whole = sum(lengths) or 1.0
    category = _named(found.category, language) if found.category else shape(found.width, found.height)
    return TemplateCard(
        id=found.id,
        name=localised(found, language),
        label=category,
        ratio=found.width / found.height if found.height else 16 / 9,
        duration=float(found.rate.seconds(found.frames)),
        parts=[round(end / whole, 5) for end in accumulate(lengths)],
        poster=found.poster or "",
        preview=found.preview or "",
        color=found.dominant_color or "",
        fresh=fresh,
    )


def _named(row: Json, language: str) -> str:
    return str((row.get("name_fa") if language == "fa" else "") or row["name"])


def localised(thing: Any, language: str) -> str:
    """The name in the visitor's language, else the other one."""
    return str((thing.name_fa if language == "fa" else "") or thing.name or thing.name_fa)
