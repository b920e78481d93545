"""Operations on a document as a hand or a machine might make them: most are possible, some are not."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from flatrender.projects.items import SOUNDS, TRACK_KINDS, Gap, SceneClip, TextClip, VideoClip
from flatrender.projects.timeline import Document, film_duration

Json = dict[str, Any]


class Dice:
    """Chances from a seed. Hypothesis brings its own with the same two methods."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def of(self, things: Sequence[Any]) -> Any:
        return self._random.choice(things)

    def between(self, low: int, high: int) -> int:
        return self._random.randint(low, high)


class Maker:
    """Makes operations; ids are its own, so that two makers never give the same one twice."""

    def __init__(self, dice: Any, name: str = "n", kinds: Sequence[str] = ()) -> None:
        self.dice = dice
        self.name = name
        self.count = 0
        self.kinds = list(kinds or sorted(MAKERS))

    def id(self) -> str:
        self.count += 1
        return f"{self.name}{self.count}"

    def operation(self, document: Document) -> Json:
        name = self.dice.of(self.kinds)
        return {"op": name, **MAKERS[name](self, document)}

    def clip(self, document: Document) -> Any:
        clips = list(document.all_clips)
        return self.dice.of(clips) if clips else SceneClip("nobody", "photo", 10)

    def scene(self, document: Document) -> str:
        return self.dice.of([clip.id for clip in document.clips] or ["nobody"])

    def clips(self, document: Document) -> list[str]:
        return [self.clip(document).id for _ in range(self.dice.between(1, 3))]

    def frame(self, document: Document) -> int:
        return self.dice.between(0, film_duration(document) + 20)

    def delta(self) -> int:
        return self.dice.between(-60, 60)

    def mode(self) -> str:
        return self.dice.of(["insert", "overwrite"])

    def flag(self) -> bool:
        return self.dice.of([True, False])

    def transition(self, sound: bool = False) -> Json | None:
        kind = self.dice.of(["crossfade"] if sound else ["crossfade", "dip", "wipe", "slide"])
        params = {"dip": {"color": "#102030"}, "wipe": {"direction": "up"}}.get(kind)
        made: Json = {"id": self.id(), "kind": kind, "duration": self.dice.between(1, 40)}
        return self.dice.of([None, made, {**made, "params": params} if params else made])

    def new_clip(self, kind: str) -> Json:
        made: Json = {"id": self.id(), "duration": self.dice.between(1, 80)}
        if kind == "scene":
            return {**made, "scene": "photo", "values": {"title": "x"}}
        if kind == "text":
            return {**made, "text": self.dice.of(["Hello", "سلام", ""]), "style": {"size": 40}}
        if kind in SOUNDS and self.dice.between(0, 4) == 0:
            made["duration"] = None
        return {**made, "media": self.dice.of(["m1", "m2"]), "fade_in": self.dice.between(0, 9)}

    def field(self, clip: Any) -> tuple[str, Any]:
        choices: list[tuple[str, Any]] = [
            ("name", self.dice.of(["A", "B", None])),
            ("group", self.dice.of(["g", None])),
        ]
        if isinstance(clip, SceneClip):
            return self.dice.of([*choices, ("offset", self.dice.between(0, 9))])
        choices += [
            ("fade_out", self.dice.between(0, 20)),
            (self.dice.of(["fade_in_from", "fade_out_to"]), self.dice.of([0.3, 0, None])),
        ]
        if hasattr(clip, "place"):
            choices += [("place.x", self.dice.between(0, 4) / 4), ("place", {"y": 0.5}), ("place", None)]
        if isinstance(clip, TextClip):
            choices += [("style.color", "#ABCDEF"), ("style.background", None), ("text", "Neu")]
        if hasattr(clip, "envelope"):
            choices += [
                ("volume", self.dice.between(0, 8) / 4),
                ("envelope", [[0, 0.5], [self.dice.between(1, 50), 1]]),
            ]
        if isinstance(clip, VideoClip):
            choices += [("fit.mode", "contain"), ("fit.crop", [0.1, 0, 0.25, 0])]
        return self.dice.of(choices)


def _insert(maker: Maker, document: Document) -> Json:
    track = maker.dice.of(document.tracks)
    return {
        "track": track.id,
        "at": maker.frame(document),
        "clip": maker.new_clip(track.kind),
        "mode": maker.mode(),
    }


def _move(maker: Maker, document: Document) -> Json:
    made: Json = {"clips": maker.clips(document), "delta": maker.delta(), "mode": maker.mode()}
    if maker.flag():
        found = document.find(made["clips"][0])
        usable = [track.id for track in document.tracks if found and _sort(track.kind) == _sort(found[0].kind)]
        made |= {"clips": made["clips"][:1], "track": maker.dice.of(usable or ["nobody"])}
    return made


def _sort(kind: str) -> str:
    return "sound" if kind in SOUNDS else kind


def _remove(maker: Maker, document: Document) -> Json:
    gaps = [item.id for track in document.tracks for item in track.items if isinstance(item, Gap)]
    names = maker.clips(document)
    return {"clips": [*names, maker.dice.of(gaps)] if gaps and maker.flag() else names, "ripple": maker.flag()}


def _meeting(maker: Maker, document: Document) -> list[str]:
    pairs = [
        [left.id, right.id]
        for track in document.tracks
        for left, (joint, right) in zip(track.clips, track.pairs[1:], strict=False)
        if not isinstance(joint, Gap)
    ]
    return maker.dice.of(pairs) if pairs else ["nobody", "else"]


def _transition(maker: Maker, document: Document) -> Json:
    left = _meeting(maker, document)[0]
    found = document.find(left)
    return {"after": left, "transition": maker.transition(sound=found is not None and found[0].kind in SOUNDS)}


def _split(maker: Maker, document: Document) -> Json:
    return {"clip": maker.clip(document).id, "at": maker.frame(document), "id": maker.id()}


def _set_clip(maker: Maker, document: Document) -> Json:
    clip = maker.clip(document)
    field, value = maker.field(clip)
    return {"clip": clip.id, "field": field, "value": value}


def _patch(maker: Maker, document: Document) -> Json:
    chosen = {clip.id: clip for clip in (maker.clip(document), maker.clip(document))}
    return {"clips": {name: dict([maker.field(clip)]) for name, clip in chosen.items()}}


def _set_track(maker: Maker, document: Document) -> Json:
    field, value = maker.dice.of([("volume", 0.5), ("mute", True), ("name", "Lane"), ("height", None), ("solo", False)])
    return {"track": maker.dice.of(document.tracks).id, "field": field, "value": value}


def _track(maker: Maker, document: Document) -> str:
    return maker.dice.of(document.tracks).id


def _marker(maker: Maker, document: Document) -> str:
    return maker.dice.of([marker.id for marker in document.markers] or ["nobody"])


def _clip_of_music(maker: Maker) -> Json | None:
    return maker.dice.of([None, {"id": maker.id(), "media": "m1"}])


MAKERS: dict[str, Callable[[Maker, Document], Json]] = {
    "set_value": lambda m, d: {"clip": m.scene(d), "key": m.dice.of(["title", "photo"]), "value": m.dice.of(["a", 7])},
    "reset_value": lambda m, d: {"clip": m.scene(d), "key": m.dice.of(["title", "photo"])},
    "add_scene": lambda m, d: {"clip": m.new_clip("scene"), "index": m.dice.between(0, 5)},
    "remove_scene": lambda m, d: {"clip": m.scene(d), **m.dice.of([{}, {"transition": m.transition()}])},
    "move_scene": lambda m, d: {"clip": m.scene(d), "index": m.dice.between(0, 5)},
    "duplicate_scene": lambda m, d: {"clip": m.scene(d), "id": m.id()},
    "set_duration": lambda m, d: {"clip": m.clip(d).id, "duration": m.dice.between(1, 90)},
    "rename_scene": lambda m, d: {"clip": m.scene(d), "name": m.dice.of([None, "Name"])},
    "set_color": lambda m, d: {"key": m.dice.of(["accent", "paper"]), "value": m.dice.of([None, "#112233"])},
    "apply_preset": lambda m, d: {"preset": "p", "colors": {"accent": "#445566"}},
    "set_music": lambda m, d: {"clip": _clip_of_music(m), **m.dice.of([{}, {"volume": 0.5}])},
    "set_music_volume": lambda m, d: {"volume": m.dice.between(0, 8) / 4},
    "insert_clip": _insert,
    "remove_clips": _remove,
    "move_clips": _move,
    "trim": lambda m, d: {
        "clip": m.clip(d).id,
        "edge": m.dice.of(["start", "end"]),
        "delta": m.delta(),
        "ripple": m.flag(),
    },
    "roll": lambda m, d: {"clips": _meeting(m, d), "delta": m.delta()},
    "slip": lambda m, d: {"clip": m.clip(d).id, "delta": m.delta()},
    "slide": lambda m, d: {"clip": m.clip(d).id, "delta": m.delta()},
    "split": _split,
    "set_transition": _transition,
    "set_clip": _set_clip,
    "patch_clips": _patch,
    "group": lambda m, d: {"clips": m.clips(d), "id": m.id()},
    "ungroup": lambda m, d: {"clips": m.clips(d)},
    "link": lambda m, d: {"clips": m.clips(d), "id": m.id()},
    "unlink": lambda m, d: {"clips": m.clips(d)},
    "add_track": lambda m, d: {
        "track": {"id": m.id(), "kind": m.dice.of(TRACK_KINDS[1:])},
        "index": m.dice.between(0, 8),
    },
    "remove_track": lambda m, d: {"track": _track(m, d)},
    "move_track": lambda m, d: {"track": _track(m, d), "index": m.dice.between(0, 8)},
    "set_track": _set_track,
    "add_marker": lambda m, d: {"marker": {"id": m.id(), "frame": m.frame(d)}},
    "remove_marker": lambda m, d: {"marker": _marker(m, d)},
    "move_marker": lambda m, d: {"marker": _marker(m, d), "frame": m.frame(d)},
    "rename_marker": lambda m, d: {"marker": _marker(m, d), "name": m.dice.of(["", "Now"])},
    "color_marker": lambda m, d: {"marker": _marker(m, d), "color": m.dice.of([None, "voice"])},
    "set_size": lambda m, d: {"size": m.dice.of([[1080, 1920], [1080, 1080]])},
    "set_audio": lambda m, d: {"loudness": m.dice.of([None, -14])},
}
SETTINGS = (
    *(
        "set_value",
        "reset_value",
        "rename_scene",
        "set_color",
        "apply_preset",
        "set_clip",
        "patch_clips",
        "group",
        "link",
    ),
    *(
        "ungroup",
        "unlink",
        "set_track",
        "rename_marker",
        "color_marker",
        "move_marker",
        "set_size",
        "set_audio",
        "slip",
    ),
)
