"""A layer's masks as Lottie writes them, restated so that every player combines them as After Effects does.

After Effects starts from nothing, or from the whole layer where the first mask takes away, and combines downwards; an
inverted mask stands for its complement. ThorVG does otherwise with inverted masks and with a first one that subtracts,
and it combines upwards: the first with what the second makes of the third. Restated here:

    subtract M           = intersect with M's complement
    complement of M      drawn as one outline: around M, out along a seam, and around everything
    a single complement  = add everything, subtract M (which also holds for half transparent masks)

Chains of one operation mean the same in either direction. A chain of three and more that mixes them is written upside
down, for ThorVG's order.
"""

from dataclasses import dataclass, replace

from flatrender.aftereffects.graph import Animated, Key, Layer, Mask, Path, Point
from flatrender.aftereffects.lottie.keyframes import Json
from flatrender.aftereffects.lottie.shapes import Animate

_FAR = 20_000.0
_NONE: Point = (0.0, 0.0)
EVERYTHING: Json = {
    "a": 0,
    "k": {
        "i": [[0, 0]] * 4,
        "o": [[0, 0]] * 4,
        "v": [[-_FAR, -_FAR], [_FAR, -_FAR], [_FAR, _FAR], [-_FAR, _FAR]],
        "c": True,
    },
}


@dataclass(frozen=True)
class _Step:
    """One mask as an operation (a add, i intersect, or another of Lottie's letters) with itself or its complement."""

    mask: Mask
    mode: str
    complement: bool


def write_masks(layer: Layer, put: Animate) -> list[Json]:
    """The masks in use, as a player combines them; `put` writes one property."""
    steps: list[_Step] = []
    for mask in layer.properties.masks:
        if mask.mode == "n":
            continue
        mode, complement = mask.mode, mask.inverted
        if mode == "s":
            mode, complement = "i", not complement
        steps.append(_Step(mask, "a" if not steps and mode == "i" else mode, complement))
    if len(steps) == 1 and steps[0].complement:
        return _cut_from_whole(steps[0], put)
    if len(steps) > 2 and len({step.mode for step in steps[1:]}) > 1:
        modes = ["a", *(step.mode for step in steps[:0:-1])]
        steps = [replace(step, mode=mode) for step, mode in zip(steps[::-1], modes, strict=True)]
    pair = len(steps) == 2
    return [_write(step, put, subtract=pair and index == 1) for index, step in enumerate(steps)]


def _write(step: _Step, put: Animate, *, subtract: bool) -> Json:
    shape = step.mask.group.get("ADBE Mask Shape")
    mode = step.mode
    if step.complement and subtract and mode == "i":
        mode = "s"
    elif step.complement and shape is not None:
        shape = complement(shape)
    opacity = put(step.mask.group.get("ADBE Mask Opacity"), default=100.0)
    return _mask(step.mask, mode, put(shape), opacity, put)


def _cut_from_whole(step: _Step, put: Animate) -> list[Json]:
    opacity = put(step.mask.group.get("ADBE Mask Opacity"), default=100.0)
    full: Json = {"a": 0, "k": 100}
    # An inverted mask that adds shows its complement at its opacity; one that subtracts is cut away by as much.
    whole, cut = (full, opacity) if step.mask.mode == "s" else (opacity, full)
    shape = put(step.mask.group.get("ADBE Mask Shape"))
    return [_mask(step.mask, "a", EVERYTHING, whole, put, bare=True), _mask(step.mask, "s", shape, cut, put)]


def _mask(mask: Mask, mode: str, path: Json, opacity: Json, put: Animate, *, bare: bool = False) -> Json:
    written: Json = {"inv": False, "mode": mode, "pt": path, "o": opacity, "nm": mask.name}
    written["x"] = {"a": 0, "k": 0} if bare else put(mask.group.get("ADBE Mask Offset"), default=0.0)
    feather = put(mask.group.get("ADBE Mask Feather"), default=(0.0, 0.0))
    if not bare and (feather["a"] or any(feather["k"])):
        written["f"] = feather
    return written


def complement(shape: Animated) -> Animated:
    """A mask's path, still or moving, turned inside out."""

    def key(found: Key) -> Key:
        return replace(found, value=_outside(found.value)) if isinstance(found.value, Path) else found

    value = _outside(shape.value) if isinstance(shape.value, Path) else shape.value
    return replace(shape, value=value, keys=tuple(key(found) for found in shape.keys))


def _outside(path: Path) -> Path:
    """Everything but the inside of a closed path, as one outline: around it, out along a seam, around everything."""
    if not path.closed or not path.vertices:
        return path
    corners: tuple[Point, ...] = ((-_FAR, -_FAR), (_FAR, -_FAR), (_FAR, _FAR), (-_FAR, _FAR), (-_FAR, -_FAR))
    if _area(path.vertices) > 0:  # the frame runs the other way round, so that both cancel inside
        corners = corners[::-1]
    bare = (_NONE,) * len(corners)
    return Path(
        (*path.vertices, path.vertices[0], *corners),
        (_NONE, *path.in_tangents[1:], path.in_tangents[0], *bare),
        (*path.out_tangents, _NONE, *bare),
        True,
    )


def _area(points: tuple[Point, ...]) -> float:
    """Twice the signed area; positive for the direction in which the frame's corners run too."""
    pairs = zip(points, points[1:] + points[:1], strict=True)
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)
