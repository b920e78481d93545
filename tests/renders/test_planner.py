"""Planning: which scenes are rendered, which come from the cache, and what a content hash covers."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from flatrender.renders.planner import (
    MusicUse,
    Plan,
    SceneUse,
    Source,
    content_hash,
    plan,
    say_estimate,
    say_seconds,
    with_cached,
)

SOURCE = Source("0" * 32, "bundles/t/x/template.aep", "native+1", (1920, 1080), (25, 1), "template")


def use(number: int, *, text: str = "", frames: int = 100, fade: int = 0, **image: str) -> SceneUse:
    values: dict[str, dict[str, object]] = {f"{number}/1": {"kind": "text", "text": text or f"Scene {number}"}}
    if image:
        values[f"{number}/2"] = {"kind": "image", "fit": "cover", **image}
    return SceneUse(f"c{number}", f"s{number}", f"Scene {number}", number, frames, fade, values)


SCENES = [use(number, fade=10 if number == 2 else 0) for number in range(1, 7)]


def hashes(scenes: list[SceneUse]) -> list[str]:
    return [content_hash(SOURCE, each) for each in scenes]


def test_every_scene_is_rendered_the_first_time() -> None:
    made = plan(SOURCE, SCENES)
    assert len(made.to_render) == 6
    assert made.frames == 590
    assert [cut.fade for cut in made.cuts] == [0, 10, 0, 0, 0, 0]


def test_nothing_is_rendered_when_all_are_cached() -> None:
    made = plan(SOURCE, SCENES, cached=hashes(SCENES))
    assert made.to_render == ()
    assert made.cached_scenes == 6


def test_one_changed_word_renders_one_scene() -> None:
    edited = [*SCENES[:3], use(4, text="Another word"), *SCENES[4:]]
    made = plan(SOURCE, edited, cached=hashes(SCENES))
    assert [film.name for film in made.to_render] == ["Scene 4"]
    assert say_estimate(plan(SOURCE, edited, cached=hashes(SCENES), seconds_per_frame=0.92)).startswith(
        "1 of 6 scenes to render, about 1:4"
    )


@pytest.mark.parametrize(
    ("own", "film", "seen"),
    [
        (25, 50, [0, 0, 1, 1, 2]),
        (50, 25, [0, 2, 4, 6, 8]),
        (30, 25, [0, 1, 2, 3, 4]),
        (25, 25, [0, 1, 2, 3, 4]),
    ],
)
def test_a_clips_frame_is_found_in_the_scene_film_of_another_rate(own: int, film: int, seen: list[int]) -> None:
    """The frame that stands at that moment, as the composition shows it."""
    scene = replace(SCENES[0], film_frames=9, film_rate=None if own == film else Fraction(own))
    assert [scene.film_frame(frame, Fraction(film)) for frame in range(5)] == seen
    assert replace(scene, film_frames=3, film_rate=Fraction(own)).film_frame(99, Fraction(film)) == 2


def test_moving_scenes_and_changing_fades_or_music_renders_nothing() -> None:
    moved = [SCENES[5], *(replace(scene, fade=5) for scene in SCENES[:5])]
    made = plan(SOURCE, moved, [MusicUse("m", "a" * 64, "media/m")], cached=hashes(SCENES))
    assert made.to_render == ()


def test_two_clips_that_show_the_same_are_one_film() -> None:
    made = plan(SOURCE, [use(1), replace(use(1), clip_id="copy"), use(2)])
    assert len(made.films) == 2
    assert [cut.content_hash for cut in made.cuts] == [made.films[0].content_hash] * 2 + [made.films[1].content_hash]


@pytest.mark.parametrize(
    ("source", "scene"),
    [
        (replace(SOURCE, engine_version="native+2"), use(1)),
        (replace(SOURCE, bundle_md5="1" * 32), use(1)),
        (replace(SOURCE, size=(1080, 1920)), use(1)),
        (SOURCE, use(1, text="other")),
        (SOURCE, use(1, frames=99)),
        (SOURCE, replace(use(1), composition_id=9)),
        (SOURCE, use(1, key="media/a", sha256="a" * 64)),
    ],
)
def test_what_changes_the_hash(source: Source, scene: SceneUse) -> None:
    assert content_hash(source, scene) != content_hash(SOURCE, use(1))


@pytest.mark.parametrize(
    ("source", "scene"),
    [
        (replace(SOURCE, bundle_key="elsewhere"), use(1)),
        (replace(SOURCE, template_id="another"), use(1)),
        (replace(SOURCE, rate=(50, 1)), use(1)),  # the rate is the composition's own; the film's comes at composing
        (SOURCE, replace(use(1), clip_id="x", name="renamed", fade=3, scene="s9")),
    ],
)
def test_what_does_not_change_the_hash(source: Source, scene: SceneUse) -> None:
    assert content_hash(source, scene) == content_hash(SOURCE, use(1))


def test_a_picture_counts_by_its_bytes_not_by_its_place() -> None:
    here, there = use(1, key="media/a", sha256="a" * 64), use(1, key="media/b", sha256="a" * 64)
    assert content_hash(SOURCE, here) == content_hash(SOURCE, there)
    assert content_hash(SOURCE, here) != content_hash(SOURCE, use(1, key="media/a", sha256="b" * 64))


def test_a_picture_without_a_hash_counts_by_its_place() -> None:
    assert content_hash(SOURCE, use(1, path="/a.png")) != content_hash(SOURCE, use(1, path="/b.png"))


def test_plans_survive_json() -> None:
    music = MusicUse("m", "a" * 64, "media/m", 5, 100, 0.5, 10, 20)
    made = plan(SOURCE, SCENES, [music], cached=hashes(SCENES)[:2])
    again = Plan.from_dict(json.loads(json.dumps(made.to_dict())))
    assert again.to_dict() == made.to_dict()
    assert again.music == (music,)
    assert len(with_cached(again, ()).to_render) == 6


@pytest.mark.parametrize(("seconds", "said"), [(0.2, "0:01"), (59.6, "1:00"), (100, "1:40"), (3725, "1:02:05")])
def test_durations_are_said_as_people_do(seconds: float, said: str) -> None:
    assert say_seconds(seconds) == said


def test_estimates() -> None:
    assert say_estimate(plan(SOURCE, SCENES[:1])).startswith("1 of 1 scene to render, about 0:0")
    assert say_estimate(plan(SOURCE, SCENES, cached=hashes(SCENES))).startswith("all 6 scenes are rendered already")
