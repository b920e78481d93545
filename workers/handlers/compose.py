"""`compose`: the job's scene films joined, the music mixed, the finished film checked and stored as an export."""

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlmodel import col, update

from flatrender.core import clock
from flatrender.core.digest import file_sha256
from flatrender.core.errors import ProcessFailed
from flatrender.core.storage import get_storage
from flatrender.core.timing import Rate
from flatrender.film.probe import Expected, difference
from flatrender.film.spec import Film, Joint, Piece, Sound, SoundLane
from flatrender.renders.models import SceneFilm
from flatrender.renders.planner import MusicUse, Plan
from workers.context import TaskContext
from workers.engines.base import ComposeRequest, ExportRequest, compose_engine
from workers.handlers import jobs, scene

FORMAT = "mp4"


def run(context: TaskContext) -> dict[str, Any]:
    """The export's facts: `{"key", "name", "bytes", "sha256", "frames", "duration", "width", "height", …}`."""
    job = jobs.load(context)
    plan = jobs.planned(job)
    found = _films(context, job, plan)
    rate = Rate(*plan.source.rate)
    with context.part(found.share, 1.0):
        [made] = compose_engine(context.engine).compose(
            ComposeRequest(
                film=_film(plan, found.paths, rate),
                exports=[ExportRequest(FORMAT, plan.source.size, context.scratch / f"film.{FORMAT}")],
            ),
            lambda fraction, doing: context.progress(0.97 * fraction, doing),
            context.cancelled,
        )
    width, height = plan.source.size
    if wrong := difference(made.info, Expected(plan.frames, rate, width, height, "h264", "aac")):
        raise ProcessFailed(f"The film is not complete: {wrong}.", code="incomplete-film")
    context.check()
    storage = get_storage()
    key = f"exports/{job.tenant_id}/{job.id}/{context.tag}.{FORMAT}"
    context.on_drop(lambda: storage.delete(key))
    storage.put_file(made.path, key)
    return {
        "export_id": context.task_id,
        "key": key,
        "name": file_name(job.title),
        "format": FORMAT,
        "bytes": storage.size(key),
        "sha256": file_sha256(made.path),
        "frames": made.info.frames,
        "duration": made.info.duration,
        "width": made.info.width,
        "height": made.info.height,
        "video_codec": made.info.video_codec,
        "audio_codec": made.info.audio_codec,
        "seconds": round(made.seconds, 3),
        "picture_key": jobs.keep_picture(context, job, made.path, made.info.frames),
        "films": found.rendered,
    }


def file_name(title: str) -> str:
    """A name for the download that every system takes: letters of all scripts, no path, no control characters."""
    kept = "".join(" " if unicodedata.category(c)[0] == "C" or c in '/\\:*?"<>|' else c for c in title)
    return (re.sub(r"\s+", " ", kept).strip(" .")[:120] or "film") + f".{FORMAT}"


@dataclass
class _Films:
    """Scene films by content hash. `rendered`: results of those that were lost; `share`: their part of the task."""

    paths: dict[str, Path] = field(default_factory=dict)
    rendered: list[dict[str, Any]] = field(default_factory=list)
    share: float = 0.0


def _films(context: TaskContext, job: jobs.Job, plan: Plan) -> _Films:
    """The scene films on this machine. One that was lost from the cache meanwhile is rendered again here."""
    storage = get_storage()
    known = {
        film.content_hash: jobs.cached_film(context.database, context.tenant_id, film.content_hash)
        for film in plan.films
    }
    lost = sum(film.seconds for film in plan.films if known[film.content_hash] is None)
    whole = lost + plan.compose_seconds
    found = _Films()
    for film in plan.films:
        facts = known[film.content_hash]
        if facts is None:
            context.say(f"{film.name} is no longer in the cache; it is rendered again", "warning")
            end = found.share + film.seconds / whole
            with context.part(found.share, end):
                facts = scene.render(context, job, plan, film)
            found.share = end
            found.rendered.append(facts)
        found.paths[film.content_hash] = storage.local_path(facts["key"])
    with context.database.tenant_session(context.tenant_id) as session:
        session.execute(
            update(SceneFilm).where(col(SceneFilm.content_hash).in_(list(found.paths))).values(used_at=clock.now())
        )
    return found


def _film(plan: Plan, films: dict[str, Path], rate: Rate) -> Film:
    """The plan's cuts and music as the composition takes them."""
    pieces, end = [], 0
    for cut in plan.cuts:
        joint = Joint("crossfade", cut.fade) if cut.fade else None
        pieces.append(Piece(films[cut.content_hash], end - cut.fade, cut.frames, joint=joint))
        end += cut.frames - cut.fade
    sounds = tuple(_music(use, plan.frames) for use in plan.music)
    return Film(rate, plan.source.size, plan.frames, (tuple(pieces),), (SoundLane(sounds),))


def _music(use: MusicUse, frames: int) -> Sound:
    return Sound(
        path=get_storage().local_path(use.key),
        start=0,
        frames=frames if use.duration is None else min(use.duration, frames),
        first=use.offset,
        volume=use.volume,
        fade_in=use.fade_in,
        fade_out=use.fade_out,
    )
