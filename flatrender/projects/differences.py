"""The difference of two documents' tracks as an operation, `arrange`: how every edit of a timeline is taken back.

    {"op": "arrange", "changes": [{"track", "after": id | null, "take": [ids], "put": [item or {id, what changed}],
                                   "set"?: {field: value}}]}

First all that is to be taken is taken, then each change puts its items after the item `after` (null: at the beginning).
A clip that exists is named by its id with the fields that differ, so that taking back a trim carries no text and
writes over nobody's colour. A change that comes after other people's edits is applied as far as it makes sense: an
item that is not there is not taken, an anchor that is gone is replaced by the place of what was taken.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flatrender.core.errors import Conflict, InvalidInput
from flatrender.projects.items import CLIPS, Clip, Gap, Item, Transition, clip_of, is_clip, sparse, transition_of
from flatrender.projects.reading import frames
from flatrender.projects.timeline import TRACK_FIELDS, Document, Pair, Track, track_field

Json = dict[str, Any]


def difference(now: Document, then: Document) -> Json:
    """The operation that makes the tracks of `then` out of those of `now`; both have the same tracks."""
    known = {clip.id: clip for clip in now.all_clips}
    changes: list[Json] = []
    for old in now.tracks:
        new = then.track(old.id)
        if new is None or new == old:
            continue
        hunks = _hunks(old, new, known) if new.items != old.items else []
        settings = {name: getattr(new, name) for name in TRACK_FIELDS if getattr(new, name) != getattr(old, name)}
        if settings:
            hunks = hunks or [{"track": old.id, "after": None, "take": [], "put": []}]
            hunks[0]["set"] = settings
        changes += hunks
    return {"op": "arrange", "changes": changes}


def arrange(document: Document, changes: Sequence[Mapping[str, Any]]) -> Document:
    """Applies changes. Raises Conflict for a clip or track that is gone, InvalidInput for what is none."""
    taken: dict[str, Item] = {}
    places: list[int | None] = []
    tracks = {track.id: track for track in document.tracks}
    for change in changes:
        track = tracks.get(str(change.get("track")))
        if track is None:
            raise Conflict("That track was removed from the project in the meantime.", code="track-gone", field="track")
        gone = set(_list(change, "take"))
        places.append(next((at for at, item in enumerate(track.items) if item.id in gone), None))
        taken |= {item.id: item for item in track.items if item.id in gone}
        settings = {name: track_field(name, value) for name, value in (change.get("set") or {}).items()}
        items = tuple(item for item in track.items if item.id not in gone)
        tracks[track.id] = replace(track, items=items, **settings)
    there = {item.id for track in tracks.values() for item in track.items if is_clip(item)}
    for change, place in zip(changes, places, strict=True):
        track = tracks[str(change["track"])]
        put = [_item(track, entry, taken, there) for entry in _list(change, "put")]
        there |= {item.id for item in put if is_clip(item)}
        after = change.get("after")
        at = next((at + 1 for at, item in enumerate(track.items) if item.id == after), None)
        if at is None:
            at = 0 if after is None else min(len(track.items), len(track.items) if place is None else place)
        tracks[track.id] = replace(track, items=(*track.items[:at], *put, *track.items[at:]))
    return replace(document, tracks=tuple(mended(tracks[track.id]) for track in document.tracks))


def mended(track: Track) -> Track:
    """The track with its joints in order: gaps beside each other are one, a transition stands between two clips."""
    pairs: list[Pair] = []
    waiting: list[Gap | Transition] = []
    for item in track.items:
        if isinstance(item, Gap | Transition):
            waiting.append(item)
            continue
        gap = sum(joint.duration for joint in waiting if isinstance(joint, Gap))
        pairs.append((Gap("", gap) if gap else (waiting[0] if waiting else None), item))
        waiting = []
    return track.with_pairs(pairs)


def _hunks(old: Track, new: Track, known: Mapping[str, Clip]) -> list[Json]:
    target = {item.id: (at, item) for at, item in enumerate(new.items)}
    # What is the same in both, in the same order, stays; everything between is taken and put.
    same = [(item.id, target[item.id][0]) for item in old.items if item.id in target and target[item.id][1] == item]
    kept = {same[at][0] for at in _rising([place for _, place in same])}
    hunks: dict[str | None, Json] = {}

    def hunk(after: str | None) -> Json:
        return hunks.setdefault(after, {"track": old.id, "after": after, "take": [], "put": []})

    after: str | None = None
    for item in old.items:
        if item.id in kept:
            after = item.id
        else:
            hunk(after)["take"].append(item.id)
    after = None
    for item in new.items:
        if item.id in kept:
            after = item.id
        else:
            hunk(after)["put"].append(_entry(item, known))
    return list(hunks.values())


def _rising(numbers: Sequence[int]) -> list[int]:
    """The places of a longest rising part of `numbers`."""
    ends: list[int] = []  # ends[n]: the smallest number that a rising part of n + 1 numbers ends with
    places: list[int] = []
    before: list[int] = []
    for place, number in enumerate(numbers):
        at = bisect_left(ends, number)
        before.append(places[at - 1] if at else -1)
        if at == len(ends):
            ends.append(number)
            places.append(place)
        else:
            ends[at], places[at] = number, place
    found: list[int] = []
    place = places[-1] if places else -1
    while place >= 0:
        found.append(place)
        place = before[place]
    return found


def _entry(item: Item, known: Mapping[str, Clip]) -> Json:
    if not is_clip(item):
        return item.to_dict()
    there = known.get(item.id)
    if there is None or type(there) is not type(item):
        return sparse(item)
    now, data = there.to_dict(), item.to_dict()
    changed = {key: data.get(key) for key in {**now, **data} if now.get(key) != data.get(key)}
    return {"id": item.id, **changed}


def _item(track: Track, entry: Any, taken: Mapping[str, Item], there: set[str]) -> Item:
    if not isinstance(entry, Mapping):
        raise InvalidInput("An item is an object with an id.", field="put")
    kind, identifier = entry.get("type"), str(entry.get("id"))
    if kind == "gap":
        return Gap(identifier, _frames(entry.get("duration")))
    if kind == "transition":
        return transition_of(entry)
    if kind == "clip":
        if identifier in there:
            raise Conflict("Another part of the project has that id already.", code="id-taken", field="id")
        return clip_of(track.kind, entry)
    clip = taken.get(identifier)
    if clip is None or not is_clip(clip) or not isinstance(clip, CLIPS[track.kind]):
        raise Conflict(
            "That clip was removed from the project in the meantime; the edit was not applied.",
            code="clip-gone",
            field="clip",
            clip=identifier,
        )
    return clip.read({**clip.to_dict(), **entry})


def _frames(value: object) -> int:
    try:
        return int(frames(1)(value))
    except ValueError as error:
        raise InvalidInput(f"A gap's duration {error}.", field="put") from error


def _list(change: Mapping[str, Any], name: str) -> list[Any]:
    value = change.get(name)
    if not isinstance(value, list):
        raise InvalidInput(f"A change needs {name!r}, a list.", field=name)
    return value
