"""Projects as OpenTimelineIO files, out and in."""

from dataclasses import replace

from sqlalchemy import or_
from sqlmodel import Session, col, select

from flatrender.access.permissions import Principal
from flatrender.core.errors import InvalidInput, NotFound
from flatrender.media import service as media
from flatrender.media.models import Media
from flatrender.projects import (
    lanes,
    otio,
    otio_file,
    otio_import,
    otio_trial,
    permitted,
    service,
    sources,
    timeline,
    upgrades,
)
from flatrender.projects.items import SceneClip, VideoClip, head
from flatrender.projects.otio_import import FindMedia, Imported
from flatrender.projects.service import Json
from flatrender.projects.timeline import Document
from flatrender.templates import service as templates
from flatrender.templates.definition import Definition


def export(session: Session, principal: Principal, project_id: str) -> tuple[str, str]:
    """The project as a timeline: the file's name and its text."""
    project = service.get(session, principal, project_id)
    document = upgrades.read(project.document)
    used = (media.find(session, key) for key in dict.fromkeys(timeline.media_ids(document)))
    names = {row.id: row.name for row in used if row is not None}
    text = otio.write(document, name=project.name, template_id=project.template_id, names=names)
    return f"{project.name}.otio", text


def import_file(
    session: Session, principal: Principal, data: bytes, *, template_id: str | None = None, name: str | None = None
) -> Json:
    """Makes a project of a timeline file: `{"project", "left_out": [sentence]}`.

    The template is the one that the file was made with, where the person may use it, else `template_id`. Raises
    BadFile, TooLarge, or InvalidInput when there is no template.
    """
    otio_trial.check(data)
    parsed = otio_file.parse(data)
    if len(parsed.find_clips()) > permitted.MAX_ITEMS:
        raise InvalidInput(f"A film has at most {permitted.MAX_ITEMS} clips.", code="not-allowed-here", field="file")
    definition = _template(session, principal, otio_import.template_of(parsed), template_id)
    size = (definition.width + definition.width % 2, definition.height + definition.height % 2)

    made = otio_import.read(parsed, definition.rate, size, _finder(session, principal, *otio_import.wanted(parsed)))
    _fit_scenes(made, definition)
    _fit_sources(session, principal, definition, made)
    beyond = permitted.limit_problems(timeline.new_document(definition.rate, size), made.document)
    if beyond:
        raise InvalidInput(beyond[0]["detail"], code="not-allowed-here", field="file", problems=beyond)
    project = service.add(session, principal, definition, made.document, name or made.name or definition.name)
    return {"project": project, "left_out": made.left_out}


def _template(session: Session, principal: Principal, own: str | None, chosen: str | None) -> Definition:
    for template_id in (own, chosen):
        if template_id:
            try:
                return templates.readable(session, principal, template_id)
            except NotFound:
                if template_id == chosen:
                    raise
    raise InvalidInput("This file names no template that is here; choose one for it.", field="template_id")


def _finder(session: Session, principal: Principal, ids: set[str], names: set[str]) -> FindMedia:
    """Finds the person's files that a timeline means: by our id, else the only one of that name. Asked once for all."""
    query = select(Media.id, Media.name, Media.kind).where(
        col(Media.user_id) == principal.user_id,
        col(Media.deleted_at).is_(None),
        or_(col(Media.id).in_(_sayable(ids)), col(Media.name).in_(_sayable(names))),
    )
    by_id: dict[str, str] = {}
    by_name: dict[str, list[str]] = {}
    for media_id, name, kind in session.exec(query):
        by_id[media_id] = str(kind)
        by_name.setdefault(name, []).append(media_id)

    def find(known: str | None, name: str, kinds: frozenset[str]) -> tuple[str, str] | None:
        if known and by_id.get(known) in kinds:
            return known, by_id[known]
        named = [media_id for media_id in by_name.get(name, ()) if by_id[media_id] in kinds]
        return (named[0], by_id[named[0]]) if len(named) == 1 else None

    return find


def _sayable(words: set[str]) -> list[str]:
    """Those that a database can be asked for."""
    return [word for word in words if not any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in word)]


def _fit_scenes(made: Imported, definition: Definition) -> None:
    """Scenes as the template has them: unknown ones go, lengths and values are held to what it allows."""
    track = made.document.scene_track
    gone = set()
    for clip in made.document.clips:
        scene = definition.scene(clip.scene)
        if scene is None:
            gone.add(clip.id)
            made.leave(f"The scene “{clip.name or clip.scene}”, which the template does not have.")
            continue
        low, high = permitted.frames_range(scene, made.document.rate)
        offset = min(clip.offset, high - low)
        duration = min(max(clip.duration, low), high - offset)
        if (offset, duration) != (clip.offset, clip.duration):
            made.leave(f"“{clip.name or scene.name}” lasts {duration} frames here, as the template wants it.")
        values = {}
        for key, value in clip.values.items():
            if said := permitted.value_problems(scene, clip.id, key, value):
                made.leave(f"“{clip.name or scene.name}”: {said[0]['detail']}")
            else:
                values[key] = value
        fitted = replace(clip, duration=duration, offset=offset, values=values)
        made.document = made.document.with_clip(fitted)
    kept = made.document.scene_track.with_pairs(lanes.closed(made.document.scene_track, gone))
    keys = [clip.scene for clip in kept.clips if isinstance(clip, SceneClip)]
    if not keys or (definition.fixed and keys != [scene.key for scene in definition.scenes]):
        if keys:
            made.leave("The file's scenes: this template is one film, which is played whole.")
        elif made.own or gone:
            made.leave("The file has no scene of this template; the film begins with the template's own.")
        kept = track.with_pairs((None, clip) for clip in service.default_clips(definition))
    made.document = made.document.with_track(kept)


def _fit_sources(session: Session, principal: Principal, definition: Definition, made: Imported) -> None:
    """Clips within their files; pictures of scenes that are the person's own."""
    empty = Document(made.document.rate, made.document.size, ())
    for problem in sources.changed_problems(session, principal, definition, empty, made.document):
        found = made.document.find(problem["clip"])
        if found is None:
            continue
        track, clip = found
        label = getattr(clip, "name", None) or clip.NOUN
        made.leave(f"“{label}”: {problem['detail']}")
        if isinstance(clip, SceneClip):
            values = {key: value for key, value in clip.values.items() if key != problem["key"]}
            made.document = made.document.with_clip(replace(clip, values=values))
            continue
        left = _left(session, clip, made.document) if isinstance(clip, VideoClip) else 0
        spots = [
            lanes.Spot(head(spot.clip, left), spot.start) if spot.clip.id == clip.id else spot
            for spot in lanes.spots_of(track)
            if spot.clip.id != clip.id or left > 0
        ]
        made.document = made.document.with_track(lanes.settle(track, spots))


def _left(session: Session, clip: VideoClip, document: Document) -> int:
    """How many frames the clip's file has from its beginning on."""
    row = media.find(session, clip.media)
    return document.rate.frames(row.duration or 0) - clip.offset if row is not None else 0
