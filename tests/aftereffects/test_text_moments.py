"""Moving characters are worked out at few moments; between these they are where every frame would have put them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from py_aep import KeyframeInterpolationType

from flatrender.aftereffects.lottie import text, text_animators
from flatrender.aftereffects.lottie.moments import value_at
from flatrender.aftereffects.lottie.text_moments import Moments
from flatrender.aftereffects.project import Project, open_project
from flatrender.core.errors import TooLarge
from tests.aftereffects.authored import Author, keyed

FRAMES = 60
MOVING = {"tr": "a p s r o sk sa", "fl": "c o", "st": "c o w"}
Change = Callable[[Any, Any], None]


def ranged(animators: Any, *, shape: int = 2, **properties: Any) -> Any:
    """An animator with a range over the whole text; its selector."""
    animator = animators.add_property("ADBE Text Animator")
    for name, value in properties.items():
        added = animator["ADBE Text Animator Properties"].add_property(f"ADBE Text {name.replace('_', ' ')}")
        if isinstance(value, dict):
            keyed(added, *value.items())
        else:
            added.value = value
    selector = animator["ADBE Text Selectors"].add_property("ADBE Text Selector")
    selector["ADBE Text Range Advanced"]["ADBE Text Range Shape"].value = shape
    return selector


def swept(animators: Any, *, shape: int = 2, **properties: Any) -> None:
    """An animator whose range goes over the text within the first second."""
    keyed(ranged(animators, shape=shape, **properties)["ADBE Text Percent Offset"], (0.2, -100.0), (1.0, 100.0))


def risen(animators: Any, layer: Any) -> None:
    swept(animators, Opacity=0.0, Position_3D=[0.0, 40.0, 0.0], Fill_Color=[1.0, 0.0, 0.0, 1.0])


def grown_twice(animators: Any, layer: Any) -> None:
    swept(animators, Scale_3D=[300.0, 300.0, 100.0], Rotation=40.0)
    swept(animators, shape=6, Scale_3D=[20.0, 300.0, 100.0], Opacity=20.0)


def moving_values(animators: Any, layer: Any) -> None:
    swept(animators, shape=5, Rotation={0.5: 0.0, 1.5: 90.0}, Anchor_Point_3D=[10.0, 5.0, 0.0])


def tracked(animators: Any, layer: Any) -> None:
    swept(animators, shape=4, Tracking_Amount=200.0, Skew=20.0)


def below_nothing(animators: Any, layer: Any) -> None:
    """A selector that takes away: opacity counts no amount below 0, all else does."""
    selector = ranged(animators, shape=1, Opacity=0.0, Position_3D=[30.0, 0.0, 0.0])
    keyed(selector["ADBE Text Range Advanced"]["ADBE Text Selector Max Amount"], (0.0, -100.0), (1.5, 100.0))


def aligned(animators: Any, layer: Any) -> None:
    swept(animators, Rotation=90.0)
    alignment = layer["ADBE Text Properties"]["ADBE Text More Options"]["ADBE Text Anchor Point Align"]
    keyed(alignment, (0.0, [0.0, 0.0]), (1.9, [100.0, -100.0]))


def stroked_twice(animators: Any, layer: Any) -> None:
    """A stroke that is there only where one animator counts, as wide as another makes it."""
    swept(animators, Stroke_Color=[1.0, 0.0, 0.0, 1.0])
    ranged(animators, shape=1, Stroke_Width=8.0)


def thinned(animators: Any, layer: Any) -> None:
    """A stroke from which more is taken than it has."""
    document = layer["ADBE Text Properties"]["ADBE Text Document"]
    words = document.value
    words.apply_stroke, words.stroke_color, words.stroke_width = True, [0.0, 0.0, 1.0], 2.0
    document.value = words
    swept(animators, Stroke_Width=-10.0)


def held(animators: Any, layer: Any) -> None:
    offset = ranged(animators, Position_3D=[0.0, 40.0, 0.0])["ADBE Text Percent Offset"]
    keyed(offset, (0.2, -100.0), (0.6, 20.0), (1.0, 100.0))
    for key in offset.keyframes:
        key.in_interpolation_type = key.out_interpolation_type = KeyframeInterpolationType.HOLD


def asked(animators: Any, layer: Any) -> None:
    animator = animators.add_property("ADBE Text Animator")
    animator["ADBE Text Animator Properties"].add_property("ADBE Text Rotation").value = 90.0
    selector = animator["ADBE Text Selectors"].add_property("ADBE Text Expressible Selector")
    selector["ADBE Text Expressible Amount"].expression = "100 * Math.sin(3 * time + textIndex)"


def saved(folder: Path, change: Change, words: str = "some words", seconds: float = 2.0) -> Project:
    author = Author()
    layer = author.text(author.comp("Main", seconds=seconds), "words", words)
    change(layer["ADBE Text Properties"]["ADBE Text Animators"], layer)
    return open_project(author.save(folder / "made.aep"))


def tracks(project: Project) -> list[list[Any]]:
    """Keyframes of what may move in each glyph's group, in the order of the file."""
    [layer] = project.lottie(project.graph.authored[0].id)["layers"]
    items = [item for group in layer["shapes"] for item in group["it"]]
    found = [item[name] for item in items for name in MOVING.get(item["ty"], "").split()]
    return [one["k"] if one["a"] else [{"t": 0, "s": _list(one["k"])}] for one in found]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def at(keys: list[Any], frame: int) -> list[float]:
    return _list(value_at(keys, frame))


@pytest.mark.parametrize(
    "change", [risen, grown_twice, moving_values, tracked, below_nothing, aligned, stroked_twice, thinned, held, asked]
)
def test_few_moments_place_characters_as_every_frame_does(
    change: Change, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = saved(tmp_path, change)
    few = tracks(project)
    monkeypatch.setattr(text_animators, "turns", lambda rows, count: list(range(count)))
    monkeypatch.setattr(Moments, "of", lambda self, numbers: list(range(len(numbers))))
    every = tracks(project)
    assert len(few) == len(every) > 20
    assert any(at(keys, 0) != at(keys, 20) for keys in every)
    for one, other in zip(few, every, strict=True):
        for frame in range(FRAMES):
            assert at(one, frame) == pytest.approx(at(other, frame), abs=0.03), (one, other, frame)


def test_a_character_is_worked_out_while_it_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worked: list[int] = []
    whole = text_animators._glyph_group

    def counted(glyph: Any, states: Any, times: Any, rate: float) -> Any:
        worked.append(len(states))
        return whole(glyph, states, times, rate)

    monkeypatch.setattr(text_animators, "_glyph_group", counted)
    tracks(saved(tmp_path, risen))
    assert len(worked) == 9
    assert max(worked) < 10  # of 60 frames


def test_more_moving_characters_than_can_be_worked_out_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = saved(tmp_path, risen, "many words " * 20)
    tracks(project)
    monkeypatch.setattr(text, "MAX_MOVES", 5_000)
    with pytest.raises(TooLarge, match=r"“Main/words”.* move for .* frames"):
        tracks(project)


def test_letters_that_rest_for_long_are_not_counted(tmp_path: Path) -> None:
    """A paragraph that rises in the first second of a minute: 1,800 frames, of which 60 count."""
    assert len(tracks(saved(tmp_path, risen, "many words " * 40, seconds=60.0))) > 300
