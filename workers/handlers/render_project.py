"""`render-project`: the installed After Effects renders a project of the Dropbox into its output folder."""

import os
import re
import shutil
from pathlib import Path
from typing import Any

from flatrender.core.digest import file_sha256
from flatrender.core.errors import NoSpace
from flatrender.renders.manager import configuration, paths
from flatrender.settings import get_settings
from workers.context import TaskContext
from workers.engines.after_effects import DEFAULT_SUFFIX
from workers.engines.base import ProjectRequest, project_engine
from workers.engines.nexrender_log import file_address
from workers.handlers import dropbox, jobs

_FULL = {28, 122}  # ENOSPC, EDQUOT


def run(context: TaskContext) -> dict[str, Any]:
    """Renders, checks, and puts the film into place: `{"place", "bytes", "sha256", "frames", "warnings", …}`."""
    work = dropbox.load(context)
    order = work.order
    ending = f".{order.extension}" if order.extension else DEFAULT_SUFFIX
    made = project_engine(context.engine).render_project(
        ProjectRequest(
            project=work.project,
            composition=order.composition,
            out=context.scratch / f"film{ending}",
            first=order.first,
            last=order.last,
            output_module=order.output_module,
            settings_template=order.settings_template,
            continue_on_missing=order.continue_on_missing,
            assets=[_with_address(asset, work.root) for asset in order.assets],
        ),
        lambda fraction, doing: context.progress(0.97 * fraction, doing),
        context.cancelled,
    )
    context.check()
    folder = folder_of(get_settings().manager.output_folder)
    place = (*folder, name_of(work.job.title, work.job.id, made.path.suffix, context.epoch))
    target = paths.located(work.root, place)

    def take_back() -> None:
        if dropbox.delivered(context) != place:  # its completion may have been written though nobody heard of it
            target.unlink(missing_ok=True)

    context.on_drop(take_back)
    _deliver(made.path, target, context.tag)
    for earlier in range(1, context.epoch):  # what an attempt left that was killed before it could tell
        name = name_of(work.job.title, work.job.id, made.path.suffix, earlier)
        paths.located(work.root, (*folder, name)).unlink(missing_ok=True)
    info = made.info
    return {
        "place": "/".join(place),
        "bytes": target.stat().st_size,
        "sha256": file_sha256(target),
        "frames": info.frames,
        "duration": round(info.duration, 3),
        "width": info.width,
        "height": info.height,
        "video_codec": info.video_codec,
        "audio_codec": info.audio_codec,
        "seconds": round(made.seconds, 1),
        "picture_key": jobs.keep_picture(context, work.job, made.path, info),
        "warnings": list(made.warnings),
    }


def folder_of(setting: str) -> tuple[str, ...]:
    """The output folder below the Dropbox root, from the settings; never above it."""
    return tuple(part for part in re.split(r"[\\/]", setting) if part and part.strip(". "))


def name_of(title: str, job_id: str, suffix: str, epoch: int = 1) -> str:
    """A name that every system takes and that no other job has, nor another attempt at it: one that was fenced off
    takes its own film away, never the one that was delivered."""
    plain = re.sub(r'[<>:"/\\|?*\x00-\x1f\s]+', " ", title).strip(" .")
    attempt = f"-{epoch}" if epoch > 1 else ""
    return f"{plain[:100].strip() or 'film'} {job_id[-8:]}{attempt}{suffix}"


def _with_address(asset: configuration.Json, root: Path) -> configuration.Json:
    if "path" not in asset:
        return asset
    rest = {name: value for name, value in asset.items() if name != "path"}
    return {**rest, "src": file_address(paths.located(root, tuple(asset["path"])))}


def _deliver(film: Path, target: Path, tag: str) -> None:
    """Dropbox must not see half a film: it is written under a name that Dropbox ignores, then renamed."""
    half = target.with_name(f"~${tag}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(film, half)
        os.replace(half, target)
    except OSError as error:
        half.unlink(missing_ok=True)
        if error.errno in _FULL:
            raise NoSpace("There is no space left in the Dropbox folder; free some.") from error
        raise
