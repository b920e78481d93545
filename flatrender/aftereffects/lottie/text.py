"""Text layers as outline shapes: no live text ever reaches a player."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flatrender.aftereffects.graph import Animated, Composition, Group, Layer
from flatrender.aftereffects.lottie.keyframes import Json, rounded
from flatrender.aftereffects.lottie.text_anchors import Anchoring, read_anchoring
from flatrender.aftereffects.lottie.text_animators import Animator, animated_glyphs, moments, read_animators, restyled
from flatrender.aftereffects.lottie.text_paths import PathOptions, read_path_options
from flatrender.aftereffects.lottie.text_room import too_wide
from flatrender.aftereffects.text import TextSpec, layout, lottie_shapes
from flatrender.aftereffects.values import DataValue, TextValue
from flatrender.core.errors import TooLarge

MAX_LETTERS = 150_000  # of one picture: ten seconds' work
MAX_MOVES = 400_000  # letters times the frames in which they may move: ten seconds' work

if TYPE_CHECKING:
    from flatrender.aftereffects.scene import Scene


@dataclass(frozen=True)
class _Text:
    """What all texts of a layer share while they are written."""

    scene: "Scene"
    composition: Composition
    layer: Layer
    animators: tuple[Animator, ...]
    rate: float
    path: PathOptions | None
    anchoring: Anchoring
    designed: tuple[object, ...]
    """Its own texts."""


def text_layer_shapes(scene: "Scene", composition: Composition, layer: Layer, rate: float) -> list[Json]:
    """The text as shape groups; source texts that change over time show one after the other, by their opacity."""
    group = layer.properties.text
    source = group.get("ADBE Text Document") if group is not None else None
    if group is None or source is None:
        return []
    found: Group | None = group.group("ADBE Text Animators")
    animators = read_animators(
        found,
        lambda prop: scene.effective(layer, prop),
        lambda prop, time, count: scene.evaluator.unit_amounts(composition, layer, prop, time, count),
    )
    path = read_path_options(layer, lambda prop: scene.effective(layer, prop))
    anchoring = read_anchoring(group, lambda prop: scene.effective(layer, prop))
    designed = (source.value, *(key.value for key in source.keys))
    text = _Text(scene, composition, layer, animators, rate, path, anchoring, designed)
    given, source = scene.bound(layer, source), scene.effective(layer, source)
    if isinstance(scene.value(composition, layer), TextValue | DataValue) and _differ(source, given):
        scene.driven[f"{composition.name}/{layer.name}"] = None
    _count(text, [source.value] if len(source.keys) < 2 else [key.value for key in source.keys])
    if len(source.keys) < 2:
        return _shapes(text, source.value)
    written: list[Json] = []
    for index, key in enumerate(source.keys):
        start = key.time if index else None
        stop = source.keys[index + 1].time if index + 1 < len(source.keys) else None
        items = _shapes(text, key.value, start, stop)
        if items:
            written.append(_during(items, start, stop, rate))
    return written


def _differ(shown: Animated, given: Animated) -> bool:
    return shown.value != given.value or shown.keys != given.keys


def _count(text: _Text, specs: Sequence[object]) -> None:
    """Before any of them is laid out: an expression may give another long text in each frame."""
    text.scene.letters += sum(len(spec.text) for spec in specs if isinstance(spec, TextSpec) and spec.text.strip())
    if text.scene.letters > MAX_LETTERS:
        raise TooLarge(
            f"The texts of “{text.composition.name}” have more than {MAX_LETTERS:,} letters together; shorten them."
        )


def _shapes(text: _Text, spec: object, start: float | None = None, stop: float | None = None) -> list[Json]:
    """The shapes of one of the layer's texts, which is seen from `start` to `stop` (seconds; None: all the time)."""
    if not isinstance(spec, TextSpec) or not spec.text.strip():
        return []
    given = all(spec is not own for own in text.designed)  # what is designed so is told by the scan
    spec = restyled(spec, text.animators)
    outlines = layout(spec, text.scene.fonts)
    text.scene.missing.update(dict.fromkeys(outlines.missing))
    place = f"{text.composition.name}/{text.layer.name}"
    if given and outlines.overflow and text.path is None:
        text.scene.overflowing[place] = None
    if given and outlines.missing:
        text.scene.lacking.setdefault(place, {}).update(dict.fromkeys(outlines.missing))
    at_rest = given and text.path is None and not text.animators and place not in text.scene.beyond
    if at_rest and too_wide(text.scene, text.composition, text.layer, text.designed, outlines):
        text.scene.wide[place] = None
    moving = tuple(animator for animator in text.animators if not animator.whole)
    if not moving and text.path is None:
        return lottie_shapes(outlines)
    times = moments(moving, text.composition, text.layer, text.rate, text.path, text.anchoring)
    begin = max(bisect_right(times, start) - 1, 0) if start is not None else 0
    times = times[begin : bisect_left(times, stop) + 1 if stop is not None else None]
    text.scene.moves += len(outlines.glyphs) * len(times)
    if text.scene.moves > MAX_MOVES:
        raise TooLarge(
            f"The {len(outlines.glyphs):,} letters of “{place}” move for {len(times):,} frames, which are too many "
            "moves of letters for one picture; shorten the text, or the time that it is seen."
        )
    return animated_glyphs(outlines, spec, moving, times, text.rate, text.path, text.anchoring)


def _during(items: list[Json], start: float | None, stop: float | None, rate: float) -> Json:
    """A group that is seen from `start` to `stop` (seconds; None: from the beginning, to the end)."""
    steps = [{"t": rounded(start * rate if start is not None else 0), "s": [100], "h": 1}]
    if start is not None and start > 0:
        steps.insert(0, {"t": 0, "s": [0], "h": 1})
    if stop is not None:
        steps.append({"t": rounded(stop * rate), "s": [0], "h": 1})
    opacity: Json = {"a": 1, "k": steps} if len(steps) > 1 else {"a": 0, "k": 100}
    still = {"a": 0, "k": 0}
    transform = {
        "ty": "tr",
        "p": {"a": 0, "k": [0, 0]},
        "a": {"a": 0, "k": [0, 0]},
        "s": {"a": 0, "k": [100, 100]},
        "r": still,
        "o": opacity,
        "sk": still,
        "sa": still,
    }
    return {"ty": "gr", "nm": "Text", "np": len(items) + 1, "it": [*items, transform], "hd": False}
