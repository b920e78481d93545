"""What an animator changes of the characters that its range covers, and of no others."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from py_aep import KeyframeEase, KeyframeInterpolationType

from flatrender.aftereffects.lottie.moments import value_at
from flatrender.aftereffects.project import open_project
from tests.aftereffects.authored import Author, keyed

WORDS = "abcdefgh"


class Line:
    """A line of eight letters with one animator, whose range is its first half."""

    def __init__(self, folder: Path) -> None:
        self._author, self._path = Author(), folder / "made.aep"
        self._comp = self._author.comp("Main")
        self.layer = self._author.text(self._comp, "words", WORDS)
        animators = self.layer["ADBE Text Properties"]["ADBE Text Animators"]
        self.animator = animators.add_property("ADBE Text Animator")
        self.properties = self.animator["ADBE Text Animator Properties"]
        self.position = self.properties.add_property("ADBE Text Position 3D")  # by nothing, for now
        self.position.value = [0.0, 0.0, 0.0]
        self.selector = self.animator["ADBE Text Selectors"].add_property("ADBE Text Selector")
        self.selector["ADBE Text Percent End"].value = 50.0

    def glyphs(self) -> dict[str, dict[str, Any]]:
        """By letter: its transform's still values, and those of its fill and stroke."""
        self._path.unlink(missing_ok=True)
        project = open_project(self._author.save(self._path))
        [written] = project.lottie(self._comp.id)["layers"]
        found = {}
        for group in written["shapes"]:
            *items, transform = group["it"]
            paint = {item["ty"]: item for item in items if item["ty"] in ("fl", "st")}
            found[group["nm"]] = {
                "turned": transform["r"]["k"],
                "scaled": transform["s"]["k"],
                "faint": transform["o"]["k"],
                "skewed": transform["sk"]["k"],
                "at": transform["p"]["k"],
                "around": transform["a"]["k"],
                "fill": _paint(paint["fl"]),
                "filled": paint["fl"]["o"]["k"],
                "line": (_paint(paint["st"]), paint["st"]["w"]["k"]) if "st" in paint else None,
            }
        return found


def _paint(item: dict[str, Any]) -> Any:
    """A still colour's parts without its alpha, a moving one's keyframes."""
    return item["c"]["k"] if item["c"]["a"] else item["c"]["k"][:3]


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


@pytest.mark.parametrize(
    ("prop", "value", "what", "wanted"),
    [
        ("Rotation", 30.0, "turned", 30),
        ("Scale 3D", [50.0, 200.0, 100.0], "scaled", [50, 200]),
        ("Opacity", 25.0, "faint", 25),
        ("Skew", 10.0, "skewed", 10),
        ("Fill Color", [0.0, 1.0, 0.0, 1.0], "fill", [0, 1, 0]),
        ("Fill Opacity", 40.0, "filled", 40),
    ],
)
def test_each_property_changes_what_the_range_covers(line: Line, prop: str, value: Any, what: str, wanted: Any) -> None:
    plain = line.glyphs()["h"][what]
    line.properties.add_property(f"ADBE Text {prop}").value = value
    glyphs = line.glyphs()
    for letter in WORDS[:4]:
        assert glyphs[letter][what] == pytest.approx(wanted), letter
    for letter in WORDS[4:]:
        assert glyphs[letter][what] == plain != wanted, letter


def test_position_and_anchor_move_each_character(line: Line) -> None:
    still = line.glyphs()
    line.position.value = [5.0, -20.0, 0.0]
    moved = line.glyphs()
    offsets = [[b - a for a, b in zip(still[x]["at"], moved[x]["at"], strict=True)] for x in WORDS]
    assert offsets[:4] == [pytest.approx([5, -20], abs=0.01)] * 4
    assert offsets[4:] == [pytest.approx([0, 0], abs=0.01)] * 4
    line.position.value = [0.0, 0.0, 0.0]
    line.properties.add_property("ADBE Text Anchor Point 3D").value = [0.0, -10.0, 0.0]
    around = line.glyphs()
    assert [around[x]["around"][1] - still[x]["around"][1] for x in "ah"] == pytest.approx([-10, 0], abs=0.01)
    assert around["a"]["at"] == pytest.approx(still["a"]["at"], abs=0.01)


def test_tracking_moves_what_follows(line: Line) -> None:
    still = line.glyphs()
    line.properties.add_property("ADBE Text Tracking Amount").value = 100.0
    moved = line.glyphs()
    gaps = [
        (moved[b]["at"][0] - moved[a]["at"][0]) - (still[b]["at"][0] - still[a]["at"][0]) for a, b in pairwise(WORDS)
    ]
    assert gaps[0] > 0.5
    assert gaps == pytest.approx([gaps[0]] * 4 + [0] * 3, abs=0.02)


@pytest.mark.parametrize(
    ("based", "start", "end", "wanted"),
    [
        (1, 0, 40, dict.fromkeys("abc", 0) | dict.fromkeys("defgh", 100)),
        (2, 0, 37.5, dict.fromkeys("abc", 0) | dict.fromkeys("defgh", 100)),
        (2, 0, 50, dict.fromkeys("abcd", 0) | dict.fromkeys("efgh", 100)),
        (3, 0, 25, dict.fromkeys("ab", 0) | dict.fromkeys("cdefgh", 100)),
        (3, 25, 75, dict.fromkeys("abgh", 100) | dict.fromkeys("cdef", 0)),
        (3, 0, 62.5, dict.fromkeys("abcd", 0) | dict.fromkeys("ef", 50) | dict.fromkeys("gh", 100)),
        (4, 0, 50, dict.fromkeys("abcd", 0) | dict.fromkeys("efgh", 100)),
        (4, 0, 75, dict.fromkeys("abcd", 0) | dict.fromkeys("efgh", 50)),
        (4, 50, 100, dict.fromkeys("abcd", 100) | dict.fromkeys("efgh", 0)),
    ],
)
def test_ranges_by_characters_words_and_lines(
    line: Line, based: int, start: float, end: float, wanted: dict[str, int]
) -> None:
    """Two lines of two words of two letters. By characters spaces count, by characters without spaces they do not; a
    word or line that is covered in part has that share (After Effects' “Based On”, “Smoothness” 100)."""
    line.layer["ADBE Text Properties"]["ADBE Text Document"].value.text = "ab cd\ref gh"
    line.properties.add_property("ADBE Text Opacity").value = 0.0
    line.selector["ADBE Text Percent Start"].value = start
    line.selector["ADBE Text Percent End"].value = end
    line.selector["ADBE Text Range Advanced"]["ADBE Text Range Type2"].value = based
    faint = {letter: glyph["faint"] for letter, glyph in line.glyphs().items()}
    assert faint == pytest.approx(wanted)


def test_a_range_of_words_by_their_numbers(line: Line) -> None:
    line.layer["ADBE Text Properties"]["ADBE Text Document"].value.text = "ab cd\ref gh"
    line.properties.add_property("ADBE Text Opacity").value = 0.0
    advanced = line.selector["ADBE Text Range Advanced"]
    advanced["ADBE Text Range Units"].value = 2
    advanced["ADBE Text Range Type2"].value = 3
    for name, value in (("Start", 1.0), ("End", 2.0), ("Offset", 1.0)):
        line.selector[f"ADBE Text Index {name}"].value = value
    chosen = {letter for letter, glyph in line.glyphs().items() if glyph["faint"] == 0}
    assert chosen == set("ef")


def test_a_randomised_order_is_another_one_and_comes_again(line: Line) -> None:
    line.properties.add_property("ADBE Text Opacity").value = 0.0
    advanced = line.selector["ADBE Text Range Advanced"]
    advanced["ADBE Text Randomize Order"].value = 1
    chosen = []
    for seed in (0, 0, 7):
        advanced["ADBE Text Random Seed"].value = seed
        chosen.append({letter for letter, glyph in line.glyphs().items() if glyph["faint"] == 0})
    assert [len(one) for one in chosen] == [4, 4, 4]
    assert chosen[0] == chosen[1] != chosen[2]
    assert chosen[0] != set(WORDS[:4])


def test_a_skew_leans_as_a_shape_that_is_skewed_as_much(line: Line) -> None:
    for prop in ("Skew", "Skew Axis"):
        line.properties.add_property(f"ADBE Text {prop}").value = 30.0
    box = line._author.box(line._comp, "box")
    skewed = box["ADBE Root Vectors Group"][0]["ADBE Vector Transform Group"]
    skewed["ADBE Vector Skew"].value = skewed["ADBE Vector Skew Axis"].value = 30.0
    project = open_project(line._author.save(line._path))
    shape, text = (layer["shapes"] for layer in project.lottie(line._comp.id)["layers"])
    letter = next(group for group in text if group["nm"] == "a")
    for key in ("sk", "sa"):
        assert letter["it"][-1][key]["k"] == shape[0]["it"][-1][key]["k"] == 30


def told_of(line: Line) -> list[tuple[str, str]]:
    """What the report says of selectors, one after the other."""
    line._path.unlink(missing_ok=True)
    report = open_project(line._author.save(line._path)).report()
    return [(one.status, one.note) for one in report.capabilities if one.feature == "text selector"]


def test_a_random_order_is_told(line: Line) -> None:
    assert told_of(line) == []
    line.selector["ADBE Text Range Advanced"]["ADBE Text Randomize Order"].value = 1
    name = f"{line.selector.name} of {line.animator.name}"
    assert told_of(line) == [("approximated", f"{name} goes through the text in a random order of our own")]


@pytest.mark.parametrize("alone", [True, False])
def test_a_wiggly_selector_is_told_by_its_name(line: Line, alone: bool) -> None:
    wiggly = line.animator["ADBE Text Selectors"].add_property("ADBE Text Wiggly Selector")
    line.selector.enabled = not alone
    rest = "the animator holds for the whole text" if alone else "the animator's other selectors hold without it"
    assert told_of(line) == [("ignored", f"{wiggly.name} of {line.animator.name} has no effect, {rest}")]


def test_a_blur_is_told(line: Line, tmp_path: Path) -> None:
    line.properties.add_property("ADBE Text Blur").value = [10.0, 10.0]
    line.properties.add_property("ADBE Text Opacity").value = 50.0
    path = tmp_path / "told.aep"
    report = open_project(line._author.save(path)).report()
    [told] = [one for one in report.capabilities if one.feature == "text animator"]
    assert (told.layer, told.status) == ("words", "ignored")
    assert "Blur" in told.property
    assert told.note == f"Blur of {line.animator.name} is not drawn"


@pytest.mark.parametrize(
    ("grouping", "alignment", "together"),
    [(1, [0.0, 0.0], ["a", "b", "c", "d"]), (2, [0.0, 0.0], ["ab", "cd"]), (3, [0.0, 0.0], ["abcd"]),
     (4, [50.0, 0.0], ["abcd"]), (1, [0.0, -50.0], ["a", "b", "c", "d"])],
)  # fmt: skip
def test_what_turns_about_one_point(line: Line, grouping: int, alignment: list[float], together: list[str]) -> None:
    text = line.layer["ADBE Text Properties"]
    text["ADBE Text Document"].value.text = "ab cd"
    text["ADBE Text Document"].value.font_size = 100.0
    plain = line.glyphs()
    text["ADBE Text More Options"]["ADBE Text Anchor Point Option"].value = grouping
    text["ADBE Text More Options"]["ADBE Text Anchor Point Align"].value = alignment
    glyphs = line.glyphs()
    points: dict[tuple[float, ...], str] = {}
    for letter in "abcd":
        assert glyphs[letter]["at"] == glyphs[letter]["around"], "nothing moves by it alone"
        points[tuple(glyphs[letter]["around"])] = points.get(tuple(glyphs[letter]["around"]), "") + letter
    assert sorted(points.values()) == together
    if alignment[1]:
        assert glyphs["a"]["around"] == pytest.approx([plain["a"]["around"][0], -0.5 * 85.68], abs=0.01)
    if grouping == 4:
        (x, _), half = next(iter(points)), (plain["d"]["around"][0] - plain["a"]["around"][0]) / 2
        assert x > plain["a"]["around"][0] + half + 10, "half way from the middle to the right"


def test_a_stroke_may_come_from_an_animator(line: Line) -> None:
    line.properties.add_property("ADBE Text Stroke Color").value = [1.0, 0.0, 0.0, 1.0]
    width = line.properties.add_property("ADBE Text Stroke Width")
    width.set_value_at_time(0.0, 0.0)
    width.set_value_at_time(1.0, 8.0)
    colour, widths = line.glyphs()["a"]["line"]
    assert (widths[0]["s"], widths[-1]["s"]) == ([0], [8])
    assert colour == [1, 0, 0]
    assert line.glyphs()["h"]["line"] is None


def test_slow_changes_keep_their_curve(line: Line) -> None:
    """Colours bend so little from frame to frame that what is off must be counted over all that was left out."""
    colour = line.properties.add_property("ADBE Text Fill Color")
    for time, value in ((0.0, [0.0, 0.0, 0.0, 1.0]), (2.0, [1.0, 1.0, 1.0, 1.0])):
        colour.set_value_at_time(time, value)
    for key in colour.keyframes:
        key.in_interpolation_type = key.out_interpolation_type = KeyframeInterpolationType.BEZIER
        key.in_temporal_ease = key.out_temporal_ease = [KeyframeEase(0.0, 80.0)]
    keys = line.glyphs()["a"]["fill"]
    for frame in range(0, 60, 3):
        wanted = colour.value_at_time(frame / 30)[0]
        assert value_at(keys, frame)[0] == pytest.approx(wanted, abs=2e-3), frame


def test_a_long_text_that_rests_most_of_its_time_is_drawn(tmp_path: Path) -> None:
    """Typed in the first second, wiped in the last: of the minute between only its ends count."""
    author = Author()
    comp = author.comp("Main", seconds=60.0)
    layer = author.text(comp, "words", "abcdefghi " * 50)
    for start in (0.0, 59.0):
        animator = layer["ADBE Text Properties"]["ADBE Text Animators"].add_property("ADBE Text Animator")
        animator["ADBE Text Animator Properties"].add_property("ADBE Text Opacity").value = 0.0
        selector = animator["ADBE Text Selectors"].add_property("ADBE Text Selector")
        ends = (0.0, 100.0) if start == 0 else (100.0, 0.0)
        keyed(selector["ADBE Text Percent Start"], (start, ends[0]), (start + 1, ends[1]))
    project = open_project(author.save(tmp_path / "made.aep"))
    [written] = project.lottie(comp.id)["layers"]
    seen = [group["it"][-1]["o"] for group in written["shapes"] if group["nm"] == "a"]
    seen_at = [[value_at(opacity["k"], frame) for frame in (0, 900, 1800)] for opacity in seen]
    assert seen_at == [[0, 100, 0]] * 50


def test_a_text_that_is_another_in_each_frame_moves_while_it_is_seen(tmp_path: Path) -> None:
    """Each was worked out for all of the layer's frames, seen or not."""
    author = Author()
    comp = author.comp("Main", seconds=10.0)
    layer = author.text(comp, "words", "x")
    layer.text["ADBE Text Document"].expression = '"number " + (1000 + timeToFrames(time))'
    animator = layer["ADBE Text Properties"]["ADBE Text Animators"].add_property("ADBE Text Animator")
    keyed(animator["ADBE Text Animator Properties"].add_property("ADBE Text Rotation"), (0.0, 0.0), (10.0, 90.0))
    project = open_project(author.save(tmp_path / "made.aep"))
    [written] = project.lottie(comp.id)["layers"]
    assert len(written["shapes"]) > 290
    seen = written["shapes"][100]
    frame = next(key["t"] for key in seen["it"][-1]["o"]["k"] if key["s"] == [100])
    turned = seen["it"][0]["it"][-1]["r"]
    assert value_at(turned["k"], frame) == pytest.approx(90 * frame / 300, abs=0.05)
    assert len(turned["k"]) <= 3
