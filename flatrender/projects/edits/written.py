"""What an operation writes, as names of fields: how edits of two people are told apart."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Given = Mapping[str, Any]


def fields(operation: Given) -> frozenset[str]:
    """The fields that an operation writes. Two operations whose sets do not meet may be applied in either order.

    What a gesture does to clips that it does not name (it lies over them) stands in its inverse: count that as well.
    """
    named = _FIELDS.get(operation["op"])
    return frozenset(named(operation)) if named is not None else frozenset()


def overlapping(mine: frozenset[str], theirs: frozenset[str]) -> frozenset[str]:
    """The fields of `mine` that `theirs` wrote as well; `colors` covers every colour, a removed clip all its fields."""
    return frozenset(field for field in mine if any(_covers(a, field) or _covers(field, a) for a in theirs))


def _covers(outer: str, inner: str) -> bool:
    if outer == "colors":
        return inner == "colors" or inner.startswith("color/")
    return inner == outer or inner.startswith(outer + "/")


def _clip(operation: Given, *parts: str) -> list[str]:
    return [f"clip/{operation['clip']}/{part}" for part in parts]


def _clips(operation: Given, part: str) -> list[str]:
    return [f"clip/{clip}/{part}" for clip in operation["clips"]]


def _patched(operation: Given) -> Iterable[str]:
    for clip, changed in operation["clips"].items():
        yield from (f"clip/{clip}/{field.replace('.', '/')}" for field in changed)


def _arranged(operation: Given) -> Iterable[str]:
    for change in operation["changes"]:
        yield from (f"track/{change['track']}/{name}" for name in change.get("set") or ())
        for entry in change["put"]:
            if entry.get("type") == "clip":
                yield f"clip/{entry['id']}"
            elif "type" not in entry:
                yield from (f"clip/{entry['id']}/{name}" for name in entry if name != "id")
                if len(entry) == 1:
                    yield f"clip/{entry['id']}/place"


# What makes something new (add_scene, insert_clip, add_track …) writes nothing that anybody else can have written.
_FIELDS: dict[str, Callable[[Given], Iterable[str]]] = {
    "set_value": lambda op: _clip(op, f"values/{op['key']}"),
    "reset_value": lambda op: _clip(op, f"values/{op['key']}"),
    "set_duration": lambda op: _clip(op, "duration"),
    "rename_scene": lambda op: _clip(op, "name"),
    "remove_scene": lambda op: [f"clip/{op['clip']}"],
    "move_scene": lambda op: _clip(op, "place"),
    "set_color": lambda op: [f"color/{op['key']}"],
    "apply_preset": lambda _: ["colors"],
    "set_music": lambda _: ["music/clip"],
    "set_music_volume": lambda _: ["music/volume"],
    "remove_clips": lambda op: [f"clip/{clip}" for clip in op["clips"]],
    "move_clips": lambda op: _clips(op, "place"),
    "trim": lambda op: _clip(op, "duration", *(("offset",) if op["edge"] == "start" else ())),
    "roll": lambda op: [*_clips(op, "duration"), f"clip/{op['clips'][1]}/offset"],
    "slip": lambda op: _clip(op, "offset"),
    "slide": lambda op: _clip(op, "place"),
    "split": lambda op: _clip(op, "duration"),
    "set_transition": lambda op: [f"transition/{op['after']}"],
    "arrange": _arranged,
    "set_clip": lambda op: _clip(op, op["field"].replace(".", "/")),
    "patch_clips": _patched,
    "group": lambda op: _clips(op, "group"),
    "ungroup": lambda op: _clips(op, "group"),
    "link": lambda op: _clips(op, "link"),
    "unlink": lambda op: _clips(op, "link"),
    "remove_track": lambda op: [f"track/{op['track']}"],
    "move_track": lambda op: [f"track/{op['track']}/place"],
    "set_track": lambda op: [f"track/{op['track']}/{op['field']}"],
    "remove_marker": lambda op: [f"marker/{op['marker']}"],
    "move_marker": lambda op: [f"marker/{op['marker']}/frame"],
    "rename_marker": lambda op: [f"marker/{op['marker']}/name"],
    "color_marker": lambda op: [f"marker/{op['marker']}/color"],
    "set_size": lambda _: ["size"],
    "set_audio": lambda _: ["audio/loudness"],
}
