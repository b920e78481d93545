"""`compose`: the film made of the job's scene films and all that lies over and under them, stored as its exports."""

import itertools
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlmodel import col, update

from flatrender.aftereffects.client import default_client
from flatrender.aftereffects.sounds import LayerSound
from flatrender.core import clock
from flatrender.core.digest import file_sha256
from flatrender.core.storage import get_storage
from flatrender.film import presets
from flatrender.renders import resolving
from flatrender.renders.models import SceneFilm
from flatrender.renders.planner import Composition, Plan
from workers.context import TaskContext
from workers.engines.base import ComposeRequest, EngineResult, ExportRequest, compose_engine
from workers.handlers import assembly, jobs, scene

_STORING = 0.9  # from here on the files go to the storage: over a network that takes its time


def run(context: TaskContext) -> dict[str, Any]:
    """The files' facts: `{"exports": [{"key", "name", "format", "bytes", "sha256", …}], "films", "warnings", …}`."""
    job = jobs.load(context)
    plan = jobs.planned(job)
    composition = plan.compositions[context.payload.get("composition", 0)]
    found = _films(context, job, plan, composition)
    wanted = [
        ExportRequest(name, size, context.scratch / f"{number}{presets.find(name).suffix}")
        for number, (name, size) in enumerate(composition.version.exports)
    ]
    notes: list[str] = []
    with context.part(found.share, 1.0):
        made = compose_engine(context.engine).compose(
            ComposeRequest(
                film=assembly.film(plan, composition, found.paths, context.scratch, _heard(plan, composition), notes),
                exports=wanted,
                window=plan.window,
                loudness=plan.loudness,
                draft=plan.draft,
            ),
            lambda fraction, doing: context.progress(_STORING * fraction, doing),
            context.cancelled,
        )
    context.check()
    several = sum(len(each.version.exports) for each in plan.compositions) > 1
    parts = itertools.pairwise(_STORING + (1 - _STORING) * number / len(wanted) for number in range(len(wanted) + 1))
    exports = [
        _store(context, job, number, export, each, part, _label(export, composition) if several else "")
        for number, (export, each, part) in enumerate(zip(wanted, made, parts, strict=True))
    ]
    shown = next((each for each in made if each.info.video_codec and each.path.suffix != ".zip"), None)
    picture = jobs.keep_picture(context, job, shown.path, shown.info) if shown else None
    warnings = list(dict.fromkeys(notes))
    return {"exports": exports, "picture_key": picture, "films": found.rendered, "warnings": warnings}


def _heard(plan: Plan, composition: Composition) -> dict[str, list[LayerSound]]:
    """What the scenes' own layers sound, by content hash; scenes that show the same are looked at once."""
    used = {cut.content_hash for cut in composition.cuts}
    films = [film for film in (*plan.films, *plan.unseen) if film.content_hash in used]
    if not films:
        return {}
    bundle, client = jobs.bundle(plan.source.bundle_key, plan.source.bundle_md5), default_client()
    return {
        film.content_hash: client.sounds(bundle, film.composition_id, resolving.local_values(film.values))
        for film in films
    }


def _store(
    context: TaskContext,
    job: jobs.Job,
    number: int,
    export: ExportRequest,
    made: EngineResult,
    part: tuple[float, float],
    label: str,
) -> dict[str, Any]:
    storage = get_storage()
    preset = presets.find(export.preset)
    key = f"exports/{job.tenant_id}/{job.id}/{context.tag}.{number}{preset.suffix}"
    context.on_drop(lambda: storage.delete(key))
    storage.put_file(made.path, key, context.storing(made.path.stat().st_size, *part))
    return {
        "export_id": context.task_id if number == 0 else None,
        "key": key,
        "name": file_name(job.title, label, preset.suffix),
        "format": export.preset,
        "bytes": storage.size(key),
        "sha256": file_sha256(made.path),
        "frames": made.info.frames,
        "duration": made.info.duration,
        "width": made.info.width,
        "height": made.info.height,
        "video_codec": made.info.video_codec,
        "audio_codec": made.info.audio_codec,
        "seconds": round(made.seconds, 3),
    }


def _label(export: ExportRequest, composition: Composition) -> str:
    """What tells a file from the job's others."""
    words = [] if presets.find(export.preset).suffix == f".{export.preset}" else [export.preset]
    if presets.find(export.preset).video is not None:
        words.append(f"{export.size[0]}x{export.size[1]}")
    if composition.version.aspect:
        words.append(composition.version.aspect.replace(":", "x"))
    return " ".join(words)


def file_name(title: str, label: str = "", suffix: str = ".mp4") -> str:
    """A name for the download that every system takes: letters of all scripts, no path, no control characters."""
    kept = "".join(" " if unicodedata.category(c)[0] == "C" or c in '/\\:*?"<>|' else c for c in title)
    name = re.sub(r"\s+", " ", kept).strip(" .")[:120] or "film"
    return f"{name}{' ' + label if label else ''}{suffix}"


@dataclass
class _Films:
    """Scene films by content hash. `rendered`: results of those that were lost; `share`: their part of the task."""

    paths: dict[str, Path] = field(default_factory=dict)
    rendered: list[dict[str, Any]] = field(default_factory=list)
    share: float = 0.0


def _films(context: TaskContext, job: jobs.Job, plan: Plan, composition: Composition) -> _Films:
    """The scene films on this machine. One that was lost from the cache meanwhile is rendered again here."""
    used = {cut.content_hash for cut in composition.cuts}
    films = [film for film in plan.films if film.content_hash in used]
    known = {
        film.content_hash: jobs.cached_film(context.database, context.tenant_id, film.content_hash) for film in films
    }
    lost = sum(film.seconds for film in films if known[film.content_hash] is None)
    whole = lost + plan.compose_seconds(plan.compositions.index(composition))
    found = _Films()
    for film in films:
        facts = known[film.content_hash]
        if facts is None:
            context.say(f"{film.name} is no longer in the cache; it is rendered again", "warning")
            end = found.share + film.seconds / whole
            with context.part(found.share, end):
                facts = scene.render(context, job, plan, film)
            found.share = end
            found.rendered.append(facts)
        found.paths[film.content_hash] = jobs.made(facts["key"])
    with context.database.tenant_session(context.tenant_id) as session:
        session.execute(
            update(SceneFilm).where(col(SceneFilm.content_hash).in_(list(found.paths))).values(used_at=clock.now())
        )
    return found
