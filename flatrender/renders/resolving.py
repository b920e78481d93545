"""A project document as things to render: compositions, engine values, media by content. Writes nothing."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from flatrender.core.db import may_write
from flatrender.core.digest import file_sha256
from flatrender.core.errors import InvalidInput, NotFound
from flatrender.core.storage import get_storage
from flatrender.core.timing import Rate
from flatrender.projects import permitted, render_values, timeline, upgrades
from flatrender.renders import tracks
from flatrender.renders.layers import Layers
from flatrender.renders.models import SceneFilm
from flatrender.renders.planner import DEFAULT_SECONDS_PER_FRAME, ONE_FILM, Plan, SceneUse, Source, hashes, plan
from flatrender.renders.wishes import Wish
from flatrender.templates import definitions, engine
from flatrender.templates.definition import Scene

Json = dict[str, Any]
HISTORY = 30  # scene films looked at for an estimate
FULL_HD = 1920 * 1080
COMPARABLE = 4  # a film counts for frames of at most so many times its pixels


@dataclass(frozen=True)
class Resolved:
    """What a document needs. `notes`: what a person should be told (substitutes, shortened scenes); `hidden`: the
    scenes' track is."""

    source: Source
    scenes: tuple[SceneUse, ...]
    layers: Layers
    length: int
    loudness: float | None
    notes: tuple[str, ...]
    hidden: bool = False


def resolve(session: Session, document: Mapping[str, Any], template_id: str) -> Resolved:
    """Everything a film of `document` depends on.

    Raises InvalidInput for a document that cannot be rendered, NotFound when the template or a file of it is gone.
    """
    check_size(document)
    read = upgrades.read(dict(document))
    if not read.clips:
        raise InvalidInput("The film has no scenes; add at least one.", field="document")
    try:
        bundle = engine.source(session, template_id)
    except NotFound as error:
        if error.code == "bundle-gone":  # the template is there, its file is not
            raise
        raise NotFound("The template of this project is gone.", code="template-gone") from error
    definition = definitions.get(session, template_id)
    notes: list[str] = []
    scenes: list[SceneUse] = []
    for number, (clip, placed) in enumerate(timeline.scene_layout(read), 1):
        found = render_values.scene_values(session, read, clip, definition)
        notes += found.notes
        scene = definition.scene(clip.scene)
        frames = min(clip.offset + clip.duration, found.frames)
        if frames < clip.offset + clip.duration:
            notes.append(f"Scene {number} ends after its {found.frames} frames; its last one stands for the rest.")
        scenes.append(
            SceneUse(
                clip_id=clip.id,
                scene=clip.scene,
                name=found.name,
                composition_id=found.composition_id,
                frames=clip.duration,
                start=placed.start,
                first=clip.offset,
                joint=tracks.joint(placed),
                values={address: _portable(value) for address, value in found.values.items()},
                film_frames=_own_frames(scene, frames, read.rate),
                film_rate=None if scene is None or scene.rate == read.rate else scene.rate.fraction,
            )
        )
    source = Source(
        bundle_md5=bundle.md5,
        bundle_key=bundle.key,
        engine_version=engine.revision(session, template_id),
        size=(read.size[0] + read.size[0] % 2, read.size[1] + read.size[1] % 2),  # H.264 wants even ones
        rate=(read.rate.num, read.rate.den),
        template_id=template_id,
    )
    return Resolved(
        source=source,
        scenes=_whole_films(scenes),
        layers=tracks.layers(session, read),
        length=timeline.film_duration(read),
        loudness=read.loudness,
        notes=tuple(dict.fromkeys(notes)),
        hidden=read.scene_track.hidden,
    )


def make_plan(session: Session, resolved: Resolved, wanted: Wish = ONE_FILM, *, verify: bool = True) -> Plan:
    """The plan, with what is in the scene cache. `verify`: a film counts only while its file is there.

    Raises InvalidInput for a range that the film does not have.
    """
    _check_range(resolved.length, wanted)
    return plan(
        resolved.source,
        resolved.scenes,
        resolved.layers,
        wanted,
        length=resolved.length,
        loudness=resolved.loudness,
        hidden=resolved.hidden,
        cached=in_cache(session, hashes(resolved.source, resolved.scenes, wanted), verify=verify),
        seconds_per_frame=seconds_per_frame(session, resolved.source),
    )


def check_size(document: Mapping[str, Any]) -> None:
    """Raises InvalidInput for more scenes or clips than a job has room for, before anything of them is read: edits do
    not make so many, but an older version or another program may have."""
    clips = Counter(
        track.get("kind")
        for track in document.get("tracks", ())
        for item in track.get("items", ())
        if item.get("type") == "clip"
    )
    for number, most, what in (
        (clips["scene"], permitted.MAX_CLIPS, "scenes"),
        (clips.total(), permitted.MAX_ITEMS, "clips"),
    ):
        if number > most:
            said = f"The film has {number:,} {what}, and a job renders at most {most:,}"
            raise InvalidInput(
                f"{said}; remove some, or make several films of it.", code="too-many-scenes", field="document"
            )


def check_range(document: Mapping[str, Any], wanted: Wish) -> None:
    """Raises InvalidInput for a film that is too large or too long, and for a range that it does not have."""
    check_size(document)
    film = upgrades.read(dict(document))
    if permitted.is_too_long(film):
        raise InvalidInput(permitted.TOO_LONG, field="document")
    _check_range(timeline.film_duration(film), wanted)


def _check_range(length: int, wanted: Wish) -> None:
    if wanted.range is not None and wanted.range[1] > length:
        raise InvalidInput(f"The film has {length} frames; choose a range of them.", field="range")


def in_cache(session: Session, hashes: Collection[str], *, verify: bool = True) -> set[str]:
    """Those of the hashes whose films exist. A row whose file is gone is removed where the session may write."""
    films = session.exec(select(SceneFilm).where(col(SceneFilm.content_hash).in_(hashes))).all()
    storage = get_storage()
    gone = [film for film in films if verify and not storage.exists(film.key)]
    if may_write(session):
        for film in gone:
            session.delete(film)
    return {film.content_hash for film in films if film not in gone}


def seconds_per_frame(session: Session, source: Source) -> float:
    """How long a frame of this size takes."""
    measured = _measured(session, source)
    return DEFAULT_SECONDS_PER_FRAME * _pixels(source) / FULL_HD if measured is None else measured


def has_history(session: Session, source: Source) -> bool:
    """Whether `seconds_per_frame` comes from films that were rendered here."""
    return _measured(session, source) is not None


def _pixels(source: Source) -> int:
    return source.size[0] * source.size[1] or FULL_HD


def _measured(session: Session, source: Source) -> float | None:
    """Seconds a frame, from films rendered before: of the template, else of the tenant; None when there are none.

    Much smaller films say nothing of it: nearly all of their time is the start.
    """
    pixels = _pixels(source)
    comparable = col(SceneFilm.width) * col(SceneFilm.height) * COMPARABLE >= pixels
    for condition in ([col(SceneFilm.template_id) == source.template_id], []):
        latest = (
            sa_select(col(SceneFilm.render_seconds), col(SceneFilm.frames), col(SceneFilm.width), col(SceneFilm.height))
            .where(*condition, col(SceneFilm.frames) > 0, comparable)
            .order_by(col(SceneFilm.created_at).desc())
            .limit(HISTORY)
            .subquery()
        )
        work = latest.c.frames * latest.c.width * latest.c.height
        spent, drawn = session.execute(sa_select(func.sum(latest.c.render_seconds), func.sum(work))).one()
        if drawn:
            return float(spent) / float(drawn) * pixels
    return None


def local_values(values: Mapping[str, Mapping[str, Any]]) -> dict[str, Json]:
    """A plan's values for the engine on this machine: storage keys become paths. Raises NotFound."""
    return {address: _local(value) for address, value in values.items()}


def _own_frames(scene: Scene | None, frames: int, rate: Rate) -> int:
    """Frames of the film as frames of the scene's composition, enough of them, as many as there are."""
    if scene is None or scene.rate == rate:
        return frames
    return min(scene.frames, ceil(frames * scene.rate.fraction / rate.fraction))


def _whole_films(scenes: Sequence[SceneUse]) -> tuple[SceneUse, ...]:
    """The parts of a scene that was split share one film, as long as the part that ends last needs it."""

    def shown(use: SceneUse) -> str:
        return json.dumps([use.composition_id, use.values], sort_keys=True)

    split = {shown(use) for use in scenes if use.first}
    longest: dict[str, int] = {}
    for use in scenes:
        longest[shown(use)] = max(use.to_render, longest.get(shown(use), 0))
    return tuple(replace(use, film_frames=longest[shown(use)]) if shown(use) in split else use for use in scenes)


def _portable(value: Mapping[str, Any]) -> Json:
    """A value with a path as one with a storage key and the hash of the bytes, which mean the same on every node."""
    if "path" not in value:
        return dict(value)
    path = Path(str(value["path"]))
    stat = path.stat() if path.is_file() else None
    if stat is None:
        raise NotFound("A file that the project uses is no longer there; choose another one.", code="media-gone")
    kept = {key: part for key, part in value.items() if key != "path"}
    kept["sha256"] = _sha256(str(path), stat.st_size, stat.st_mtime_ns)
    if (stored := get_storage().key_of(path)) is not None:
        kept["key"] = stored
    else:
        kept["path"] = str(path)
    return kept


def _local(value: Mapping[str, Any]) -> Json:
    local = {key: part for key, part in value.items() if key not in {"key", "sha256"}}
    if value.get("kind") == "image" and "key" in value:
        local["path"] = str(get_storage().local_path(str(value["key"])))
    return local


@lru_cache(maxsize=4096)
def _sha256(path: str, size: int, changed: int) -> str:
    return file_sha256(Path(path))
