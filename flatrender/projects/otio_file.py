"""A stranger's OpenTimelineIO file as the library's timeline: bounded before the library sees it, and made readable.

The library refuses a whole file for one part that is newer than it or of a kind that it does not know. Such parts get
the form that it knows, or an empty part stands in their place; `newer_kinds` and `unknown_parts` tell which.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import opentimelineio as otio

from flatrender.core.errors import BadFile, TooLarge

Json = dict[str, Any]
MAX_BYTES = 5_000_000
MAX_DEPTH = 60
MAX_OBJECTS = 200_000
# A string, however it ends, or what the library reads as a number and Python's reader does not.
_STRING_OR_INF = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|\bInf\b', re.DOTALL)
_NEWER = "flatrender-newer"  # in a parsed timeline's metadata: kinds of parts whose form was newer than the library
_UNKNOWN = "flatrender-unknown"  # there too: parts of kinds that the library does not know, as [kind, name]


def parse(data: bytes) -> otio.schema.Timeline:
    """The timeline in a file. Raises TooLarge or BadFile."""
    if len(data) > MAX_BYTES:
        raise TooLarge(f"A timeline file has at most {MAX_BYTES // 10**6} MB.", field="file")
    try:
        text = data.decode("utf-8-sig")
        parts = json.loads(text if "Inf" not in text else _STRING_OR_INF.sub(_infinity, text))
        _bounded(parts)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadFile("This is no OpenTimelineIO file.", field="file") from error
    newer, unknown = _lowered(parts), _passed_over(parts)
    try:
        root = otio.core.deserialize_json_from_string(json.dumps(parts) if newer or unknown else text)
    except Exception as error:  # the library raises what it likes for schemas it does not know
        raise BadFile("This OpenTimelineIO file cannot be read.", field="file") from error
    if isinstance(root, otio.schema.SerializableCollection):
        root = next((child for child in root if isinstance(child, otio.schema.Timeline)), root)
    if not isinstance(root, otio.schema.Timeline) or root.tracks is None:
        raise BadFile("There is no timeline in this file.", field="file")
    root.metadata[_NEWER] = sorted(newer)  # whatever the file says there
    root.metadata[_UNKNOWN] = unknown
    return root


def newer_kinds(timeline: otio.schema.Timeline) -> list[str]:
    """The kinds of parts that stood in the file in a newer form than the library's."""
    return [str(kind) for kind in timeline.metadata.get(_NEWER, ())]


def unknown_parts(timeline: otio.schema.Timeline) -> list[tuple[str, str]]:
    """The kind and the name of each part in the place of which an empty one stands."""
    return [(str(kind), str(part)) for kind, part in timeline.metadata.get(_UNKNOWN, ())]


def _lowered(root: Any) -> set[str]:
    """Gives what was written by a newer version of the library the form that this one knows; the names of what it was.

    The library refuses the whole file for one part of a newer version, though such a part has mostly one field more.
    """
    known, newer, level = otio.core.type_version_map(), set[str](), [root]
    while level:
        for part in level:
            schema = part.get("OTIO_SCHEMA") if isinstance(part, dict) else None
            name, _, version = schema.partition(".") if isinstance(schema, str) else ("", "", "")
            if name in known and version.isdecimal() and int(version[:9]) > known[name]:
                part["OTIO_SCHEMA"] = f"{name}.{known[name]}"
                newer.add(name)
                if name == "Marker" and isinstance(part.get("color"), dict):  # of version 3: parts of light and a name
                    part["color"] = str(part["color"].get("name") or "")
        level = [child for part in level for child in _parts(part)]
    return newer


def _passed_over(root: Any) -> list[list[str]]:
    """Puts an empty part where one stands of a kind that the library does not know; `[kind, name]` of each.

    The library refuses the whole file where it wants a part of a track and finds a stranger; in metadata they may be.
    """
    known, unknown, level = otio.core.type_version_map(), list[list[str]](), [root]

    def stranger(part: Any) -> bool:
        schema = part.get("OTIO_SCHEMA") if isinstance(part, dict) else None
        if not isinstance(schema, str) or schema.partition(".")[0] in known:
            return False
        said = schema.partition(".")[0][:80], str(part.get("name") or "")[:120]
        unknown.append([word.encode("utf-8", "replace").decode() for word in said])  # the library takes no half signs
        return True

    while level:
        for part in level:
            if not isinstance(part, dict) or not isinstance(part.get("OTIO_SCHEMA"), str):
                continue
            if isinstance(children := part.get("children"), list):
                gaps = not part["OTIO_SCHEMA"].startswith("Stack.")  # nothing follows there
                marked = [(child, stranger(child)) for child in children]
                part["children"] = [_gap(child) if odd else child for child, odd in marked if gaps or not odd]
            for name in ("effects", "markers"):
                if isinstance(listed := part.get(name), list):
                    part[name] = [one for one in listed if not stranger(one)]
            references = part.get("media_references")
            listed_there = references if isinstance(references, dict) else {}
            for holder, names in ((part, ["media_reference"]), (listed_there, list(listed_there))):
                for name in names:
                    if stranger(holder.get(name)):
                        holder[name] = {"OTIO_SCHEMA": "MissingReference.1"}
        level = [child for part in level for child in _parts(part)]
    return unknown


def _gap(part: Json) -> Json:
    """As long as the part says that it is, so that what follows stays in its place."""
    lasts = part.get("source_range")
    return {"OTIO_SCHEMA": "Gap.1", "source_range": lasts if isinstance(lasts, dict) else _nothing()}


def _nothing() -> Json:
    zero = {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": 0.0}
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": zero, "duration": dict(zero)}


def _infinity(found: re.Match[str]) -> str:
    return "Infinity" if found[0] == "Inf" else found[0]


def _bounded(root: Any) -> None:
    count, level = 0, [root]
    for _ in range(MAX_DEPTH):
        level = [part for one in level for part in _parts(one)]
        count += len(level)
        if count > MAX_OBJECTS:
            raise TooLarge("There is too much in this timeline file.", field="file")
        if not level:
            return
    raise ValueError("nested too deep")


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value
