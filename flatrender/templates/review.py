"""The designer's edits of what a scan found: names, switches, limits, order, shared colours, colour presets.

Every edit belongs to the caller's transaction and raises the template's revision. A field set to null goes back to
what the scan found.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from flatrender.access.permissions import TEMPLATES, Principal
from flatrender.core.db import get_database, on_commit
from flatrender.core.errors import Conflict, InvalidInput
from flatrender.templates import fonts, limits, scanning
from flatrender.templates.definitions import effective, lengths, limits_of
from flatrender.templates.description import preset_rows
from flatrender.templates.models import ColorPreset, SharedColor, Template, TemplateElement, TemplateScene
from flatrender.templates.readiness import stay_published
from flatrender.templates.records import all_rows, get_scene, get_template, part_of, refresh, touch
from flatrender.templates.service import draw_soon

Json = dict[str, Any]


def edit_scene(
    session: Session,
    principal: Principal,
    template_id: str,
    scene_id: str,
    changes: Mapping[str, Any],
    *,
    draw: bool = True,
) -> None:
    """Changes a scene: enabled, name, name_fa, group, min_frames, max_frames, cover_frame.

    Raises Conflict (`leaves-gallery`) for the last scene of a template that customers see."""
    template = _open(session, principal, template_id)
    scene = get_scene(session, template_id, scene_id)
    _edit(scene, changes, lambda field, value: limits.scene_field(field, value, int(scene.facts["frames"])))
    shortest, longest = lengths(scene)
    if shortest > longest:
        raise InvalidInput(
            f"The shortest length ({shortest} frames) is over the longest ({longest}).", field="min_frames"
        )
    session.add(scene)
    session.flush()
    if "enabled" in changes:
        _keep_something(session, template)
        refresh(session, template)
    touch(session, template)
    if draw and "cover_frame" in changes:
        draw_after(session, template_id)


def order_scenes(session: Session, principal: Principal, template_id: str, ids: Sequence[str]) -> None:
    """Puts the scenes into this order; scenes not named follow."""
    template = _open(session, principal, template_id)
    _order(session, all_rows(session, template_id)[0], ids)
    refresh(session, template)
    touch(session, template)


def remove_scene(session: Session, principal: Principal, template_id: str, scene_id: str) -> None:
    """Deletes a scene that the designer made, or one that is gone from the file; others are switched off instead."""
    template = _open(session, principal, template_id)
    scene = get_scene(session, template_id, scene_id)
    if not scene.gone and not scene.facts.get("by_hand"):
        raise Conflict("This scene comes from the file; switch it off instead.", code="scene-from-file")
    for element in all_rows(session, template_id)[1]:
        if element.scene_id == scene_id:
            session.delete(element)
    session.flush()
    session.delete(scene)
    session.flush()
    _keep_something(session, template)
    refresh(session, template)
    touch(session, template)


def edit_element(
    session: Session, principal: Principal, template_id: str, element_id: str, changes: Mapping[str, Any]
) -> bool:
    """Changes an element: enabled, name, name_fa, group, default, direction, limits (see `limits`).

    Raises Conflict (`leaves-gallery`) for the last element of a template that customers see.
    True where customers may choose other fonts now, which belong into the template's bundle: see `change_element`.
    """
    template = _open(session, principal, template_id)
    element = part_of(session, TemplateElement, template_id, element_id, "element")
    offered = _fonts_of(element)
    _edit(element, changes, lambda field, value: limits.element_field(field, value, element.facts))
    problem = limits.check(
        element.facts["kind"],
        effective(element, "default"),
        limits_of(element),
        element.facts.get("choices") or (),
        is_default=True,
    )
    if problem is not None:
        raise InvalidInput(f"The default does not fit the limits: {problem}", field="default")
    session.add(element)
    session.flush()
    if "enabled" in changes:
        _keep_something(session, template)
    touch(session, template)
    if _fonts_of(element) == offered:
        return False
    _check_fonts(session, template_id, _fonts_of(element))
    return True


def change_element(principal: Principal, template_id: str, element_id: str, changes: Mapping[str, Any]) -> None:
    """As `edit_element`, in transactions of its own: other fonts are offered with the bundle that holds them."""
    try:
        with get_database().tenant_session(principal.tenant_id) as session:
            if edit_element(session, principal, template_id, element_id, changes):
                raise _OtherFonts
    except _OtherFonts:
        fonts.packed_with(
            principal.tenant_id,
            template_id,
            lambda session, _: edit_element(session, principal, template_id, element_id, changes),
        )


class _OtherFonts(Exception):
    """The transaction is taken back: the edit is made again with a bundle."""


def order_elements(session: Session, principal: Principal, template_id: str, scene_id: str, ids: Sequence[str]) -> None:
    """Puts a scene's elements into this order; elements not named follow."""
    template = _open(session, principal, template_id)
    get_scene(session, template_id, scene_id)
    _order(session, [e for e in all_rows(session, template_id)[1] if e.scene_id == scene_id], ids)
    touch(session, template)


def add_color(
    session: Session,
    principal: Principal,
    template_id: str,
    *,
    name: str,
    value: str,
    name_fa: str = "",
    elements: Sequence[str] = (),
) -> str:
    """A shared colour of the designer's own, which the colour elements named as `scene/element` follow; its id."""
    template = _open(session, principal, template_id)
    colors = all_rows(session, template_id)[2]
    key = limits.key_from(limits.name(name), {color.key for color in colors})
    row = SharedColor(
        template_id=template_id,
        key=key,
        position=len(colors),
        facts={"name": limits.name(name), "value": limits.color(value), "addresses": [], "by_hand": True},
        manual={"elements": _followers(session, template_id, elements), "name_fa": name_fa.strip()[:160]},
    )
    session.add(row)
    session.flush()
    touch(session, template)
    return row.id


def edit_color(
    session: Session, principal: Principal, template_id: str, color_id: str, changes: Mapping[str, Any]
) -> None:
    """Changes a shared colour: enabled, name, name_fa, group, value, elements (those that follow it)."""
    template = _open(session, principal, template_id)
    row = part_of(session, SharedColor, template_id, color_id, "colour")
    changes = dict(changes)
    followers = changes.pop("elements", None)
    _edit(row, changes, limits.color_field)
    if followers is not None:
        row.manual = {**row.manual, "elements": _followers(session, template_id, followers, but=row.id)}
    session.add(row)
    touch(session, template)


def order_colors(session: Session, principal: Principal, template_id: str, ids: Sequence[str]) -> None:
    """Puts the shared colours into this order."""
    template = _open(session, principal, template_id)
    _order(session, all_rows(session, template_id)[2], ids)
    touch(session, template)


def remove_color(session: Session, principal: Principal, template_id: str, color_id: str) -> None:
    """Deletes a shared colour that the designer made, or one that is gone from the file."""
    template = _open(session, principal, template_id)
    row = part_of(session, SharedColor, template_id, color_id, "colour")
    if not row.gone and not row.facts.get("by_hand"):
        raise Conflict("This colour comes from the file; switch it off instead.", code="color-from-file")
    session.delete(row)
    session.flush()
    touch(session, template)


def add_preset(
    session: Session,
    principal: Principal,
    template_id: str,
    *,
    name: str,
    colors: Mapping[str, str] | None = None,
    name_fa: str = "",
    group: str = "",
) -> str:
    """A colour preset; its id. Without `colors` it holds the template's own."""
    template = _open(session, principal, template_id)
    shared = {row.key: effective(row, "value") for row in all_rows(session, template_id)[2] if not row.gone}
    row = ColorPreset(
        template_id=template_id,
        name=limits.name(name, 120),
        name_fa=name_fa.strip()[:120],
        group=group.strip()[:120],
        position=len(preset_rows(session, template_id)),
        colors=_preset_colors(shared if colors is None else colors, shared),
    )
    session.add(row)
    session.flush()
    touch(session, template)
    return row.id


def edit_preset(
    session: Session, principal: Principal, template_id: str, preset_id: str, changes: Mapping[str, Any]
) -> None:
    """Changes a preset: name, name_fa, group, colors."""
    template = _open(session, principal, template_id)
    row = part_of(session, ColorPreset, template_id, preset_id, "preset")
    for field, value in changes.items():
        if field == "colors":
            shared = {color.key for color in all_rows(session, template_id)[2]}
            row.colors = _preset_colors(value, shared)
        elif field == "name":
            row.name = limits.name(value, 120)
        elif field in {"name_fa", "group"}:
            setattr(row, field, limits.text(field, value, 120))
        else:
            raise InvalidInput(f"A preset has no field {field!r}.", field=field)
    session.add(row)
    touch(session, template)


def order_presets(session: Session, principal: Principal, template_id: str, ids: Sequence[str]) -> None:
    """Puts the presets into this order."""
    template = _open(session, principal, template_id)
    _order(session, preset_rows(session, template_id), ids)
    touch(session, template)


def remove_preset(session: Session, principal: Principal, template_id: str, preset_id: str) -> None:
    """Deletes a preset; projects keep the colours that they took from it."""
    template = _open(session, principal, template_id)
    session.delete(part_of(session, ColorPreset, template_id, preset_id, "preset"))
    session.flush()
    touch(session, template)


def _open(session: Session, principal: Principal, template_id: str) -> Template:
    principal.require(TEMPLATES)
    return get_template(session, template_id, lock=True)


def _keep_something(session: Session, template: Template) -> None:
    stay_published(session, template, "Customers use this template, so this stays on.")


def _edit(row: TemplateScene | TemplateElement | SharedColor, changes: Mapping[str, Any], clean: Any) -> None:
    manual = dict(row.manual)
    for field, value in changes.items():
        if field == "enabled":
            if not isinstance(value, bool):
                raise InvalidInput("Switch it on or off.", field="enabled")
            if value and row.gone:
                raise Conflict("This is gone from the file; it cannot be switched on.", code="gone", field="enabled")
            row.enabled = value
        elif value is None:
            manual.pop(field, None)
        else:
            cleaned = clean(field, value)
            # What equals the scan's own value is no edit: a later scan may change it.
            if cleaned == row.facts.get(field):
                manual.pop(field, None)
            else:
                manual[field] = cleaned
    row.manual = manual


def _fonts_of(element: TemplateElement) -> list[str]:
    return list((element.manual.get("limits") or {}).get("fonts") or ())


def font_choices(session: Session, template_id: str) -> list[str]:
    """The PostScript names of the fonts that a designer may let customers choose: the template's own, then those of the
    installation."""
    own = [use["postscript_name"] for use in scanning.report(session, template_id)["fonts"]]
    return list(dict.fromkeys([*sorted(own), *(font["postscript_name"] for font in fonts.available())]))


def _check_fonts(session: Session, template_id: str, names: Sequence[str]) -> None:
    known = set(font_choices(session, template_id))
    for name in names:
        if name not in known:
            raise InvalidInput(f"There is no font {name!r} here; choose one from the list.", field="limits.fonts")


def _order(session: Session, rows: Sequence[Any], ids: Sequence[str]) -> None:
    places = {identifier: index for index, identifier in enumerate(ids)}
    if len(places) != len(ids) or not places.keys() <= {row.id for row in rows}:
        raise InvalidInput("The order names something twice, or something that is not there.", field="ids")
    for position, row in enumerate(sorted(rows, key=lambda row: (places.get(row.id, len(places)), row.position))):
        row.position = position
        session.add(row)
    session.flush()


def _preset_colors(given: object, known: Any) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise InvalidInput("A preset's colours are a set of keys and colours.", field="colors")
    for key in given:
        if key not in known:
            raise InvalidInput(f"The template has no shared colour {key!r}.", field="colors")
    return {str(key): limits.color(value) for key, value in given.items()}


def _followers(session: Session, template_id: str, names: object, but: str = "") -> list[str]:
    if isinstance(names, str) or not isinstance(names, Sequence):
        raise InvalidInput("Elements are a list of “scene/element”.", field="elements")
    scenes, elements, colors = all_rows(session, template_id)
    keys = {scene.id: scene.key for scene in scenes}
    kinds = {f"{keys[e.scene_id]}/{e.key}": e.facts["kind"] for e in elements}
    taken = {name for color in colors if color.id != but for name in color.manual.get("elements", ())}
    for name in names:
        if kinds.get(str(name)) != "color":
            raise InvalidInput(f"{name!r} is no colour element of this template.", field="elements")
        if name in taken:
            raise Conflict(f"{name!r} follows another shared colour already.", field="elements")
    return list(dict.fromkeys(str(name) for name in names))


def draw_after(session: Session, template_id: str) -> None:
    """Draws the scenes' pictures once the session has committed."""
    tenant_id = get_template(session, template_id).tenant_id
    on_commit(session, lambda: draw_soon(tenant_id, template_id))
