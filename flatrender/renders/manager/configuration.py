"""A nexrender job as a client sends it, read: only what renders. Pure.

The document may name no programs: `actions` and scripts would run on the node, expressions can read files there, and a
value that is no plain text or number would become code. Files are those of the Dropbox alone.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from flatrender.core.errors import InvalidInput
from flatrender.renders.manager.paths import below_root

Json = dict[str, Any]
EXTENSIONS = ("mp4", "mov", "avi", "mxf", "webm")
MOST_ASSETS = 500
MOST_FRAMES = 10_000_000
LONGEST_VALUE = 10_000
_TEMPLATE = {
    *("composition", "frameStart", "frameEnd", "outputModule", "outputExt", "settingsTemplate", "continueOnMissing"),
    *("src", "frameIncrement", "incrementFrame", "imageSequence", "dest"),
}
_PRINTED = re.compile(r"[^\x00-\x1f\u2028\u2029]{1,255}")
# Names of assets become parts of a script in After Effects.
_PLAIN = re.compile(r"[^\"'`\\\x00-\x1f\u2028\u2029]{1,255}")
_MEDIA = ("image", "audio", "video")


@dataclass(frozen=True)
class Order:
    """What is to be rendered. `assets`: nexrender's, their files as places below the root under `path`."""

    composition: str
    first: int | None = None
    last: int | None = None
    output_module: str | None = None
    settings_template: str | None = None
    extension: str | None = None
    continue_on_missing: bool = False
    assets: tuple[Json, ...] = field(default=())

    def to_dict(self) -> Json:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Order":
        return cls(**{**data, "assets": tuple(data.get("assets", ()))})

    @property
    def files(self) -> tuple[tuple[str, ...], ...]:
        """The places of all files that it needs besides the project."""
        return tuple(tuple(asset["path"]) for asset in self.assets if "path" in asset)


def read(config: Mapping[str, Any], root: str) -> Order:
    """The order in a nexrender document. Raises InvalidInput with the place that cannot be used."""
    template = config.get("template", config)
    if not isinstance(template, Mapping):
        raise _wrong("template", "an object with `composition`")
    actions = config.get("actions") or {}
    if not isinstance(actions, Mapping) or any(actions.values()):
        raise InvalidInput(
            "`actions` run programs on the node and are not accepted; the film is put into the output folder anyway.",
            field="nexrenderConfig.actions",
        )
    if unknown := sorted(set(template) - _TEMPLATE) if "template" in config else []:
        raise _wrong(f"template.{unknown[0][:40]}", "left out: it is not known")
    if template.get("imageSequence"):
        raise _wrong("template.imageSequence", "left out: image sequences are not delivered")
    if template.get("frameIncrement", template.get("incrementFrame")) not in (None, 1):
        raise _wrong("template.frameIncrement", "1 or left out: every frame is rendered")
    first, last = _frame(template, "frameStart"), _frame(template, "frameEnd")
    if first is not None and last is not None and last < first:
        raise _wrong("template.frameEnd", "not before frameStart")
    composition = _name(template, "composition")
    if composition is None:
        raise _wrong("template.composition", "the name of a composition")
    return Order(
        composition=composition,
        first=first,
        last=last,
        output_module=_name(template, "outputModule"),
        settings_template=_name(template, "settingsTemplate"),
        extension=_extension(template.get("outputExt")),
        continue_on_missing=bool(template.get("continueOnMissing", False)),
        assets=_assets(config.get("assets"), root),
    )


def _assets(given: Any, root: str) -> tuple[Json, ...]:
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > MOST_ASSETS:
        raise _wrong("assets", f"a list of at most {MOST_ASSETS}")
    return tuple(_asset(number, asset, root) for number, asset in enumerate(given))


def _asset(number: int, asset: Any, root: str) -> Json:
    where = f"assets.{number}"
    if not isinstance(asset, Mapping):
        raise _wrong(where, "an object")
    kind = asset.get("type")
    if kind not in (*_MEDIA, "data"):
        raise _wrong(f"{where}.type", f"one of {', '.join(_MEDIA)} and data; scripts and programs are not accepted")
    made: Json = {"type": kind}
    for name in ("layerName", "composition", "property" if kind == "data" else "name"):
        if asset.get(name) is not None:
            made[name] = _text(asset[name], f"{where}.{name}")
    index = asset.get("layerIndex")
    if index is not None:
        if isinstance(index, bool) or not isinstance(index, int) or not 1 <= index <= 10_000:
            raise _wrong(f"{where}.layerIndex", "a layer's number, from 1")
        made["layerIndex"] = index
    if "layerName" not in made and "layerIndex" not in made:
        raise _wrong(where, "told which layer is meant: layerName or layerIndex")
    if kind == "data":
        if asset.get("expression"):
            raise _wrong(f"{where}.expression", "left out: expressions are programs; give a value")
        if "property" not in made:
            raise _wrong(f"{where}.property", "a property's name, such as Source Text")
        return {**made, "value": _value(asset.get("value"), f"{where}.value")}
    return {**made, "path": list(_file(asset.get("src"), f"{where}.src", root))}


def _file(src: Any, where: str, root: str) -> tuple[str, ...]:
    from urllib.parse import unquote, urlsplit

    if not isinstance(src, str) or not src:
        raise _wrong(where, "a file in the Dropbox folder")
    path = src
    if re.match(r"[a-z][a-z0-9+.-]+:", src, re.IGNORECASE) and not re.match(r"[A-Za-z]:[\\/]", src):
        try:
            address = urlsplit(src)
        except ValueError:  # such as file://[
            raise _wrong(where, "a file in the Dropbox folder") from None
        if address.scheme.lower() != "file" or address.netloc not in {"", "localhost"}:
            raise _wrong(where, "a file in the Dropbox folder, not an address")
        path = unquote(address.path)
        if re.match(r"/[A-Za-z]:[\\/]", path):
            path = path[1:]
    try:
        return below_root(path, root)
    except InvalidInput as error:
        raise InvalidInput(error.message, code=error.code, field=f"nexrenderConfig.{where}") from None


def _value(value: Any, where: str) -> Any:
    if isinstance(value, bool | int | float) and math.isfinite(value):
        return value
    if isinstance(value, str) and len(value) <= LONGEST_VALUE:
        return value
    numbers = isinstance(value, list) and 0 < len(value) <= 16
    if numbers and all(isinstance(part, int | float) and math.isfinite(part) for part in value):
        return list(value)
    raise _wrong(where, f"a text of at most {LONGEST_VALUE} characters, a number, or a list of numbers")


def _frame(template: Mapping[str, Any], name: str) -> int | None:
    value = template.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_FRAMES:
        raise _wrong(f"template.{name}", "a frame's number, from 0")
    return value


def _name(template: Mapping[str, Any], name: str) -> str | None:
    value = template.get(name)
    if value in (None, ""):
        return None
    if not isinstance(value, str) or not _PRINTED.fullmatch(value):
        raise _wrong(f"template.{name}", "a name of at most 255 characters")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not _PLAIN.fullmatch(value):
        raise _wrong(where, "a name of at most 255 characters, without quotes and backslashes")
    return value


def _extension(value: Any) -> str | None:
    if value in (None, ""):
        return None
    if not isinstance(value, str) or value.lower().lstrip(".") not in EXTENSIONS:
        raise _wrong("template.outputExt", f"one of {', '.join(EXTENSIONS)}")
    return value.lower().lstrip(".")


def _wrong(where: str, wanted: str) -> InvalidInput:
    return InvalidInput(f"nexrenderConfig.{where} must be {wanted}.", field=f"nexrenderConfig.{where}")
