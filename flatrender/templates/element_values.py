"""Customers' values by element key turned into the engine's values by layer address. Pure."""

import difflib
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flatrender.aftereffects.report import FARTHEST
from flatrender.core.errors import InvalidInput
from flatrender.templates.element_names import rgba_text

if TYPE_CHECKING:
    from flatrender.templates.convention import ElementOutline, TemplateOutline

_COLOR = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off", ""})
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
MOST_NAMED = 8
_LETTER = re.compile(r"[^\W\d_]")


def resolve(
    outline: "TemplateOutline", values: Mapping[str, Any], scene: str | None = None
) -> dict[str, dict[str, Any]]:
    """The engine's values for the elements and shared colours that `values` name.

    Args:
        outline: what the template offers.
        values: by key. A key is an element's or a shared colour's, with or without its prefix (`frl_`, `frd_`), or
            `Scene/key`; a key that several scenes share sets it in all of them. A text is a string or
            `{"text", "direction", "font", "size", "fit"}`, a picture a path or `{"path", "fit", "focus", "crop"}`,
            a colour "#RRGGBB", a toggle true or false, a choice its value, a number as such, a point "x,y" or
            [x, y]; None keeps the default.
        scene: only look at this scene's elements (shared colours and controls always count).

    Raises:
        InvalidInput: an unknown key, naming the near ones, or a value that does not fit the element.
    """
    known = _keys(outline, scene)
    resolved: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        targets = known.get(key) or known.get(_bare(key))
        if targets is None:
            raise _unknown(key, list(known))
        if value is None:
            continue
        for target in targets:
            shared = not hasattr(target, "kind")
            resolved.update(_shared(target.key, target.addresses, value) if shared else _element(target, value))
    return resolved


def _keys(outline: "TemplateOutline", scene: str | None) -> dict[str, list[Any]]:
    known: dict[str, list[Any]] = {}
    for color in outline.shared_colors:
        known.setdefault(color.key, []).append(color)
    for owner, element in outline.elements():
        if owner is not None and scene is not None and owner.key != scene:
            continue
        known.setdefault(element.key, []).append(element)
        if owner is not None and not element.key.startswith(f"{owner.key}/"):
            known.setdefault(f"{owner.key}/{element.key}", []).append(element)
    return known


def _bare(key: str) -> str:
    """The key without the prefix of its layer: "frl_title" → "title", "Intro/frl_title" → "Intro/title"."""
    scene, slash, name = key.rpartition("/")
    for prefix in ("frl_", "frd_", "frs_"):
        if name.lower().startswith(prefix):
            return f"{scene}{slash}{name[len(prefix) :]}"
    return key


def _unknown(key: str, known: list[str]) -> InvalidInput:
    lowered = {name.lower(): name for name in known}
    near = [lowered[name] for name in difflib.get_close_matches(key.lower(), list(lowered), 3, 0.5)]
    ending = [name for name in known if name.lower().endswith("/" + key.lower())]
    # `Scene/key` is the long form of a key that is there as well.
    plain = [name for name in known if "/" not in name or name.rpartition("/")[2] not in known]
    shown = list(dict.fromkeys([*ending, *near]))[:3] or plain[:MOST_NAMED]
    listed = ", ".join(f"“{name}”" for name in shown)
    if near or ending:
        hint = f"did you mean {listed}?"
    elif len(plain) > len(shown):
        hint = f"it has {listed} and {len(plain) - len(shown)} more; `flatrender scan` lists them all."
    else:
        hint = f"it has {listed or 'no elements at all'}."
    return InvalidInput(f"There is no element “{key}”; {hint}", field=key)


def _shared(key: str, addresses: tuple[str, ...], value: Any) -> dict[str, dict[str, Any]]:
    text = rgba_text(_color(key, value))
    return {address: {"kind": "data", "text": text} for address in addresses}


def _element(element: "ElementOutline", value: Any) -> dict[str, dict[str, Any]]:
    if element.kind == "text":
        return _text(element, value)
    if element.kind in ("image", "video", "audio"):
        engine = _file(element, value)
    elif element.kind == "color":
        color = _color(element.key, value)
        engine = {"kind": "data", "text": rgba_text(color)} if element.data else {"kind": "color", "value": color}
    elif element.kind == "number":
        engine = {"kind": "number", "value": _number(element.key, value)}
    elif element.kind == "point":
        engine = {"kind": "point", "value": _point(element.key, value)}
    else:
        word = _choice(element, value) if element.kind == "choice" else "01"[_truth(element.key, value)]
        engine = {"kind": "number", "value": int(word)} if element.control else {"kind": "data", "text": word}
    return dict.fromkeys(element.addresses, engine)


def _text(element: "ElementOutline", value: Any) -> dict[str, dict[str, Any]]:
    given = value if isinstance(value, Mapping) else {"text": value}
    text = given.get("text")
    if not isinstance(text, str):
        raise InvalidInput(f"“{element.key}” takes a text.", field=element.key)
    if element.data:
        return {address: {"kind": "data", "text": text} for address in element.addresses}
    direction = given.get("direction", "auto")
    engine = {"kind": "text", "text": text, "direction": direction}
    engine |= {part: given[part] for part in ("font", "size", "fit") if given.get(part) is not None}
    resolved: dict[str, dict[str, Any]] = dict.fromkeys(element.addresses, engine)
    for address in element.direction_addresses:
        wanted = direction_of(text, element.direction) if direction == "auto" else direction
        resolved[address] = {"kind": "data", "text": wanted if element.direction_words else "01"[wanted == "rtl"]}
    return resolved


def direction_of(text: str, default: str | None) -> str:
    """The direction of a text by its first letter; of one without letters the default. Where right to left is the
    default, one letter of it is enough."""
    first = _LETTER.search(text)
    if first is None:
        return default or "ltr"
    if default == "rtl" and _RTL.search(text):
        return "rtl"
    return "rtl" if _RTL.match(first[0]) else "ltr"


def _file(element: "ElementOutline", value: Any) -> dict[str, Any]:
    given = dict(value) if isinstance(value, Mapping) else {"path": value}
    if not isinstance(given.get("path"), str) or not given["path"]:
        raise InvalidInput(f"“{element.key}” takes a file.", field=element.key)
    engine = {
        "kind": "image",
        "path": given["path"],
        "fit": given.get("fit", "cover"),
        "focus": list(given.get("focus") or (0.5, 0.5)),
    }
    crop = list(given.get("crop") or ())
    return engine | {"crop": crop} if any(crop) else engine


def _color(key: str, value: Any) -> str:
    text = str(value).strip()
    if not _COLOR.fullmatch(text):
        raise InvalidInput(f"“{key}” takes a colour such as #1E90FF, not “{text[:40]}”.", field=key)
    return text.upper()


def _truth(key: str, value: Any) -> bool:
    word = str(value).strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise InvalidInput(f"“{key}” is switched on or off: 1 or 0, not “{word[:40]}”.", field=key)


def _number(key: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool) or math.isnan(number):
        raise InvalidInput(f"“{key}” takes a number such as 12.5, not “{str(value)[:40]}”.", field=key)
    if abs(number) > FARTHEST:
        reach = f"{FARTHEST:,.0f}"
        raise InvalidInput(f"“{key}” takes a number from -{reach} to {reach}, not “{str(value)[:40]}”.", field=key)
    return number


def _point(key: str, value: Any) -> list[float]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or len(parts) != 2:
        raise InvalidInput(f"“{key}” takes two numbers such as 960,540, not “{str(value)[:40]}”.", field=key)
    return [_number(key, part) for part in parts]


def _choice(element: "ElementOutline", value: Any) -> str:
    word = str(value).strip()
    if not element.options:
        if not re.fullmatch(r"-?\d{1,9}", word):
            raise InvalidInput(f"“{element.key}” takes a whole number, not “{word[:40]}”.", field=element.key)
        return word
    for option, name in element.options:
        if word in (option, name):
            return option
    offered = ", ".join(f"{option} ({name})" for option, name in element.options)
    raise InvalidInput(f"“{element.key}” takes one of {offered}, not “{word[:40]}”.", field=element.key)
