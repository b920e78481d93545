"""A template's poster and moving preview for the gallery: asked of the farm, made on a node.

The preview plays the scenes that are switched on, in order, small and without sound; long ones are cut to their share
of `SECONDS`, around the frame that stands for the scene.
"""

import contextlib
import tempfile
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image
from sqlmodel import Session

from flatrender.aftereffects.client import EngineClient, default_client
from flatrender.core.db import get_database, on_commit
from flatrender.core.digest import file_sha256
from flatrender.core.storage import get_storage
from flatrender.core.timing import Rate
from flatrender.farm import service as farm
from flatrender.farm.states import TaskState
from flatrender.film.encode import Encoder
from flatrender.media.pictures import dominant_color
from flatrender.settings import get_settings
from flatrender.templates import definitions, engine, pictures
from flatrender.templates.definition import Scene
from flatrender.templates.models import Template
from flatrender.templates.records import announce, get_template

KIND = "preview"
SECONDS = 15.0
SHORTEST = 1.0  # of a scene
AREA = 640 * 360  # of the preview's picture, whatever its shape
POSTER_WIDTH = 1280
PRIORITY = 30  # below people's renders
OnProgress = Callable[..., None]


@dataclass(frozen=True)
class _Work:
    """What is to be drawn, read in one go."""

    path: Path
    revision: int
    scenes: tuple[Scene, ...]
    cover: Scene
    cover_frame: int
    rate: Rate


def request(session: Session, template_id: str) -> str | None:
    """Asks the farm for poster and preview; the task's id, None when one for this revision waits already."""
    template = get_template(session, template_id)
    for task in farm.tasks_of(session, template_id):
        if task.kind == KIND and task.state == TaskState.WAITING:
            return None  # it reads the template when it starts
    new = farm.NewTask(
        kind=KIND,
        name=f"Preview of {template.name}"[:200],
        payload={"template_id": template_id},
        weight=10.0,
    )
    return farm.enqueue(session, template.tenant_id, template_id, [new], priority=PRIORITY)[0].id


def produce(
    tenant_id: str,
    template_id: str,
    on_progress: OnProgress | None = None,
    cancelled: Callable[[], bool] | None = None,
    client: EngineClient | None = None,
) -> dict[str, Any]:
    """Draws poster and preview and keeps them: `{"poster_key", "preview_key", "dominant_color"}`.

    May be repeated. `on_progress(fraction)`; a true `cancelled()` raises `film.ffmpeg.Cancelled` and leaves nothing.
    """
    client = client or default_client()
    tell = on_progress or _silent
    pictures.make(tenant_id, template_id, client)  # where the web process did not get to it
    with get_database().tenant_session(tenant_id, read_only=True) as session:
        work = _work(session, template_id)
    base = get_settings().cache_dir
    base.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=base, prefix="preview-") as folder:
        poster, film = Path(folder) / "poster.webp", Path(folder) / "preview.mp4"
        _poster(client, work, poster)
        tell(0.05)
        _film(client, work, film, tell, cancelled)
        color = dominant_color(poster)
        storage = get_storage()
        prefix = f"templates/{tenant_id}/{template_id}"
        poster_key = f"{prefix}/poster-{file_sha256(poster)[:8]}.webp"
        preview_key = f"{prefix}/preview-{file_sha256(film)[:8]}.mp4"
        storage.put_file(poster, poster_key)
        storage.put_file(film, preview_key)
    with get_database().tenant_session(tenant_id) as session:
        template = get_template(session, template_id, lock=True)
        _replace(session, template, poster_key, preview_key)
        template.dominant_color, template.preview_of = color, work.revision
        session.add(template)
        announce(session, template)
    tell(1.0)
    return {"poster_key": poster_key, "preview_key": preview_key, "dominant_color": color}


def shares(seconds: list[float], total: float = SECONDS) -> list[float]:
    """How long each scene plays in a preview of at most `total` seconds: whole where all fit, else in proportion."""
    whole = sum(seconds)
    if whole <= total:
        return list(seconds)
    return [min(length, max(SHORTEST, length * total / whole)) for length in seconds]


def preview_size(width: int, height: int) -> tuple[int, int]:
    """Even width and height of about `AREA` pixels in the shape of the film."""
    scale = min(1.0, (AREA / (width * height)) ** 0.5)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _work(session: Session, template_id: str) -> _Work:
    definition = definitions.get(session, template_id)
    template = get_template(session, template_id)
    scenes = definition.scenes
    cover = definition.scene(template.cover_scene or "") or scenes[0]
    frame = template.cover_frame if template.cover_frame is not None and template.cover_scene else cover.cover_frame
    path = engine.source(session, template_id).path
    return _Work(path, definition.revision, scenes, cover, min(frame, cover.frames - 1), definition.rate)


def _poster(client: EngineClient, work: _Work, out: Path) -> None:
    scene = work.cover
    width = min(POSTER_WIDTH, scene.width) if scene.width >= scene.height else min(POSTER_WIDTH * 9 // 16, scene.width)
    picture = client.snapshot(
        work.path, scene.composition_id, [work.cover_frame], {}, width=width, background=scene.background
    )[0]
    png = out.with_suffix(".png")
    png.write_bytes(picture)
    with Image.open(png) as image:
        image.convert("RGB").save(out, "WEBP", quality=88)


def _film(client: EngineClient, work: _Work, out: Path, tell: OnProgress, cancelled: Callable[[], bool] | None) -> None:
    width, height = preview_size(work.cover.width, work.cover.height)
    seconds = shares([float(scene.rate.seconds(scene.frames)) for scene in work.scenes])
    total = sum(max(1, work.rate.frames(length)) for length in seconds)
    done = 0
    with Encoder(out, width, height, work.rate, "mp4", opaque=True, cancelled=cancelled) as encoder:
        for scene, length in zip(work.scenes, seconds, strict=True):
            count = max(1, work.rate.frames(length))
            first = _first(scene, count, work.rate)
            frames = _frames(client, work.path, scene, first, count, (width, height), work.rate)
            with contextlib.closing(frames):
                for frame in frames:
                    encoder.write(frame)
                    done += 1
                    if done % 8 == 0:
                        tell(0.05 + 0.9 * done / total)


def _first(scene: Scene, count: int, rate: Rate) -> int:
    """Where a scene begins: at its start when it plays whole, else so that its best frame comes past the middle."""
    frames = scene.rate.frames(rate.seconds(count))
    if frames >= scene.frames:
        return 0
    return max(0, min(scene.cover_frame - frames * 2 // 3, scene.frames - frames))


def _frames(
    client: EngineClient, path: Path, scene: Scene, first: int, count: int, size: tuple[int, int], rate: Rate
) -> Generator[memoryview, None, None]:
    """`count` frames at the preview's rate from a scene at its own; the last one is held where a scene ends early."""
    needed = [min(scene.frames - 1, first + scene.rate.frames(rate.seconds(number))) for number in range(count)]
    source = client.frames(
        path, scene.composition_id, {}, needed[0], needed[-1], size=size, background=scene.background
    )
    at = needed[0] - 1
    view: memoryview | None = None
    for number in needed:
        while at < number:
            view = next(source)
            at += 1
        assert view is not None
        yield view


def _replace(session: Session, template: Template, poster_key: str, preview_key: str) -> None:
    storage = get_storage()
    pictures = f"templates/{template.tenant_id}/{template.id}/"
    for old, new in ((template.poster_key, poster_key), (template.preview_key, preview_key)):
        # The poster of before may be a scene's picture, which stays.
        if old and old != new and old.startswith((pictures + "poster-", pictures + "preview-")):
            on_commit(session, partial(storage.delete, old))
    template.poster_key, template.preview_key = poster_key, preview_key


def _silent(*_: object) -> None:
    return None
