"""`scene`: one scene film into the scene cache, unless it is there already.

A long scene comes in ranges that other tasks have rendered; they are joined here. Frames that are missing, black or
cannot be read are rendered again alone. A black frame that is black again is meant so.
"""

from pathlib import Path
from typing import Any

from flatrender.core.errors import FlatRenderError, ProcessFailed
from flatrender.core.storage import get_storage
from flatrender.film import mending, read
from flatrender.film.probe import FilmInfo, probe_own
from flatrender.renders import resolving
from flatrender.renders.planner import Film, Plan
from workers.context import TaskContext
from workers.engines.base import EngineResult, SceneRequest, scene_engine
from workers.handlers import jobs
from workers.handlers.watching import Watched

MOST_BLACK = 5  # runs of black frames that are looked into


def run(context: TaskContext) -> dict[str, Any]:
    """The film with the payload's hash, rendered or found: `{"hash", "key", "frames", …, "cached", "warnings"}`."""
    job = jobs.load(context)
    plan = jobs.planned(job)
    film = plan.film(context.payload["film"])
    # Another job may have rendered it since this one was planned, or this task has been here before.
    found = jobs.cached_film(context.database, context.tenant_id, film.content_hash)
    if found is not None:
        return found
    return render(context, job, plan, film)


def render(context: TaskContext, job: jobs.Job, plan: Plan, film: Film) -> dict[str, Any]:
    """Renders, or joins what was rendered in ranges; mends, and stores the scene film."""
    storage = get_storage()
    ranges = [(first, count) for first, count in context.payload.get("parts", ())]
    if ranges:
        path, info, seconds, warnings = _joined(context, plan, film, ranges)
    else:
        made = _render(context, plan, film, 0, film.frames, "scene")
        path, info, seconds, warnings = made.path, made.info, made.seconds, made.warnings
    mended: list[str] = []
    if not film.alpha:  # where pixels are transparent, black says nothing
        path, info, mended = _mended(context, plan, film, path, info)
    context.check()
    key = jobs.film_key(context.tenant_id, film.content_hash, _suffix(film))
    storage.put_file(path, key, context.storing(path.stat().st_size, 0.99, 1.0))
    for first, count in ranges:
        storage.delete(jobs.part_key(context.tenant_id, film.content_hash, first, count))
    return {
        "hash": film.content_hash,
        "key": key,
        "frames": info.frames,
        "width": info.width,
        "height": info.height,
        "bytes": storage.size(key),
        "seconds": round(seconds, 3),
        "warnings": [f"{film.name}: {warning}" for warning in (*warnings, *mended)],
        "picture_key": jobs.keep_picture(context, job, path, info),
        "cached": False,
    }


def part(context: TaskContext, plan: Plan, film: Film, first: int, count: int) -> tuple[str, bool, list[str]]:
    """A range of a scene in the storage: its key, whether it was there, and what was told."""
    storage = get_storage()
    key = jobs.part_key(context.tenant_id, film.content_hash, first, count)
    if _whole(key, count):
        return key, True, []
    made = _render(context, plan, film, first, count, f"{first}")
    context.check()
    storage.put_file(made.path, key)
    return key, False, list(made.warnings)


def _render(context: TaskContext, plan: Plan, film: Film, first: int, count: int, name: str) -> EngineResult:
    def tell(fraction: float, doing: str) -> None:
        frame = min(count, round(fraction * count))
        note = f"frame {frame} of {count}" if doing == "rendering" else doing
        context.progress(0.95 * fraction, note, frame=frame, frames=count)

    return scene_engine(context.engine if context.kind != "compose" else "native").render_scene(
        SceneRequest(
            project=jobs.bundle(plan.source.bundle_key, plan.source.bundle_md5),
            composition_id=film.composition_id,
            values=resolving.local_values(film.values),
            out=context.scratch / f"{film.content_hash[:16]}-{name}{_suffix(film)}",
            first=first,
            frames=count,
            size=film.size,
            format="mov" if film.alpha else "scene",
            alpha=film.alpha,
            watch=Watched(context, count),
        ),
        tell,
        context.cancelled,
    )


def _joined(
    context: TaskContext, plan: Plan, film: Film, ranges: list[tuple[int, int]]
) -> tuple[Path, FilmInfo, float, tuple[str, ...]]:
    """The ranges as one film; one that is gone or incomplete is rendered here."""
    parts: list[tuple[Path, int]] = []
    warnings: list[str] = []
    for number, (first, count) in enumerate(ranges):
        with context.part(0.9 * number / len(ranges), 0.9 * (number + 1) / len(ranges)):
            key, _, said = part(context, plan, film, first, count)
        parts.append((jobs.made(key), count))
        warnings += said
    out = context.scratch / f"{film.content_hash[:16]}-joined.mp4"
    rate = probe_own(parts[0][0]).rate
    info = mending.join(parts, out, rate, context.cancelled)
    return out, info, film.seconds, tuple(dict.fromkeys(warnings))


def _mended(
    context: TaskContext, plan: Plan, film: Film, path: Path, info: FilmInfo
) -> tuple[Path, FilmInfo, list[str]]:
    """The film without bad frames, and what was done about them."""
    new: dict[int, bytes] = {}
    black = 0
    for run in mending.suspects(path, film.frames):
        context.check()
        seen = run.start < info.frames
        if seen and (black := black + 1) > MOST_BLACK:
            continue
        pictures = _alone(context, plan, film, run[:1] if seen else run)
        if seen and mending.is_black(pictures[0]):
            continue  # one frame says whether a black run is meant
        if len(pictures) < len(run):
            pictures += _alone(context, plan, film, run[1:])
        new |= dict(zip(run, pictures, strict=True))
    if not new:
        return path, info, []
    out = path.with_name(f"{path.stem}-mended.mp4")
    info = mending.replace(path, new, film.frames, out, context.cancelled)
    frames = f"{len(new)} {'frame was' if len(new) == 1 else 'frames were'}"
    return out, info, [f"{frames} damaged and rendered again"]


def _alone(context: TaskContext, plan: Plan, film: Film, run: range) -> list[bytes]:
    """Frames rendered again by themselves. Raises ProcessFailed when they do not come either."""
    made = _render(context, plan, film, run.start, len(run), f"again-{run.start}-{len(run)}")
    pictures = list(read.frames(made.path, count=len(run)))
    if len(pictures) != len(run):
        raise ProcessFailed(f"Frame {run.start + len(pictures)} could not be rendered.", code="incomplete-film")
    return pictures


def _suffix(film: Film) -> str:
    return ".mov" if film.alpha else ".mp4"  # transparency needs another codec: ProRes 4444


def _whole(key: str, count: int) -> bool:
    storage = get_storage()
    try:
        return storage.exists(key) and probe_own(storage.local_path(key)).frames == count
    except FlatRenderError:
        return False  # it is rendered anew
