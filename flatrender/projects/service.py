"""Saved projects: made from a template, edited operation by operation; every commit is the save.

A commit carries the revision it was made on. When others committed meanwhile, edits of different fields merge; of the
same field the last writer wins and is told; an edit of a removed scene is refused (`clip-gone`). `op_id` makes a
commit idempotent: a browser's outbox may be replayed.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, delete, select

from flatrender.access.permissions import Principal
from flatrender.core import bus, clock
from flatrender.core.db import on_commit
from flatrender.core.errors import Changed, Conflict, InvalidInput, NotFound
from flatrender.core.ids import new_id
from flatrender.core.names import one_line
from flatrender.core.ready import Ready, watched
from flatrender.media import service as media
from flatrender.media import uses
from flatrender.media.uses import Use
from flatrender.projects import applying, edits, permitted, summaries, timeline, upgrades, versions
from flatrender.projects.items import SceneClip
from flatrender.projects.models import Line, Project, ProjectEdit, ProjectState, ProjectVersion, Whole
from flatrender.projects.summaries import Summary
from flatrender.projects.timeline import Document
from flatrender.templates import definitions
from flatrender.templates import service as templates
from flatrender.templates.definition import Definition, Scene
from flatrender.templates.facts import aspect_of
from flatrender.templates.models import Bundle, Template

Json = dict[str, Any]
MOST_OPERATIONS = 200
VERSION_EVERY = 100
_OWN = col(Project.id) == bindparam("project"), col(Project.user_id) == bindparam("user")
_COLUMNS = [getattr(Project, name) for name in Whole._fields]
_IS_THERE = Ready(sa_select(col(Project.id)).where(*_OWN))
_OPENED = Ready(sa_select(*_COLUMNS).where(*_OWN))
_RENAMED = Ready(
    update(Project).where(*_OWN).values(name=bindparam("new_name"), updated_at=bindparam("now")).returning(*_COLUMNS)
)
MOST_BEHIND = 300  # edits that a page catches up with one by one; beyond that it reads the document anew


def create(
    session: Session,
    principal: Principal,
    template_id: str,
    *,
    name: str | None = None,
    scenes: Sequence[str] | None = None,
) -> Json:
    """Makes a project: all scenes of the template in order, or those chosen by key (repetitions allowed).

    Raises NotFound for a template that the person may not see, InvalidInput for an unknown scene or too many.
    """
    definition = templates.readable(session, principal, template_id)
    if definition.fixed or scenes is None:
        chosen = list(definition.scenes)
    else:
        chosen = [_scene(definition, key) for key in scenes]
    if len(chosen) > permitted.MAX_CLIPS:
        raise InvalidInput(f"A film has at most {permitted.MAX_CLIPS} scenes.", field="scenes")
    if not chosen:
        raise InvalidInput("Choose at least one scene.", field="scenes")
    size = (definition.width + definition.width % 2, definition.height + definition.height % 2)
    document = timeline.new_document(definition.rate, size, default_clips(definition, chosen))
    return add(session, principal, definition, document, name or definition.name)


def default_clips(definition: Definition, scenes: Sequence[Scene] | None = None) -> tuple[SceneClip, ...]:
    """New clips of scenes, by default all of the template's, each as long as it wants to be."""
    chosen = definition.scenes if scenes is None else scenes
    return tuple(SceneClip(new_id(), scene.key, applying.default_length(scene, definition.rate)) for scene in chosen)


def add(session: Session, principal: Principal, definition: Definition, document: Document, name: str) -> Json:
    """Makes a project of a document."""
    project = Project(
        user_id=principal.user_id,
        template_id=definition.id,
        name=_name(name),
        document=document.to_dict(),
    )
    session.add(project)
    session.flush()
    versions.keep(session, project)
    return to_dict(project, definition)


def get(session: Session, principal: Principal, project_id: str, *, lock: bool = False) -> Project:
    """The person's project. Raises NotFound for everyone else's."""
    query = select(Project).where(*_own(principal, project_id))
    if lock:
        query = query.with_for_update()
    project = session.exec(query).first()
    if project is None:
        raise _gone()
    return project


def get_with_template(session: Session, principal: Principal, project_id: str) -> tuple[Project, Template, Bundle]:
    """The person's project, its template and that one's files, in one question: a keystroke waits for it."""
    query = (
        select(Project, Template, Bundle)
        .join(Template, col(Template.id) == col(Project.template_id))
        .join(Bundle, col(Bundle.id) == col(Template.bundle_id))
    )
    found = session.exec(query.where(*_own(principal, project_id))).first()
    if found is None:
        raise _gone()
    return found


def _own(principal: Principal, project_id: str) -> tuple[ColumnElement[bool], ...]:
    return col(Project.id) == project_id, col(Project.user_id) == principal.user_id


def _gone() -> NotFound:
    return NotFound("There is no such project.")


def open_project(session: Session, principal: Principal, project_id: str) -> Json:
    """What an editor needs: `{"project", "document", "definition", "problems", "duration", "layout", "media"}`.

    `problems`: what no longer fits the template; `layout`: where each clip lies; `media`: the files in use by id.
    """
    found = _OPENED.row(session, project=project_id, user=principal.user_id)
    if found is None:
        raise _gone()
    project = Whole(*found)
    definition = definitions.get(session, project.template_id)
    document = upgrades.read(project.document)
    used = [media.find(session, key) for key in dict.fromkeys(timeline.media_ids(document))]
    return {
        "project": to_dict(project, definition, summaries.of(document)),
        "document": document.to_dict(),
        "definition": definition.to_dict(),
        "problems": permitted.document_problems(definition, document),
        "duration": timeline.film_duration(document),
        "layout": layout(document),
        "media": {row.id: media.to_dict(row) for row in used if row is not None},
    }


def layout(document: Document) -> list[Json]:
    """Where each clip lies in the film, in frames: `[{"track", "clip", "start", "end", "overlap"}]`, track by track."""
    return [
        {
            "track": placed.track,
            "clip": placed.clip.id,
            "start": placed.start,
            "end": placed.end,
            "overlap": placed.overlap,
        }
        for placed in timeline.layout(document)
    ]


def rename(session: Session, principal: Principal, project_id: str, name: str) -> Json:
    """Gives the project another name."""
    if watched():
        project = get(session, principal, project_id, lock=True)
        project.name = _name(name)
        return _touched(session, project)
    given = {"new_name": _name(name), "now": clock.now()}
    found = _RENAMED.row(session, project=project_id, user=principal.user_id, **given)
    if found is None:
        raise _gone()
    renamed = Whole(*found)
    return to_dict(renamed, definition_of(session, renamed.template_id))


def duplicate(session: Session, principal: Principal, project_id: str, name: str | None = None) -> Json:
    """A copy of the project as it is now, with a history of its own."""
    old = get(session, principal, project_id)
    copy = Project(
        user_id=principal.user_id,
        template_id=old.template_id,
        name=_name(name) if name else f"{old.name[:150]}, copy",
        document=old.document,
    )
    session.add(copy)
    session.flush()
    versions.keep(session, copy)
    return to_dict(copy, definition_of(session, copy.template_id))


def archive(session: Session, principal: Principal, project_id: str, *, archived: bool = True) -> Json:
    """Puts the project out of sight, or back."""
    project = get(session, principal, project_id, lock=True)
    project.state = ProjectState.ARCHIVED if archived else ProjectState.ACTIVE
    return _touched(session, project)


def remove(session: Session, principal: Principal, project_id: str) -> None:
    """Deletes the project with its history. Films that were rendered of it stay with their jobs."""
    project = get(session, principal, project_id, lock=True)
    for table in (ProjectEdit, ProjectVersion):
        session.execute(delete(table).where(col(table.project_id) == project.id))
    session.delete(project)
    session.flush()


def apply_ops(
    session: Session,
    principal: Principal,
    project_id: str,
    base_revision: int,
    op_id: str,
    ops: Sequence[Mapping[str, Any]],
    *,
    exact: bool = False,
) -> Json:
    """Commits operations (see `edits.py`): all of them or none. `exact`: only while nobody else has committed since.

    Answers `{"revision", "ops" (as understood), "inverse", "notices", "others" (operations committed since
    `base_revision`, to be applied before these), "duration", "saved_at"}`; never the document: the page has it. The
    same `op_id` again gives the first answer.

    Raises InvalidInput (`problems`: one beside each field) for what the template does not allow, Conflict
    (`clip-gone`, with `revision` and `clip`) for an edit of a clip that is gone, Changed (with `revision`) where
    `exact` is not so.
    """
    if not isinstance(op_id, str) or not 1 <= len(op_id) <= 64:
        raise InvalidInput("A commit carries an id of 1 to 64 characters.", field="op_id")
    if not 1 <= len(ops) <= MOST_OPERATIONS:
        raise InvalidInput(f"A commit holds 1 to {MOST_OPERATIONS} edits.", field="ops")
    project = get(session, principal, project_id, lock=True)
    again = session.exec(
        select(ProjectEdit).where(col(ProjectEdit.project_id) == project_id, col(ProjectEdit.op_id) == op_id)
    ).first()
    if again is not None:
        return _answer(session, project, again, base_revision, upgrades.read(project.document))
    if base_revision > project.revision or base_revision < 0:
        raise Conflict(
            "This page shows a revision that was never saved; it has to be loaded again.",
            code="unknown-revision",
            revision=project.revision,
        )
    if exact and base_revision != project.revision:
        raise Changed("Somebody has changed this project since; read it again, then decide.", revision=project.revision)
    definition = definitions.get(session, project.template_id)
    before = upgrades.read(project.document)
    now = {"revision": project.revision}
    document, forward, inverse = applying.apply(session, principal, definition, before, ops, now)
    fields = frozenset[str]().union(*map(edits.fields, (*forward, *inverse)))
    notices = _notices(session, project, base_revision, fields)
    project.revision += 1
    project.document = document.to_dict()
    _touch(session, project)
    edit = ProjectEdit(
        project_id=project.id,
        revision=project.revision,
        op_id=op_id,
        user_id=principal.user_id,
        operations=forward,
        inverse=inverse,
        fields=sorted(fields),
        notices=notices,
    )
    session.add(edit)
    session.flush()
    if project.revision % VERSION_EVERY == 0:
        versions.keep(session, project)
    _announce(session, project, op_id)
    return _answer(session, project, edit, base_revision, document)


def edits_since(session: Session, principal: Principal, project_id: str, revision: int) -> Json:
    """What was committed after `revision`, for a page that fell behind: `{"revision", "edits": [{"revision", "op_id",
    "ops", "reload"}]}`; `reload`: the whole document was exchanged, or too much happened, and has to be read."""
    project = get(session, principal, project_id)
    rows = _edits_after(session, project_id, revision)
    if rows is None:
        return {
            "revision": project.revision,
            "edits": [{"revision": project.revision, "op_id": "", "ops": [], "reload": True}],
        }
    return {
        "revision": project.revision,
        "edits": [
            {"revision": row.revision, "op_id": row.op_id, "ops": row.operations, "reload": "*" in row.fields}
            for row in rows
        ],
    }


def kept_versions(session: Session, principal: Principal, project_id: str) -> list[Json]:
    """The documents to go back to, newest first: see `versions.listed`."""
    if _IS_THERE.row(session, project=project_id, user=principal.user_id) is None:
        raise _gone()
    return versions.listed(session, project_id)


def name_version(session: Session, principal: Principal, project_id: str, name: str) -> Json:
    """Keeps the document as it is now under a name. Raises Conflict (`too-many-versions`)."""
    return versions.keep_named(session, get(session, principal, project_id, lock=True), _name(name))


def rename_version(session: Session, principal: Principal, project_id: str, revision: int, name: str) -> Json:
    """Names a kept version: see `versions.give_name`."""
    get(session, principal, project_id, lock=True)
    return versions.give_name(session, project_id, revision, _name(name))


def unname_version(session: Session, principal: Principal, project_id: str, revision: int) -> Json:
    """Takes a version's name off: see `versions.take_name_off`."""
    get(session, principal, project_id, lock=True)
    return versions.take_name_off(session, project_id, revision)


def restore(session: Session, principal: Principal, project_id: str, revision: int) -> Json:
    """Takes a kept version's document back; the one of now is kept first. Later commits on older revisions conflict
    on all fields and so are told."""
    project = get(session, principal, project_id, lock=True)
    row = versions.get(session, project_id, revision)
    versions.keep(session, project)
    project.document = upgrades.upgrade(row.document)
    project.revision += 1
    op_id = f"restore-{new_id()}"
    session.add(
        ProjectEdit(
            project_id=project.id,
            revision=project.revision,
            op_id=op_id,
            user_id=principal.user_id,
            operations=[],
            inverse=[],
            fields=["*"],
        )
    )
    _touch(session, project)
    _announce(session, project, op_id)
    return open_project(session, principal, project_id)


def to_dict(project: Project | Whole | Line, definition: Definition | None, summary: Summary | None = None) -> Json:
    """A project in a list. `cover` is its picture: the template's of the scene that the film begins with while the
    customer has changed nothing in it, else one of its own, at an address that changes with it. `summary`: of its
    document, where that was read already."""
    if summary is None:
        assert not isinstance(project, Line), "the line of a list comes with its summary"
        summary = summaries.of(upgrades.read(project.document))
    shown = [definition.scene(key) for key in summary.shown] if definition else []
    pictures = [scene.picture for scene in shown if scene is not None and scene.picture]
    poster = definition.poster if definition else None
    return {
        "id": project.id,
        "name": project.name,
        "state": project.state,
        "template_id": project.template_id,
        "template": definition.name if definition else None,
        "revision": project.revision,
        "size": list(summary.size),
        "aspect": aspect_of(definition.width, definition.height) if definition else None,
        "frames": summary.frames,
        "duration": summary.duration,
        "scenes": len(summary.shown),
        "has_music": summary.has_music,
        "pictures": pictures[:8],
        "poster": poster,
        "cover": f"/api/v1/projects/{project.id}/cover?revision={project.revision}"
        if summary.own
        else next(iter(pictures), poster),
        "dominant_color": definition.dominant_color if definition else None,
        "created_at": project.created_at.isoformat(),
        "updated_at": project.updated_at.isoformat(),
    }


@uses.on_uses
def media_uses(session: Session, user_id: str | None) -> Iterator[Use]:
    """The files that each project's document holds."""
    query = select(Project) if user_id is None else select(Project).where(col(Project.user_id) == user_id)
    for project in session.exec(query):
        for media_id in dict.fromkeys(timeline.media_ids(upgrades.read(project.document))):
            yield Use(media_id, "project", project.id, project.name)


@templates.on_use_check
def template_in_use(session: Session, template: Template) -> str | None:
    """How many projects were made from a template."""
    count = session.execute(
        select(func.count()).select_from(Project).where(col(Project.template_id) == template.id)
    ).scalar_one()
    return f"{count} project{'s' if count > 1 else ''}" if count else None


def _notices(session: Session, project: Project, base_revision: int, fields: frozenset[str]) -> list[Json]:
    """Fields that others wrote since the page's revision and that this commit writes over."""
    notices: list[Json] = []
    rows = _edits_after(session, project.id, base_revision)
    if rows is None:  # so far behind that any of them may have been written
        detail = "Much was changed elsewhere meanwhile; yours is kept."
        return [{"field": field, "revision": project.revision, "detail": detail} for field in sorted(fields)]
    for row in rows:
        theirs = frozenset(row.fields)
        met = fields if "*" in theirs else edits.overlapping(fields, theirs)
        notices += [
            {"field": field, "revision": row.revision, "detail": "This was changed elsewhere meanwhile; yours is kept."}
            for field in sorted(met)
        ]
    return notices


def _announce(session: Session, project: Project, op_id: str) -> None:
    """Tells the person's other pages that there is more to read."""
    payload = {
        "kind": "project",
        "id": project.id,
        "user_id": project.user_id,
        "revision": project.revision,
        "op_id": op_id,
    }
    topic = f"user:{project.user_id}"
    on_commit(session, lambda: bus.publish(topic, payload))


def _answer(session: Session, project: Project, edit: ProjectEdit, base_revision: int, document: Document) -> Json:
    rows = _edits_after(session, project.id, base_revision)
    others = [row for row in rows or () if row.revision < edit.revision]
    return {
        "revision": edit.revision,
        "ops": edit.operations,
        "inverse": edit.inverse,
        "notices": edit.notices,
        "others": [operation for row in others for operation in row.operations],
        "reload": rows is None or any("*" in row.fields for row in others),
        "duration": timeline.film_duration(document),
        "saved_at": edit.created_at.isoformat(),
    }


def _edits_after(session: Session, project_id: str, revision: int) -> Sequence[ProjectEdit] | None:
    """The edits after a revision in order; None when there are more than a page should catch up with."""
    query = select(ProjectEdit).where(col(ProjectEdit.project_id) == project_id, col(ProjectEdit.revision) > revision)
    rows = session.exec(query.order_by(col(ProjectEdit.revision)).limit(MOST_BEHIND + 1)).all()
    return rows if len(rows) <= MOST_BEHIND else None


def _touch(session: Session, project: Project) -> None:
    project.updated_at = clock.now()
    session.add(project)
    session.flush()


def _touched(session: Session, project: Project) -> Json:
    _touch(session, project)
    return to_dict(project, definition_of(session, project.template_id))


def definition_of(session: Session, template_id: str) -> Definition | None:
    """The template's definition, or None when it is gone."""
    try:
        return definitions.get(session, template_id)
    except NotFound:
        return None


def _scene(definition: Definition, key: str) -> Scene:
    scene = definition.scene(key)
    if scene is None:
        raise InvalidInput(f"The template has no scene {key!r}.", field="scenes")
    return scene


def _name(name: str) -> str:
    cleaned = one_line(name)
    if not cleaned or len(cleaned) > 160:
        raise InvalidInput("A project needs a name of at most 160 characters.", field="name")
    return cleaned
