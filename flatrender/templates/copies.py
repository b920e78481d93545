"""A template of one tenant as another's: its rows and files copied, and brought up to date later.

`Template.taken` remembers what was copied. Where a copy's own designers have changed nothing since, what the original
says now goes; where they have, theirs stays (three ways, field by field).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from sqlmodel import Session, col, delete, select

from flatrender.core.db import on_commit
from flatrender.core.errors import NotFound
from flatrender.core.ids import new_id
from flatrender.core.storage import get_storage
from flatrender.templates import bundles
from flatrender.templates.definitions import tag_names
from flatrender.templates.models import (
    Bundle,
    Category,
    ColorPreset,
    SharedColor,
    Template,
    TemplateElement,
    TemplateFont,
    TemplateScan,
    TemplateScene,
)
from flatrender.templates.records import all_rows, refresh

Json = dict[str, Any]
Part = TypeVar("Part", TemplateScene, TemplateElement, SharedColor)
Key = TypeVar("Key", str, tuple[str, str])  # an element's with its scene's
_WORDS = ("name", "name_fa", "description", "description_fa", "language", "cover_scene", "cover_frame")
_OF_THE_FILE = ("kind", "file_name", "final_composition_id", "dominant_color")
_OF_A_SCAN = ("file_name", "project", "engine", "seconds", "facts")
_OF_A_FONT = ("postscript_name", "family", "style", "substitute", "layers", "state", "replacement")
_OF_A_PRESET = ("name_fa", "group", "position")


@dataclass(frozen=True)
class Original:
    """A template with all that belongs to it."""

    template: Template
    scan: TemplateScan
    bundles: Mapping[str, Bundle]  # by id: the scan's and what the engine is given
    scenes: Sequence[TemplateScene]
    elements: Sequence[TemplateElement]
    colors: Sequence[SharedColor]
    presets: Sequence[ColorPreset]
    fonts: Sequence[TemplateFont]
    tags: Sequence[str]
    category: Category | None


@dataclass(frozen=True)
class Files:
    """The copies' keys by those of the originals, and the bundles as they lie there."""

    keys: Mapping[str, str]
    bundles: Mapping[str, bundles.Stored]


def read(session: Session, template: Template) -> Original:
    """What belongs to a template. Takes a session of its tenant."""
    scan = session.exec(select(TemplateScan).where(col(TemplateScan.id) == (template.scan_id or ""))).first()
    if scan is None:
        raise NotFound("There is no such template.")
    found = session.exec(select(Bundle).where(col(Bundle.id).in_({scan.bundle_id, template.bundle_id}))).all()
    scenes, elements, colors = all_rows(session, template.id)
    presets = session.exec(select(ColorPreset).where(col(ColorPreset.template_id) == template.id)).all()
    fonts = session.exec(select(TemplateFont).where(col(TemplateFont.template_id) == template.id)).all()
    category = session.exec(select(Category).where(col(Category.id) == (template.category_id or ""))).first()
    return Original(
        template,
        scan,
        {bundle.id: bundle for bundle in found},
        scenes,
        elements,
        colors,
        presets,
        fonts,
        tag_names(session, [template.id]).get(template.id, ()),
        category,
    )


def copy_files(tenant_id: str, original: Original) -> Files:
    """Lays the files of a template among those of another tenant, without a copy where the disk can do that. What no
    row will name is swept by housekeeping."""
    storage, own = get_storage(), original.template.tenant_id
    keys = {
        key: _rekeyed(key, own, tenant_id)
        for key in (
            original.scan.report_key,
            original.template.poster_key,
            original.template.preview_key,
            *(scene.picture_key for scene in original.scenes),
            *(font.key for font in original.fonts),
            *(bundle.key for bundle in original.bundles.values()),
        )
        if key
    }
    fresh = f"scans/{tenant_id}/{new_id()}.json"  # a scan's report is its own: it is deleted with it
    keys[original.scan.report_key] = fresh
    for key, copy in keys.items():
        storage.link_file(storage.local_path(key), copy)
    stored = {
        bundle.id: bundles.Stored(bundle.sha256, bundle.md5, bundle.size, bundle.kind, keys[bundle.key])
        for bundle in original.bundles.values()
    }
    return Files(keys, stored)


def pictures_of(original: Template) -> list[str | None]:
    """What a copy's pictures are compared with: they come later than the template, and are drawn anew without it."""
    return [original.poster_key, original.preview_key]


def write(session: Session, copy: Template, original: Original, files: Files) -> bool:
    """Makes `copy`, new or made from this original before, what the original is now; whether its own designers have
    chosen other frames to be shown, so that its pictures are to be drawn anew. Takes a session of its tenant."""
    before, unused = copy.taken or {}, {copy.bundle_id}
    for name in _OF_THE_FILE:
        setattr(copy, name, getattr(original.template, name))
    scan_bundle = bundles.record(session, files.bundles[original.scan.bundle_id])
    copy.bundle_id = bundles.record(session, files.bundles[original.template.bundle_id]).id
    unused |= _scan(session, copy, original, files, scan_bundle.id)
    words = {name: getattr(original.template, name) for name in _WORDS}
    for name, value in _merged({n: getattr(copy, n) for n in _WORDS}, before.get("words"), words).items():
        setattr(copy, name, value)
    frames = {(copy.cover_scene, copy.cover_frame) != (words["cover_scene"], words["cover_frame"])}
    if not any(frames):
        copy.poster_key = files.keys.get(original.template.poster_key or "")  # the old ones are swept by housekeeping
        copy.preview_key = files.keys.get(original.template.preview_key or "")
    scenes, elements, colors = all_rows(session, copy.id)
    parts = partial(_rows, session, before)
    made = parts("scenes", _by_key(scenes), _by_key(original.scenes), lambda key: _scene(copy, key))
    for key, scene in _by_key(original.scenes).items():
        made[key].best_frame, made[key].picture_of = scene.best_frame, ""
        frames.add(made[key].manual.get("cover_frame") != scene.manual.get("cover_frame"))
        made[key].picture_key = files.keys.get(scene.picture_key or "")  # until it is drawn anew
    scene_keys = {scene.id: scene.key for scene in (*made.values(), *original.scenes)}
    own = {(scene_keys[each.scene_id], each.key): each for each in elements}
    theirs = {(scene_keys[each.scene_id], each.key): each for each in original.elements}
    placed = parts("elements", own, theirs, lambda key: _element(copy, made[key[0]], key[1]))
    for path, element in theirs.items():
        placed[path].box = element.box
    parts("colors", _by_key(colors), _by_key(original.colors), lambda key: _color(copy, key))
    _presets(session, copy, original, before.get("presets", {}))
    _fonts(session, copy, original, files)
    copy.taken = {
        "revision": original.template.revision,
        "pictures": pictures_of(original.template),
        "words": words,
        "scenes": {name: _edits(row) for name, row in _by_key(original.scenes).items()},
        "elements": {_name(path): _edits(row) for path, row in theirs.items()},
        "colors": {name: _edits(row) for name, row in _by_key(original.colors).items()},
        "presets": {row.name: row.colors for row in original.presets},
    }
    session.add(copy)
    session.flush()
    refresh(session, copy)
    bundles.drop_unused(session, unused - {copy.bundle_id, scan_bundle.id})
    return any(frames)


def _scan(session: Session, copy: Template, original: Original, files: Files, bundle_id: str) -> set[str]:
    """The copy's one scan; the bundles of those before it."""
    old = session.exec(select(TemplateScan).where(col(TemplateScan.template_id) == copy.id)).all()
    for row in old:
        on_commit(session, partial(get_storage().delete, row.report_key))
        session.delete(row)
    facts = {name: getattr(original.scan, name) for name in _OF_A_SCAN}
    report = files.keys[original.scan.report_key]
    scan = TemplateScan(template_id=copy.id, bundle_id=bundle_id, report_key=report, merged=True, **facts)
    session.add(scan)
    session.flush()
    copy.scan_id = scan.id
    return {row.bundle_id for row in old}


def _rows(
    session: Session,
    before: Mapping[str, Any],
    kind: str,
    own: Mapping[Key, Part],
    theirs: Mapping[Key, Part],
    new: Callable[[Key], Part],
) -> dict[Key, Part]:
    """The copy's rows of a kind by their keys; what the original has no more is kept as gone from the file."""
    made: dict[Key, Part] = {}
    for key, row in theirs.items():
        mine, decided = own.get(key), _edits(row)
        if mine is None:
            mine = new(key)
        else:
            decided = _merged(_edits(mine), before.get(kind, {}).get(_name(key)), decided)
        mine.enabled, mine.manual = bool(decided.pop("enabled")), decided
        mine.facts, mine.position, mine.gone = row.facts, row.position, row.gone
        made[key] = mine
    for key, mine in own.items():
        if key not in theirs:
            mine.gone = True
            made[key] = mine
    session.add_all(made.values())
    session.flush()
    return made


def _scene(copy: Template, key: str) -> TemplateScene:
    return TemplateScene(template_id=copy.id, key=key)


def _element(copy: Template, scene: TemplateScene, key: str) -> TemplateElement:
    return TemplateElement(template_id=copy.id, scene_id=scene.id, key=key)


def _color(copy: Template, key: str) -> SharedColor:
    return SharedColor(template_id=copy.id, key=key)


def _presets(session: Session, copy: Template, original: Original, before: Mapping[str, Json]) -> None:
    """Presets by name: the copy's own and changed ones stay."""
    query = select(ColorPreset).where(col(ColorPreset.template_id) == copy.id)
    own = {row.name: row for row in session.exec(query)}
    for row in original.presets:
        mine = own.pop(row.name, None)
        if mine is None:
            if row.name in before:
                continue  # the site has deleted it
            mine = ColorPreset(template_id=copy.id, name=row.name)
        elif mine.colors != before.get(row.name):
            continue
        mine.colors = dict(row.colors)
        for name in _OF_A_PRESET:
            setattr(mine, name, getattr(row, name))
        session.add(mine)
    for name, mine in own.items():
        if mine.colors == before.get(name):
            session.delete(mine)


def _fonts(session: Session, copy: Template, original: Original, files: Files) -> None:
    """Missing fonts and what stands for them are the file's matter: the copy's bundle holds what was decided."""
    session.execute(delete(TemplateFont).where(col(TemplateFont.template_id) == copy.id))
    for font in original.fonts:
        facts = {name: getattr(font, name) for name in _OF_A_FONT}
        session.add(TemplateFont(template_id=copy.id, key=files.keys.get(font.key or ""), **facts))


def _merged(own: Json, before: Json | None, now: Json) -> Json:
    """`now` where `own` is as it was copied (`before`), else `own`, field by field."""
    if before is None:
        return dict(now)
    result: Json = {}
    for name in own.keys() | now.keys():
        source = own if own.get(name) != before.get(name) else now
        if name in source:
            result[name] = source[name]
    return result


def _edits(row: TemplateScene | TemplateElement | SharedColor) -> Json:
    """What a designer decides of a row."""
    return {**row.manual, "enabled": row.enabled}


def _by_key(rows: Sequence[Part]) -> dict[str, Part]:
    return {row.key: row for row in rows}


def _name(key: str | tuple[str, str]) -> str:
    return key if isinstance(key, str) else "\n".join(key)


def _rekeyed(key: str, old: str, new: str) -> str:
    """The place of a file among those of another tenant: every key of a tenant's names it."""
    parts = key.split("/")
    if old not in parts:
        raise NotFound("That file is no longer there.", code="file-gone")
    return "/".join(new if part == old else part for part in parts)
