"""Scans: a bundle is read by the engine, its names by the convention, and the result merged into the template.

Reading is slow (seconds for large bundles) and happens outside of transactions; what it found is written in one.
"""

import json
import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, delete, select

from flatrender.access.permissions import TEMPLATES, Principal
from flatrender.aftereffects.client import scanning_client
from flatrender.aftereffects.report import ProjectReport
from flatrender.core.db import get_database, on_commit
from flatrender.core.errors import BadFile, Conflict, InvalidInput, NotFound
from flatrender.core.ids import new_id
from flatrender.core.storage import get_storage
from flatrender.templates import bundles, convention, facts, fonts, merge, pictures, previews
from flatrender.templates.models import (
    Bundle,
    SharedColor,
    Template,
    TemplateElement,
    TemplateScan,
    TemplateScene,
    TemplateState,
)
from flatrender.templates.readiness import stay_published
from flatrender.templates.records import all_rows, get_template, refresh, touch

log = logging.getLogger(__name__)
Json = dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """What a scan found, and how long it took."""

    report: ProjectReport
    facts: Json
    seconds: float


@dataclass(frozen=True)
class Prepared:
    """A bundle that was read and stored, ready to be recorded."""

    stored: bundles.Stored
    reading: Reading
    file_name: str
    project: str
    report_key: str
    scan_id: str


def read(path: Path) -> Reading:
    """Scans the bundle at `path`. Raises the engine's errors, and BadFile when there is nothing to show."""
    start = time.monotonic()
    report = scanning_client().scan(path)
    if not report.compositions:
        raise BadFile(f"{report.file_name} holds no composition; nothing could be shown of it.", field="file")
    found = facts.from_scan(report, convention.read(report))
    if not found["scenes"]:
        raise BadFile(f"{report.file_name} holds no composition that could be a scene.", field="file")
    return Reading(report, found, round(time.monotonic() - start, 3))


def prepare(tenant_id: str, path: Path, file_name: str, project: str | None = None) -> Prepared:
    """Checks, reads and stores an upload. Nothing is kept of a file that cannot be read.

    Raises:
        BadFile, TooLarge: it is damaged, unsafe or no project.
        InvalidInput: it holds several projects and none was chosen (`which-project`, with `choices`).
    """
    bundles.check_size(path, file_name)
    kind = bundles.kind_of(path, file_name)
    chosen = bundles.choose(path, file_name, project) if kind == "zip" else ""
    with bundles.workplace() as folder:
        source = bundles.named(path, file_name, folder, kind)
        if chosen:
            single = folder / "chosen.zip"
            bundles.derive(source, kind, single, project=chosen)
            reading = read(single)
        else:
            reading = read(source)
        stored = bundles.store(tenant_id, source, kind)
    scan_id = new_id()
    report_key = f"scans/{tenant_id}/{scan_id}.json"
    get_storage().put_bytes(json.dumps(reading.report.to_dict(), ensure_ascii=False).encode(), report_key)
    return Prepared(stored, reading, file_name, chosen, report_key, scan_id)


def record(session: Session, template: Template, prepared: Prepared, *, merged: bool) -> TemplateScan:
    """Writes the scan's row."""
    scan = TemplateScan(
        id=prepared.scan_id,
        template_id=template.id,
        bundle_id=bundles.record(session, prepared.stored).id,
        file_name=prepared.file_name,
        project=prepared.project,
        seconds=prepared.reading.seconds,
        facts=prepared.reading.facts,
        report_key=prepared.report_key,
        merged=merged,
    )
    session.add(scan)
    session.flush()
    return scan


def fill(session: Session, template: Template, scan: TemplateScan, report: ProjectReport) -> None:
    """The first scan: everything that was found becomes the template."""
    for position, scene in enumerate(scan.facts["scenes"]):
        _add_scene(session, template, scene, position)
    for position, color in enumerate(scan.facts["colors"]):
        session.add(SharedColor(template_id=template.id, key=color["key"], position=position, facts=color["facts"]))
    template.kind = scan.facts["kind"]
    template.final_composition_id = scan.facts["final_composition_id"]
    template.scan_id = scan.id
    template.file_name = scan.file_name
    fonts.note_missing(session, template, report)
    session.flush()
    refresh(session, template)


def preview(
    principal: Principal,
    template_id: str,
    path: Path | None = None,
    file_name: str | None = None,
    project: str | None = None,
) -> Json:
    """A second scan, of a new file or of the stored one: what was added, changed and removed. Nothing is merged yet.

    Slow, in transactions of its own: call it in a thread. Answers what `pending` does from then on.
    """
    principal.require(TEMPLATES)
    database = get_database()
    with database.tenant_session(principal.tenant_id, read_only=True) as session:
        template = get_template(session, template_id)
        current = _scan(session, template_id, template.scan_id or "")
        stored_key = session.exec(select(Bundle.key).where(col(Bundle.id) == current.bundle_id)).one()
    if path is None:
        path, file_name = get_storage().local_path(stored_key), current.file_name
        project = project or current.project or None
    prepared = prepare(principal.tenant_id, path, file_name or path.name, project)
    with database.tenant_session(principal.tenant_id) as session:
        template = get_template(session, template_id)
        _drop_pending(session, template_id)
        found = _with_scenes_by_hand(session, template_id, prepared)
        return _compared(session, template, record(session, template, found, merged=False))


def pending(session: Session, template_id: str) -> Json | None:
    """The scan that waits to be merged, None when none waits: `{"scan_id", "seconds", "file_name", "changes", "ticked",
    "same_file", "elements", "found", "other_project"}`.

    For a change see `merge.Change.to_dict`; `ticked` are those that are ticked at first. `found` of the template's
    `elements` are in the file; with none it is of another project.
    """
    scan = session.exec(
        select(TemplateScan).where(col(TemplateScan.template_id) == template_id, ~col(TemplateScan.merged))
    ).first()
    return None if scan is None else _compared(session, get_template(session, template_id), scan)


def discard(session: Session, principal: Principal, template_id: str, scan_id: str) -> None:
    """Throws a scan away that waits to be merged, with its file. Raises Conflict for one that was merged."""
    principal.require(TEMPLATES)
    get_template(session, template_id, lock=True)
    if _scan(session, template_id, scan_id).merged:
        raise Conflict("This scan has been merged already.", code="scan-merged")
    _drop_pending(session, template_id)


def apply(
    principal: Principal, template_id: str, scan_id: str, ticked: Iterable[str], *, other_project: bool = False
) -> Json:
    """Merges what is ticked of a previewed scan; its file takes the old one's place. Manual edits stay.

    With nothing ticked a newer file is taken all the same: everything that it still holds stays as it was, and what it
    holds no longer is kept as gone. In one transaction of its own, with the new bundle packed beforehand: all of it or
    nothing. Raises NotFound for a scan that was replaced by a later preview, InvalidInput for an unknown id among
    `ticked` and for nothing ticked of the same file, Conflict for a file without any of the template's elements that
    was not confirmed (`other-project`), and where a template in the gallery would no longer fit there
    (`leaves-gallery`, with `problems`).
    """
    principal.require(TEMPLATES)
    chosen = frozenset(ticked)

    def merged(session: Session, template: Template) -> Json:
        _merge(session, template, scan_id, chosen, other_project=other_project)
        if TemplateState(template.state) is TemplateState.PUBLISHED:
            stay_published(
                session, template, "With this file the template could not stay in the gallery, so nothing was merged."
            )
            previews.request(session, template_id)
        return {"merged": sorted(chosen), "revision": template.revision}

    return fonts.packed_with(principal.tenant_id, template_id, merged)


def _compared(session: Session, template: Template, scan: TemplateScan) -> Json:
    stored, scanned = stored_outline(session, template.id), facts.outline_of(scan.facts)
    changes = merge.diff(stored, scanned)
    found, elements = merge.found_again(stored, scanned)
    return {
        "scan_id": scan.id,
        "seconds": scan.seconds,
        "file_name": scan.file_name,
        "changes": [change.to_dict() for change in changes],
        "ticked": merge.ticked_at_first(changes),
        "same_file": _same_file(scan, _scan(session, template.id, template.scan_id or "")),
        "elements": elements,
        "found": found,
        "other_project": found == 0 < elements,
    }


def _same_file(one: TemplateScan, other: TemplateScan) -> bool:
    return (one.bundle_id, one.project) == (other.bundle_id, other.project)


def _merge(session: Session, template: Template, scan_id: str, chosen: frozenset[str], *, other_project: bool) -> None:
    template_id = template.id
    scan = _scan(session, template_id, scan_id)
    if scan.merged:
        raise Conflict("This scan has been merged already.", code="scan-merged")
    stored, scanned = stored_outline(session, template_id), facts.outline_of(scan.facts)
    known = {change.id for change in merge.diff(stored, scanned)}
    if unknown := sorted(chosen - known):
        raise InvalidInput(f"This scan has no change {unknown[0]!r}.", field="ticked")
    before = _scan(session, template_id, template.scan_id or "")
    same_file = _same_file(scan, before)
    if same_file and known and not chosen:
        raise InvalidInput(
            "Nothing is ticked: tick what to take, or discard this scan.", field="ticked", code="nothing-ticked"
        )
    found, elements = merge.found_again(stored, scanned)
    if found == 0 < elements and not other_project:
        raise Conflict(
            f"This looks like another project: of the template's elements ({elements}) none is in {scan.file_name}.",
            code="other-project",
            field="other_project",
        )
    for step in merge.plan(stored, scanned, chosen):
        _take(session, template, step)
    report = ProjectReport.from_dict(json.loads(get_storage().local_path(scan.report_key).read_text("utf-8")))
    template.kind = scan.facts["kind"]
    template.final_composition_id = scan.facts["final_composition_id"]
    on_commit(session, partial(get_storage().delete, before.report_key))
    session.delete(before)
    if not same_file:
        pictures.forget(session, template)
    template.scan_id, template.file_name, scan.merged = scan.id, scan.file_name, True
    session.add(scan)
    fonts.note_missing(session, template, report)
    bundles.drop_unused(session, {before.bundle_id})
    refresh(session, template)
    touch(session, template)


def report(session: Session, template_id: str) -> Json:
    """The whole report of the merged scan."""
    template = get_template(session, template_id)
    scan = _scan(session, template_id, template.scan_id or "")
    data: Json = json.loads(get_storage().local_path(scan.report_key).read_text("utf-8"))
    return data


def stored_outline(session: Session, template_id: str) -> merge.Outline:
    """The template as the merge compares it."""
    scenes, elements, colors = all_rows(session, template_id)
    return merge.Outline(
        scenes=tuple(
            merge.Part(
                scene.key,
                scene.facts,
                frozenset(scene.manual),
                scene.gone,
                tuple(
                    merge.Part(e.key, e.facts, frozenset(e.manual), e.gone) for e in elements if e.scene_id == scene.id
                ),
            )
            for scene in scenes
        ),
        colors=tuple(
            merge.Part(color.key, color.facts, frozenset(color.manual), color.gone)
            for color in colors
            if not color.facts.get("by_hand")
        ),
    )


def add_scene(session: Session, principal: Principal, template_id: str, composition_id: int, name: str = "") -> str:
    """Makes a scene from any composition of the file; its id. Raises NotFound, or Conflict when it is one already."""
    principal.require(TEMPLATES)
    template = get_template(session, template_id, lock=True)
    read_report = ProjectReport.from_dict(report(session, template_id))
    composition = next((c for c in read_report.compositions if c.id == composition_id), None)
    if composition is None:
        raise NotFound("The file has no such composition.", field="composition_id")
    scenes = session.exec(select(TemplateScene).where(col(TemplateScene.template_id) == template_id)).all()
    if template.kind == "fixed":
        raise Conflict("A fixed template is one film; scenes cannot be added to it.")
    if any(scene.facts.get("composition_id") == composition_id and not scene.gone for scene in scenes):
        raise Conflict("This composition is a scene already.", code="scene-exists", field="composition_id")
    made = facts.scene_by_hand(read_report, composition)
    row = _add_scene(session, template, made, len(scenes))
    if name.strip():
        row.manual = {"name": name.strip()[:160]}
        session.add(row)
    session.flush()
    refresh(session, template)
    touch(session, template)
    return row.id


def _add_scene(session: Session, template: Template, scene: Mapping[str, Any], position: int) -> TemplateScene:
    row = TemplateScene(
        template_id=template.id, key=scene["key"], position=position, enabled=scene["enabled"], facts=scene["facts"]
    )
    session.add(row)
    session.flush()
    for index, element in enumerate(scene["elements"]):
        session.add(
            TemplateElement(
                template_id=template.id,
                scene_id=row.id,
                key=element["key"],
                position=index,
                enabled=element["enabled"],
                facts=element["facts"],
            )
        )
    session.flush()
    return row


def _with_scenes_by_hand(session: Session, template_id: str, prepared: Prepared) -> Prepared:
    """Scenes that the designer made from compositions are looked for by the composition's name."""
    names = {
        scene.key.removeprefix(facts.BY_HAND)
        for scene in session.exec(select(TemplateScene).where(col(TemplateScene.template_id) == template_id))
        if scene.facts.get("by_hand")
    }
    found = prepared.reading.report
    made = [facts.scene_by_hand(found, composition) for composition in found.compositions if composition.name in names]
    if made:
        prepared.reading.facts["scenes"] = [*prepared.reading.facts["scenes"], *made]
    return prepared


def _take(session: Session, template: Template, step: merge.Step) -> None:
    scenes, elements, colors = all_rows(session, template.id)
    scene = next((row for row in scenes if row.key == (step.scene or step.key)), None)
    row: TemplateScene | TemplateElement | SharedColor | None
    if step.kind == "scene":
        row = scene
    elif step.kind == "element":
        row = next((e for e in elements if scene is not None and e.scene_id == scene.id and e.key == step.key), None)
    else:
        row = next((color for color in colors if color.key == step.key), None)
    if step.action == "add":
        row = _new_row(template, step, scene, (scenes, elements, colors))
    if row is None:
        return
    if step.action == "remove":
        if isinstance(row, TemplateScene):
            for element in elements:
                if element.scene_id == row.id:
                    session.delete(element)
            session.flush()
        session.delete(row)
    else:
        row.gone = step.action == "mark_gone"
        if step.action in {"add", "update"}:
            row.facts = dict(step.facts)
        session.add(row)
    session.flush()


def _new_row(
    template: Template,
    step: merge.Step,
    scene: TemplateScene | None,
    rows: tuple[list[TemplateScene], list[TemplateElement], list[SharedColor]],
) -> TemplateScene | TemplateElement | SharedColor:
    if step.kind == "scene":
        return TemplateScene(template_id=template.id, key=step.key, position=len(rows[0]))
    if step.kind == "color":
        return SharedColor(template_id=template.id, key=step.key, position=len(rows[2]))
    assert scene is not None  # the plan adds a scene before its elements
    shown = not step.facts.get("hidden") and step.facts.get("kind") in facts.EDITABLE
    position = sum(element.scene_id == scene.id for element in rows[1])
    return TemplateElement(
        template_id=template.id, scene_id=scene.id, key=step.key, position=position, enabled=bool(shown)
    )


def _scan(session: Session, template_id: str, scan_id: str) -> TemplateScan:
    scan = session.exec(
        select(TemplateScan).where(col(TemplateScan.id) == scan_id, col(TemplateScan.template_id) == template_id)
    ).first()
    if scan is None:
        raise NotFound("There is no such scan; scan the template again.")
    return scan


def _drop_pending(session: Session, template_id: str) -> None:
    waiting = session.exec(
        select(TemplateScan).where(col(TemplateScan.template_id) == template_id, ~col(TemplateScan.merged))
    ).all()
    keys = [scan.report_key for scan in waiting]
    unused = {scan.bundle_id for scan in waiting}
    session.exec(delete(TemplateScan).where(col(TemplateScan.id).in_([scan.id for scan in waiting])))
    bundles.drop_unused(session, unused)
    for key in keys:
        on_commit(session, partial(get_storage().delete, key))
