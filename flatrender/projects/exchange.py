"""Projects as OpenTimelineIO files, out and in."""

from dataclasses import replace

from sqlmodel import Session, col, select

from flatrender.access.permissions import Principal
from flatrender.core.errors import InvalidInput, NotFound
from flatrender.media import service as media
from flatrender.media.models import Media
from flatrender.projects import lanes, otio, otio_import, permitted, service, sources, timeline, upgrades
from flatrender.projects.items import SceneClip, VideoClip, head
from flatrender.projects.otio_import import Imported
from flatrender.projects.service import Json
from flatrender.projects.timeline import Document
from flatrender.templates import service as templates
from flatrender.templates.definitions import Definition


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
    parsed = otio_import.parse(data)
    definition = _template(session, principal, otio_import.template_of(parsed), template_id)
    size = (definition.width + definition.width % 2, definition.height + definition.height % 2)

    def find(known: str | None, file_name: str, kinds: frozenset[str]) -> tuple[str, str] | None:
        row = _media(session, principal, known, file_name, kinds)
        return (row.id, str(row.kind)) if row is not None else None

    made = otio_import.read(parsed, definition.rate, size, find)
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


def _media(session: Session, principal: Principal, known: str | None, name: str, kinds: frozenset[str]) -> Media | None:
    """The person's file that a timeline means: by our id, else the only one of that name."""
    row = media.find(session, known) if known else None
    if row is not None and row.user_id == principal.user_id and row.kind in kinds:
        return row
    if not name:
        return None
    named = select(Media).where(
        col(Media.user_id) == principal.user_id,
        col(Media.name) == name,
        col(Media.kind).in_(kinds),
        col(Media.deleted_at).is_(None),
    )
    rows = session.exec(named.limit(2)).all()
    return rows[0] if len(rows) == 1 else None


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
        low, high = permitted.frames_range(definition, scene)
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
