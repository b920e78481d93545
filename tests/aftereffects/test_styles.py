"""Layer styles as the effects that stand in for them. py_aep cannot switch styles on: the layers are made by hand."""

from flatrender.aftereffects.graph import Animated, Ease, Group, Key, Layer, Properties
from flatrender.aftereffects.lottie.keyframes import Json, animate
from flatrender.aftereffects.lottie.styles import changed, write_styles


def written(*styles: Group) -> list[Json]:
    properties = Properties(styles=styles)
    layer = Layer(1, 1, "", "shape", True, 0, 1, 0, 1, 100, 100, read=lambda: properties)

    def put(prop: Animated | None, default: object, change: object = None) -> Json:
        if change is not None and prop is not None:
            prop = changed(prop, change)  # type: ignore[arg-type]
        return animate(prop, 30, 1, default)

    return write_styles(layer, put)


def number(match_name: str, value: float) -> Animated:
    return Animated(match_name, match_name, "scalar", value)


def test_shadow_falls_away_from_the_light() -> None:
    parts = number("dropShadow/opacity", 40.0), number("dropShadow/localLightingAngle", 90.0)
    (effect,) = written(Group("Drop Shadow", "dropShadow/enabled", True, (*parts, number("dropShadow/distance", 12.0))))
    assert effect["ty"] == 25
    values = [control["v"]["k"] for control in effect["ef"]]
    assert values[1:4] == [102, 180, 12]  # light from above: the shadow falls straight down


def test_overlay_is_a_fill() -> None:
    color = Animated("Color", "solidFill/color", "color", (0.0, 1.0, 0.0, 1.0))
    (effect,) = written(Group("Color Overlay", "solidFill/enabled", True, (color, number("solidFill/opacity", 50.0))))
    assert effect["ty"] == 21
    assert effect["ef"][2]["v"]["k"] == [0, 1, 0, 1]
    assert effect["ef"][6]["v"]["k"] == 0.5


def test_other_styles_are_left_out() -> None:
    assert written(Group("Inner Glow", "innerGlow/enabled", True)) == []


def test_units_change_with_their_eases() -> None:
    keys = Key(0.0, 0.0, ease_out=(Ease(10.0, 30.0),)), Key(1.0, 100.0, ease_in=(Ease(10.0, 30.0),))
    turned = changed(Animated("", "", "scalar", 0.0, keys), lambda percent: percent / 100)
    assert [key.value for key in turned.keys] == [0.0, 1.0]
    assert turned.keys[0].ease_out == (Ease(0.1, 30.0),)
