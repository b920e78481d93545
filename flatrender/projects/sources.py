"""The files behind clips: a person's own, of the right kind, and long enough."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from flatrender.access.permissions import Principal
from flatrender.core.timing import Rate
from flatrender.media import service as media
from flatrender.media.models import Media, MediaKind
from flatrender.projects import permitted
from flatrender.projects.items import Clip, ImageClip, SceneClip, SoundClip, VideoClip
from flatrender.projects.timeline import Document
from flatrender.templates.definition import Definition, Scene
from flatrender.templates.limits import Refusal, picture_problem

Json = dict[str, Any]
PICTURED = frozenset({MediaKind.IMAGE, MediaKind.VIDEO})
SOUNDING = frozenset({MediaKind.AUDIO, MediaKind.VIDEO})  # a film's sound may lie on a track of its own


def changed_problems(
    session: Session, principal: Principal, definition: Definition, before: Document, after: Document
) -> list[Json]:
    """Files that an edit brings in and that it may not, each beside its field."""
    known = {clip.id: clip for clip in before.all_clips}
    found: list[Json] = []
    for clip in after.all_clips:
        old = known.get(clip.id)
        if old is clip or old == clip:
            continue
        if isinstance(clip, SceneClip):
            held = old.values if isinstance(old, SceneClip) and old.scene == clip.scene else {}
            values = {key: value for key, value in clip.values.items() if held.get(key) != value}
            found += scene_problems(session, principal, definition.scene(clip.scene), clip.id, values)
        elif (said := _clip(session, principal, clip, after.rate)) is not None:
            field, sentence = said
            found.append({"field": field, "detail": sentence, "clip": clip.id, "key": field})
    return found


def _clip(session: Session, principal: Principal, clip: Clip, rate: Rate) -> tuple[str, str] | None:
    if isinstance(clip, ImageClip):
        row = _own(session, principal, clip.media)
        usable = row is not None and row.kind == MediaKind.IMAGE
        return None if usable else ("media", "That picture is not among your files.")
    if isinstance(clip, SoundClip):
        row = _own(session, principal, clip.media)
        usable = row is not None and row.kind in SOUNDING
        return None if usable else ("media", "That music is not among your files.")
    if isinstance(clip, VideoClip):
        row = _own(session, principal, clip.media)
        if row is None or row.kind != MediaKind.VIDEO:
            return "media", "That video is not among your files."
        # Ingest may still be looking at the file: what is not known yet is not held against the clip.
        frames = None if row.duration is None or row.repeats else rate.frames(row.duration) + 1
        if frames is not None and clip.offset + clip.duration > frames:
            return "duration", f"“{row.name}” has {frames - 1} frames; the clip ends after them."
    return None


def scene_problems(
    session: Session, principal: Principal, scene: Scene | None, clip_id: str, values: Mapping[str, Any]
) -> list[Json]:
    """Pictures among a clip's values that are not the person's own, or not as the template wants them."""
    found: list[Json] = []
    for key, value in values.items():
        element = scene.element(key) if scene else None
        if element is None or not isinstance(value, Mapping) or "media" not in value:
            continue
        row = _own(session, principal, str(value["media"]))
        seen = element.kind in ("image", "video")
        if row is None or row.kind not in (PICTURED if seen else SOUNDING):
            what = "picture" if seen else "sound"
            said: str | None = Refusal(f"That {what} is not among your files.", code="not-among-files")
        elif not seen:
            said = None
        else:
            said = picture_problem(element.limits, row.width or 0, row.height or 0)
        if said:
            found.append(permitted.problem(key, said, clip=clip_id, key=key))
    return found


def _own(session: Session, principal: Principal, media_id: str) -> Media | None:
    row = media.find(session, media_id)
    return row if row is not None and row.user_id == principal.user_id else None
