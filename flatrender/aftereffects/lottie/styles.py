"""Layer styles that an effect can stand in for: Drop Shadow and Color Overlay. Others are left out and reported."""

from collections.abc import Callable
from dataclasses import replace

from flatrender.aftereffects.graph import Animated, Ease, Group, Layer
from flatrender.aftereffects.lottie.keyframes import Json

Put = Callable[..., Json]
STOOD_IN = frozenset({"dropShadow/enabled", "solidFill/enabled"})


def write_styles(layer: Layer, put: Put) -> list[Json]:
    """The layer's styles that are switched on, as Lottie's Drop Shadow (25) and Fill (21) effects.

    `put(prop, default, change)` writes a property whose numbers `change` has turned into the effect's units.
    """
    written: list[Json] = []
    for style in layer.properties.styles:
        if style.match_name == "dropShadow/enabled":
            written.append(_shadow(style, put))
        elif style.match_name == "solidFill/enabled":
            written.append(_overlay(style, put))
    return written


def styled(layer: Layer) -> bool:
    """Whether a style casts a shadow."""
    return any(style.match_name == "dropShadow/enabled" for style in layer.properties.styles)


def _shadow(style: Group, put: Put) -> Json:
    """The style's angle is where the light comes from, counter-clockwise from the right; the effect's is where the
    shadow falls, clockwise from above."""
    return _effect(
        25,
        style.name,
        [
            (2, put(style.get("dropShadow/color"), (0.0, 0.0, 0.0, 1.0))),
            (0, put(style.get("dropShadow/opacity"), 75.0, lambda percent: percent * 2.55)),
            (0, put(style.get("dropShadow/localLightingAngle"), 120.0, lambda angle: (-90.0 - angle) % 360.0)),
            (0, put(style.get("dropShadow/distance"), 5.0)),
            (0, put(style.get("dropShadow/blur"), 5.0)),
            (7, {"a": 0, "k": 0}),
        ],
    )


def _overlay(style: Group, put: Put) -> Json:
    none: Json = {"a": 0, "k": 0}
    return _effect(
        21,
        style.name,
        [
            (10, none),
            (7, none),
            (2, put(style.get("solidFill/color"), (1.0, 0.0, 0.0, 1.0))),
            (7, none),
            (0, none),
            (0, none),
            (0, put(style.get("solidFill/opacity"), 100.0, lambda percent: percent / 100)),
        ],
    )


def _effect(kind: int, name: str, controls: list[tuple[int, Json]]) -> Json:
    parts = [{"ty": control, "nm": "", "ix": place, "v": value} for place, (control, value) in enumerate(controls, 1)]
    return {"ty": kind, "nm": name, "np": len(parts) + 2, "ix": 1, "en": 1, "ef": parts}


def changed(prop: Animated, change: Callable[[float], float]) -> Animated:
    """A number property in other units; eases keep their shape as far as the change is straight."""

    def number(value: object) -> object:
        return change(float(value)) if isinstance(value, int | float) else value

    slope = change(1.0) - change(0.0)
    return replace(
        prop,
        value=number(prop.value),
        sample=None,
        keys=tuple(
            replace(
                key,
                value=number(key.value),
                ease_in=tuple(Ease(ease.speed * slope, ease.influence) for ease in key.ease_in),
                ease_out=tuple(Ease(ease.speed * slope, ease.influence) for ease in key.ease_out),
            )
            for key in prop.keys
        ),
    )
