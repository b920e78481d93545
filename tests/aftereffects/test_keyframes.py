"""Properties as Lottie keyframes."""

import math

import pytest

from flatrender.aftereffects.graph import Animated, Ease, Gradient, Key, Path
from flatrender.aftereffects.lottie.gradients import gradient_stops
from flatrender.aftereffects.lottie.keyframes import animate, path_length, plain, rounded
from flatrender.aftereffects.lottie.vertices import subdivided

OUT, IN = (0.167, 0.167), (0.833, 0.833)
EASY = Ease(0.0, 100 / 3)


def scalar(*keys: Key) -> Animated:
    return Animated("Rotation", "ADBE Rotate Z", "scalar", keys[0].value, keys)


def test_numbers_are_short_and_valid() -> None:
    assert [rounded(value) for value in (1.0, -0.0, 0.12349, math.nan, math.inf)] == [1, 0, 0.123, 0, 0]
    assert isinstance(rounded(3.0), int)


def test_static_values() -> None:
    assert animate(Animated("", "", "scalar", 45.0), 30) == {"a": 0, "k": 45}
    assert animate(Animated("", "", "color", (1.0, 0.5, 0.0, 1.0)), 30) == {"a": 0, "k": [1, 0.5, 0, 1]}
    assert animate(None, 30, default=(100.0, 100.0)) == {"a": 0, "k": [100, 100]}


def test_linear_segment() -> None:
    written = animate(scalar(Key(0.0, 0.0), Key(1.0, 90.0)), 30)
    assert written["a"] == 1
    assert written["k"][0] == {
        "t": 0, "s": [0], "i": {"x": [IN[0]], "y": [IN[1]]}, "o": {"x": [OUT[0]], "y": [OUT[1]]},
    }  # fmt: skip
    assert written["k"][1] == {"t": 30, "s": [90]}


def test_easy_ease_is_flat_at_both_ends() -> None:
    keys = Key(0.0, 0.0, "bezier", "bezier", (EASY,), (EASY,)), Key(2.0, 10.0, "bezier", "bezier", (EASY,), (EASY,))
    first = animate(scalar(*keys), 25)["k"][0]
    assert first["o"] == {"x": [0.333], "y": [0]}
    assert first["i"] == {"x": [0.667], "y": [1]}


def test_speed_becomes_slope() -> None:
    """20 units a second over a segment of 10 units in 1 s: twice the average speed, so y is twice x."""
    fast = Ease(20.0, 50.0)
    keys = Key(0.0, 0.0, "bezier", "bezier", (fast,), (fast,)), Key(1.0, 10.0, "bezier", "bezier", (fast,), (fast,))
    first = animate(scalar(*keys), 30)["k"][0]
    assert first["o"] == {"x": [0.5], "y": [1]}
    assert first["i"] == {"x": [0.5], "y": [0]}


def test_hold() -> None:
    keys = Key(0.0, 0.0, "linear", "hold"), Key(1.0, 5.0, "hold", "hold")
    written = animate(scalar(*keys), 30)["k"]
    assert [frame.get("h") for frame in written] == [1, 1]
    assert "i" not in written[0]


def test_stretched_layers_ease_in_their_own_time() -> None:
    fast = Ease(10.0, 50.0)
    keys = Key(0.0, 0.0, "bezier", "bezier", (fast,), (fast,)), Key(2.0, 10.0, "bezier", "bezier", (fast,), (fast,))
    assert animate(scalar(*keys), 30, stretch=2.0)["k"][0]["o"] == {"x": [0.5], "y": [0.5]}


def test_motion_paths_ease_along_their_length() -> None:
    keys = (
        Key(0.0, (0.0, 0.0, 0.0), "bezier", "bezier", (EASY,), (Ease(100.0, 50.0),), (), (0.0, -50.0, 0.0)),
        Key(1.0, (100.0, 0.0, 0.0), "bezier", "bezier", (EASY,), (EASY,), (0.0, -50.0, 0.0), ()),
    )
    first = animate(Animated("Position", "ADBE Position", "spatial", keys[0].value, keys), 30)["k"][0]
    assert first["to"] == [0, -50, 0]
    assert first["ti"] == [0, -50, 0]
    length = path_length([0, 0, 0], [100, 0, 0], (0, -50, 0), (0, -50, 0))
    assert length > 120
    assert first["o"]["y"] == pytest.approx(100 / length * first["o"]["x"], abs=2e-3)


def test_straight_paths_are_measured_exactly() -> None:
    assert path_length([0, 0], [3, 4], (), ()) == 5


def test_gradient_midpoints_and_opacity() -> None:
    gradient = Gradient(((0.0, 0.25, 1.0, 0.0, 0.0), (1.0, 0.5, 0.0, 0.0, 1.0)), ((0.0, 0.5, 1.0), (1.0, 0.5, 0.0)))
    assert gradient_stops(gradient) == [0, 1, 0, 0, 0.25, 0.5, 0, 0.5, 1, 0, 0, 1, 0, 1, 0.5, 0.5, 1, 0]


def test_opaque_gradients_have_no_opacity_stops() -> None:
    gradient = Gradient(((0.0, 0.5, 1.0, 0.0, 0.0), (1.0, 0.5, 0.0, 0.0, 1.0)), ((0.0, 0.5, 1.0),))
    assert len(gradient_stops(gradient)) == 12


def triangle(*vertices: tuple[float, float]) -> Path:
    none = ((0.0, 0.0),) * len(vertices)
    return Path(vertices, none, none, True)


def test_paths_get_as_many_vertices_as_the_longest_keyframe() -> None:
    keys = Key(0.0, triangle((0, 0), (10, 0), (10, 10))), Key(1.0, triangle((0, 0), (10, 0), (10, 10), (0, 10), (0, 5)))
    written = animate(Animated("", "", "path", keys[0].value, keys), 30)["k"]
    assert [len(frame["s"][0]["v"]) for frame in written] == [5, 5]
    assert written[0]["s"][0]["v"] == [[0, 0], [5, 0], [10, 0], [10, 5], [10, 10]]


def test_subdividing_a_curve_keeps_it() -> None:
    curve = Path(((0.0, 0.0), (100.0, 0.0)), ((0.0, 0.0), (0.0, 60.0)), ((0.0, 60.0), (0.0, 0.0)), False)
    finer = subdivided(curve, 5)
    assert len(finer.vertices) == 5
    assert finer.vertices[2] == pytest.approx((50.0, 45.0))
    assert finer.out_tangents[0] == pytest.approx((0.0, 15.0))


def test_reversing_a_closed_path_keeps_its_start() -> None:
    path = Path(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)), ((9.0, 0.0),) * 3, ((0.0, 9.0),) * 3, True)
    turned = path.reversed()
    assert turned.vertices == ((0.0, 0.0), (1.0, 1.0), (1.0, 0.0))
    assert turned.in_tangents == path.out_tangents
    assert plain(turned)["c"] is True


def scales(*eases: tuple[Ease, Ease, Ease]) -> Animated:
    keys = (
        Key(0.0, (0.0, 0.0, 100.0), "bezier", "bezier", eases[0], eases[0]),
        Key(1.0, (100.0, 50.0, 100.0), "bezier", "bezier", eases[1], eases[1]),
    )
    return Animated("Scale", "ADBE Scale", "vector", keys[0].value, keys)


def test_components_that_move_alike_share_an_ease() -> None:
    still = Ease(0.0, 16.0)
    first = animate(scales((EASY, EASY, still), (EASY, EASY, still)), 30)["k"][0]
    assert first["o"] == {"x": [0.333] * 3, "y": [0] * 3}


def test_components_that_ease_apart_are_written_frame_by_frame() -> None:
    """ThorVG eases every component as the first; x is slow at both ends here, y even."""
    even = Ease(50.0, 50.0)
    written = animate(scales((EASY, even, EASY), (EASY, even, EASY)), 10)["k"]
    assert [frame["t"] for frame in written] == list(range(11))
    assert [round(frame["s"][1]) for frame in written] == list(range(0, 55, 5))
    assert written[2]["s"][0] < 12
    assert written[5]["s"][0] == pytest.approx(50, abs=0.1)


def test_keyframes_of_a_reversed_layer_run_backwards() -> None:
    quick, slow = Ease(30.0, 40.0), Ease(5.0, 20.0)
    forwards = scalar(Key(1.0, 0.0, "bezier", "bezier", (), (quick,)), Key(2.0, 10.0, "bezier", "bezier", (slow,), ()))
    backwards = scalar(
        Key(-1.0, 0.0, "bezier", "bezier", (), (quick,)), Key(-2.0, 10.0, "bezier", "bezier", (slow,), ())
    )
    (first, _), (second, last) = animate(forwards, 30)["k"], animate(backwards, 30, -1.0)["k"]
    assert (second["t"], second["s"], last["t"], last["s"]) == (-60, [10], -30, [0])

    def mirrored(control: dict[str, list[float]]) -> list[float]:
        return [1 - control["x"][0], 1 - control["y"][0]]

    assert [*mirrored(second["o"]), *mirrored(second["i"])] == pytest.approx(
        [first["i"]["x"][0], first["i"]["y"][0], first["o"]["x"][0], first["o"]["y"][0]]
    )


def test_a_reversed_hold_shows_what_was_held() -> None:
    held = scalar(Key(-1.0, 3.0, "hold", "hold"), Key(-2.0, 7.0, "linear", "linear"), Key(-3.0, 9.0))
    written = animate(held, 10, -1.0)["k"]
    assert [(key["t"], key["s"], key.get("h")) for key in written] == [(-30, [9], None), (-20, [3], 1), (-10, [3], 1)]
