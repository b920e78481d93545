"""A template as its designer sees it: what the scan found, with the edits over it, and what stands in the way."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from flatrender.access.permissions import SITES, TEMPLATES, Principal
from flatrender.aftereffects.report import ProjectReport
from flatrender.core.db import DEFAULT_TENANT
from flatrender.templates import assembly, fonts, scanning, unread
from flatrender.templates.definitions import (
    cover_frame,
    effective,
    element_picture_url,
    lengths,
    limits_of,
    picture_url,
    poster_url,
    preview_url,
    tag_names,
)
from flatrender.templates.facts import aspect_of
from flatrender.templates.models import (
    Bundle,
    Category,
    ColorPreset,
    SharedColor,
    TemplateElement,
    TemplateScan,
    TemplateScene,
)
from flatrender.templates.readiness import blockers
from flatrender.templates.records import all_rows, get_template

Json = dict[str, Any]


def describe(session: Session, principal: Principal, template_id: str) -> Json:
    """Everything the review page shows; see the keys below."""
    principal.require(TEMPLATES)
    template = get_template(session, template_id)
    scan = session.exec(select(TemplateScan).where(col(TemplateScan.id) == (template.scan_id or ""))).one()
    bundle = session.exec(select(Bundle).where(col(Bundle.id) == scan.bundle_id)).one()
    scenes, elements, colors = all_rows(session, template_id)
    presets = preset_rows(session, template_id)
    report = scanning.report(session, template_id)
    category = session.exec(select(Category).where(col(Category.id) == (template.category_id or ""))).first()
    return {
        "id": template.id,
        "revision": template.revision,
        "name": template.name,
        "name_fa": template.name_fa,
        "description": template.description,
        "description_fa": template.description_fa,
        "language": template.language,
        "state": template.state,
        "shared": template.shared,
        "can_share": principal.can(SITES) and template.tenant_id == DEFAULT_TENANT,
        "kind": template.kind,
        "size": [template.width, template.height],
        "aspect": aspect_of(template.width, template.height),
        "rate": [template.rate_num, template.rate_den],
        "frames": template.frames,
        "category": category.id if category else None,
        "tags": list(tag_names(session, [template.id]).get(template.id, ())),
        "cover": {"scene": template.cover_scene, "frame": template.cover_frame},
        "poster": poster_url(template.id, template.poster_key),
        "preview": preview_url(template.id, template.preview_key),
        "dominant_color": template.dominant_color,
        "file": {
            "name": template.file_name,
            "project": scan.project or None,
            "md5": bundle.md5,
            "size": bundle.size,
            "kind": bundle.kind,
            "engine": scan.engine,
            "seconds": scan.seconds,
            "scanned_at": scan.created_at.isoformat(),
            "app_version": report["app_version"],
        },
        "scenes": [
            _scene_dict(scene, [e for e in elements if e.scene_id == scene.id], template.bundle_id) for scene in scenes
        ],
        "colors": [_color_dict(color) for color in colors],
        "presets": [preset_dict(preset) for preset in presets],
        "fonts": [fonts.to_dict(row) for row in fonts.rows_of(session, template_id)],
        "fonts_used": [use for use in report["fonts"] if use["found"]],
        "footage_missing": [use for use in report["footage"] if use["missing"]],
        "capabilities": capabilities(report, scenes),
        "warnings": [*report["warnings"], *_told(report)],
        "compositions": _spare(report, scenes),
        "problems": blockers(session, template),
        "pending": scanning.pending(session, template_id),
    }


def _told(report: Json) -> list[str]:
    """What the names of the file do not do."""
    known = ProjectReport.from_dict(report)
    return [*filter(None, [assembly.warning(known)]), *unread.warnings(known)]


def capabilities(report: Mapping[str, Any], scenes: Sequence[TemplateScene]) -> Json:
    """What the engine draws of the file: counts by status, and the features that it draws nearly or not at all."""
    names = {scene.facts.get("composition_id"): effective(scene, "name", scene.key) for scene in scenes}
    compositions = {c["id"]: c["name"] for c in report["compositions"]}
    counts = {"supported": 0, "approximated": 0, "ignored": 0}
    items: dict[tuple[str, str], Json] = {}
    for entry in report["capabilities"]:
        counts[entry["status"]] = counts.get(entry["status"], 0) + 1
        item = items.setdefault(
            (entry["status"], entry["feature"]),
            {"feature": entry["feature"], "status": entry["status"], "note": entry["note"], "count": 0, "where": []},
        )
        item["count"] += 1
        where = names.get(entry["composition_id"]) or compositions.get(entry["composition_id"], "")
        place = f"{where} / {entry['layer']}" if entry["layer"] else where
        if place not in item["where"] and len(item["where"]) < 20:
            item["where"].append(place)
    order = {"ignored": 0, "approximated": 1, "supported": 2}
    return {
        "counts": counts,
        "items": sorted(items.values(), key=lambda item: (order.get(item["status"], 3), -item["count"])),
    }


def preset_rows(session: Session, template_id: str) -> list[ColorPreset]:
    """The template's presets in order."""
    query = select(ColorPreset).where(col(ColorPreset.template_id) == template_id)
    return list(session.exec(query.order_by(col(ColorPreset.position), col(ColorPreset.id))))


def preset_dict(row: ColorPreset) -> Json:
    """The JSON form of a preset."""
    return {"id": row.id, "name": row.name, "name_fa": row.name_fa, "group": row.group, "colors": row.colors}


def _scene_dict(scene: TemplateScene, elements: Sequence[TemplateElement], bundle_id: str) -> Json:
    shortest, longest = lengths(scene)
    facts = scene.facts
    return {
        "id": scene.id,
        "key": scene.key,
        "name": effective(scene, "name", scene.key),
        "name_fa": effective(scene, "name_fa", ""),
        "group": effective(scene, "group", ""),
        "enabled": scene.enabled,
        "gone": scene.gone,
        "by_hand": bool(facts.get("by_hand")),
        "composition_id": facts.get("composition_id"),
        "size": [facts.get("width"), facts.get("height")],
        "rate": facts.get("rate"),
        "frames": facts.get("frames"),
        "min_frames": shortest,
        "max_frames": longest,
        "cover_frame": cover_frame(scene),
        "picture": picture_url(scene),
        "manual": sorted(scene.manual),
        "elements": [_element_dict(element, bundle_id, gone=scene.gone) for element in elements],
    }


def _element_dict(element: TemplateElement, bundle_id: str, *, gone: bool) -> Json:
    gone = gone or element.gone
    facts = element.facts
    return {
        "id": element.id,
        "key": element.key,
        "name": effective(element, "name", element.key),
        "name_fa": effective(element, "name_fa", ""),
        "kind": facts.get("kind"),
        "group": effective(element, "group", ""),
        "default": effective(element, "default"),
        "source": facts.get("source"),
        "direction": effective(element, "direction", "auto"),
        "limits": limits_of(element),
        "choices": facts.get("choices") or [],
        "font": facts.get("font"),
        "font_size": facts.get("font_size"),
        "width": facts.get("width"),
        "height": facts.get("height"),
        "hidden": bool(facts.get("hidden")),
        "enabled": element.enabled,
        "gone": gone,
        "box": element.box,
        "picture": None if gone else element_picture_url(element, bundle_id),
        "manual": sorted(element.manual),
    }


def _color_dict(color: SharedColor) -> Json:
    return {
        "id": color.id,
        "key": color.key,
        "name": effective(color, "name", color.key),
        "name_fa": effective(color, "name_fa", ""),
        "group": effective(color, "group", ""),
        "value": effective(color, "value", "#000000"),
        "elements": list(color.manual.get("elements", ())),
        "by_hand": bool(color.facts.get("by_hand")),
        "enabled": color.enabled,
        "gone": color.gone,
        "manual": sorted(set(color.manual) - {"elements"}),
    }


def _spare(report: Mapping[str, Any], scenes: Sequence[TemplateScene]) -> list[Json]:
    """Compositions that are no scene yet."""
    taken = {scene.facts.get("composition_id") for scene in scenes}
    return [
        {"id": c["id"], "name": c["name"], "size": [c["width"], c["height"]], "frames": c["frames"]}
        for c in report["compositions"]
        if c["id"] not in taken
    ]
