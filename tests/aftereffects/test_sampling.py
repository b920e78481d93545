"""Values between keyframes: as py_aep works them out, also where the short way is taken."""

from pathlib import Path

import pytest

from flatrender.aftereffects import reading_properties
from flatrender.aftereffects.graph import Animated
from flatrender.aftereffects.project import open_project
from tests.aftereffects.authored import Author, keyed


@pytest.fixture
def opacity(tmp_path: Path) -> Animated:
    """Rises, rests at 80, falls."""
    author = Author()
    box = author.box(author.comp("Main"), "box")
    keyed(box["ADBE Transform Group"]["ADBE Opacity"], (0.5, 0.0), (1.0, 80.0), (1.5, 80.0), (2.0, 20.0))
    project = open_project(author.save(tmp_path / "made.aep"))
    layer = next(iter(project.graph.compositions.values())).layers[0]
    found = layer.properties.transform.get("ADBE Opacity")
    assert found is not None
    return found


def test_numbers_before_after_and_between_equal_keyframes(opacity: Animated) -> None:
    assert [opacity.at(time) for time in (-1.0, 0.5, 1.0, 1.3, 1.5, 2.0, 9.0)] == [0, 0, 80, 80, 80, 20, 20]
    assert opacity.at(0.75) == pytest.approx(40)
    assert opacity.at(1.75) == pytest.approx(50)


def test_what_rests_is_asked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opacity: Animated) -> None:
    asked: list[object] = []
    plain = reading_properties._value
    monkeypatch.setattr(reading_properties, "_value", lambda kind, value: (asked.append(value), plain(kind, value))[1])
    for frame in range(90):
        opacity.at(frame / 30)
    moving = 2 * 14  # frames inside the two moving spans
    assert len(asked) <= moving + 4
