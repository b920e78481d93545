"""A picture of each scene, where its elements lie in it, and which frame shows it best.

Where an element lies is measured, not computed: the frame is drawn with it and without it, and the pixels that differ
are its box. That holds through nesting, parents, masks and motion. A colour is changed to one that differs instead.
"""

import hashlib
import io
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sqlmodel import Session, col, select

from flatrender.aftereffects.client import EngineClient, scanning_client
from flatrender.core.db import get_database, on_commit
from flatrender.core.errors import FlatRenderError
from flatrender.core.storage import get_storage
from flatrender.media.pictures import dominant_color
from flatrender.templates import engine
from flatrender.templates.models import Template, TemplateElement, TemplateScene
from flatrender.templates.records import all_rows, announce, get_template

log = logging.getLogger(__name__)
Json = dict[str, Any]
WIDTH = 960
BOX_WIDTH = 480
MOST_BOXES = 60
CANDIDATES = (0.35, 0.5, 0.62, 0.75)
_DIFFERS = 10  # of 255: below it is noise of the edges


@dataclass(frozen=True)
class _Subject:
    """A scene to draw, outside of any transaction."""

    scene_id: str
    composition_id: int
    frames: int
    frame: int | None
    background: str
    elements: tuple[tuple[str, str, tuple[str, ...]], ...]  # id, kind, addresses
    md5: str


@dataclass(frozen=True)
class _Drawn:
    """What was drawn of a scene, its picture in the storage already: that may be far away, and no lock waits for it."""

    frame: int
    key: str
    color: str
    boxes: Mapping[str, list[float] | None]


def make(tenant_id: str, template_id: str, client: EngineClient | None = None, *, most: int | None = None) -> int:
    """Draws what is missing or out of date, scene by scene, `most` of them; how many. Slow: not in a request."""
    client = client or scanning_client()
    database = get_database()
    with database.tenant_session(tenant_id, read_only=True) as session:
        source = engine.source(session, template_id)
        subjects = _subjects(session, template_id, source.md5)[:most]
    for subject in subjects:
        try:
            frame, picture, boxes = _draw(client, source.path, subject)
            drawn = _Drawn(frame, *_store(tenant_id, template_id, subject, picture), boxes)
        except FlatRenderError as error:
            log.warning("a scene of template %s was not drawn: %s", template_id, error.message)
            continue
        with database.tenant_session(tenant_id) as session:
            _keep(session, template_id, subject, drawn)
    return len(subjects)


def best_frame(client: EngineClient, path: Path, composition_id: int, frames: int, background: str) -> int:
    """The frame, of a few from the middle of a scene, in which most is to be seen."""
    candidates = sorted({min(frames - 1, round(frames * part)) for part in CANDIDATES})
    pictures = client.snapshot(path, composition_id, candidates, {}, width=240, background=background)
    return max(zip(candidates, pictures, strict=True), key=lambda pair: _detail(pair[1]))[0]


def box_between(before: bytes, after: bytes) -> list[float] | None:
    """The box in which two pictures of one size differ: [x, y, width, height], 0 to 1; None where they do not."""
    one, two = _pixels(before), _pixels(after)
    differs = np.abs(one - two).max(axis=2) > _DIFFERS
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if rows.size == 0:
        return None
    height, width = differs.shape
    left, top = columns[0] / width, rows[0] / height
    return [
        round(float(part), 4) for part in (left, top, (columns[-1] + 1) / width - left, (rows[-1] + 1) / height - top)
    ]


def _seen(facts: Mapping[str, Any]) -> bool:
    """Whether an element is a part of the picture: hidden data are not, nor are controls that say no colour."""
    return not facts.get("data") and not (facts.get("control") and facts["kind"] != "color")


def _draw(client: EngineClient, path: Path, subject: _Subject) -> tuple[int, bytes, dict[str, list[float] | None]]:
    frame = subject.frame
    if frame is None:
        frame = best_frame(client, path, subject.composition_id, subject.frames, subject.background)

    def draw(values: Mapping[str, Mapping[str, Any]], width: int) -> bytes:
        return client.snapshot(
            path, subject.composition_id, [frame], values, width=width, background=subject.background
        )[0]

    picture = draw({}, WIDTH)
    plain = draw({}, BOX_WIDTH)
    boxes: dict[str, list[float] | None] = {}
    for element_id, kind, addresses in subject.elements[:MOST_BOXES]:
        change: Json = {"kind": "visible", "value": False}
        if kind == "color":
            change = {"kind": "color", "value": "#FF00FF"}
        try:
            boxes[element_id] = box_between(plain, draw(dict.fromkeys(addresses, change), BOX_WIDTH))
        except FlatRenderError as error:
            log.info("no box for element %s: %s", element_id, error.message)
    return frame, _webp(picture), boxes


def _store(tenant_id: str, template_id: str, subject: _Subject, picture: bytes) -> tuple[str, str]:
    """Its key in the storage, and its colour."""
    storage = get_storage()
    name = f"{subject.scene_id}-{hashlib.sha256(picture).hexdigest()[:8]}.webp"
    key = f"templates/{tenant_id}/{template_id}/{name}"
    storage.put_bytes(picture, key)
    return key, dominant_color(storage.local_path(key))


def _keep(session: Session, template_id: str, subject: _Subject, drawn: _Drawn) -> None:
    template = get_template(session, template_id, lock=True)
    scene = session.exec(select(TemplateScene).where(col(TemplateScene.id) == subject.scene_id)).first()
    if scene is None:
        return
    if scene.picture_key and scene.picture_key not in {drawn.key, template.poster_key}:
        old = scene.picture_key
        on_commit(session, lambda: get_storage().delete(old))
    scene.picture_key = drawn.key
    scene.picture_of = _shows(subject.md5, subject.composition_id, drawn.frame, subject.elements)
    scene.best_frame = drawn.frame if subject.frame is None else scene.best_frame
    session.add(scene)
    for element_id, box in drawn.boxes.items():
        element = session.exec(select(TemplateElement).where(col(TemplateElement.id) == element_id)).first()
        if element is not None:
            element.box = box
            session.add(element)
    cover = template.cover_scene or subject_key(session, template_id)
    if template.preview_key is None and scene.key == cover:
        # Until a node has made the poster, the gallery shows the cover scene.
        template.poster_key, template.dominant_color = drawn.key, drawn.color
    template.revision += 1  # boxes and pictures are part of what is kept by revision
    session.add(template)
    session.flush()
    session.info["changed_templates"] = True
    announce(session, template)


def forget(session: Session, template: Template) -> None:
    """Another file takes the template's place: what was drawn of the old one shows nothing of it."""
    scenes, elements, _ = all_rows(session, template.id)
    for scene in scenes:
        if scene.picture_key and scene.picture_key != template.poster_key:
            on_commit(session, partial(get_storage().delete, scene.picture_key))
        scene.picture_key, scene.picture_of, scene.best_frame = None, "", None
        session.add(scene)
    for element in elements:
        element.box = None
        session.add(element)


def subject_key(session: Session, template_id: str) -> str:
    """The key of the scene that stands for the template when no cover was chosen."""
    for scene in all_rows(session, template_id)[0]:
        if scene.enabled and not scene.gone:
            return scene.key
    return ""


def _subjects(session: Session, template_id: str, md5: str) -> list[_Subject]:
    scenes, elements, _ = all_rows(session, template_id)
    subjects = []
    cover = get_template(session, template_id).cover_scene
    # The cover comes first, then those that customers will see.
    for scene in sorted(scenes, key=lambda scene: (scene.key != cover, not scene.enabled)):
        if scene.gone:
            continue
        chosen = scene.manual.get("cover_frame")
        frame = chosen if chosen is not None else scene.best_frame
        if frame is not None:
            frame = min(frame, int(scene.facts["frames"]) - 1)  # it may have been chosen in a longer file
        shown = tuple(
            (e.id, e.facts["kind"], tuple(e.facts["addresses"]))
            for e in elements
            if e.scene_id == scene.id and not e.gone and e.facts["addresses"] and _seen(e.facts)
        )
        if scene.picture_key and scene.picture_of == _shows(md5, scene.facts["composition_id"], frame, shown):
            continue
        subjects.append(
            _Subject(
                scene.id,
                scene.facts["composition_id"],
                int(scene.facts["frames"]),
                frame,
                scene.facts.get("background") or "#000000",
                shown,
                md5,
            )
        )
    return subjects


def _shows(md5: str, composition_id: int, frame: int | None, elements: object) -> str:
    return hashlib.sha256(json.dumps([md5, composition_id, frame, elements]).encode()).hexdigest()


def _detail(picture: bytes) -> float:
    pixels = _pixels(picture)
    return float(np.abs(np.diff(pixels, axis=0)).sum() + np.abs(np.diff(pixels, axis=1)).sum())


def _pixels(picture: bytes) -> NDArray[np.int16]:
    with Image.open(io.BytesIO(picture)) as image:
        return np.asarray(image.convert("RGB"), dtype=np.int16)


def _webp(png: bytes) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").save(out, "WEBP", quality=88)
    return out.getvalue()
