"""Planning: which scenes are rendered, which come from the cache, and what a content hash covers."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from flatrender.core.errors import Conflict, InvalidInput
from flatrender.core.timing import Rate
from flatrender.film.spec import Fit, Joint, Place
from flatrender.projects import timeline
from flatrender.projects.timeline import Track
from flatrender.renders import tracks
from flatrender.renders.layers import Layers, PictureUse, SoundTrack, SoundUse
from flatrender.renders.planner import (
    Plan,
    SceneUse,
    Source,
    content_hash,
    hashes,
    plan,
    say_estimate,
    say_seconds,
)
from flatrender.renders.wishes import ExportWish, Wish, versions, wish

SOURCE = Source("0" * 32, "bundles/t/x/template.aep", "native+1", (1920, 1080), (25, 1), "template")


def use(number: int, *, text: str = "", frames: int = 100, start: int = 0, fade: int = 0, **image: str) -> SceneUse:
    values: dict[str, dict[str, object]] = {f"{number}/1": {"kind": "text", "text": text or f"Scene {number}"}}
    if image:
        values[f"{number}/2"] = {"kind": "image", "fit": "cover", **image}
    joint = Joint("crossfade", fade) if fade else None
    return SceneUse(f"c{number}", f"s{number}", f"Scene {number}", number, frames, start, values, joint=joint)


STARTS = (0, 90, 190, 290, 390, 490)
SCENES = [use(number, start=STARTS[number - 1], fade=10 if number == 2 else 0) for number in range(1, 7)]


def keys(scenes: list[SceneUse]) -> list[str]:
    return [content_hash(SOURCE, each) for each in scenes]


LAYERS = Layers(
    above=(
        (
            PictureUse(
                "video", 10, 50, "media/v", 5, Fit("contain", (0.1, 0.9)), Place(0.5, rotation=30), 0.5, 3, 4, 0.2
            ),
            PictureUse("video", 60, 9, "media/g", loop=(7, 25, 2)),
            PictureUse("text", 69, 20, joint=Joint("dip", 5), text="سلام", style={"font": "Inter", "size": 40.0}),
        ),
    ),
    sounds=(
        SoundTrack(
            (SoundUse("media/m", 0, 590, 5, 0.5, 10, 20, 0.1, 0.3, ((0, 1.0), (9, 0.5)), True),), 0.8, solo=True
        ),
    ),
)


def test_a_track_that_is_heard_alone_silences_the_others_also_while_it_is_empty() -> None:
    empty = Track("v", "voice", solo=True)
    document = timeline.new_document(Rate(30), (16, 16)).with_track(empty)
    made = tracks.layers(None, document)  # type: ignore[arg-type]  # no file is looked up
    assert made.sounds == (SoundTrack((), 1.0, False, True),)


def test_hidden_scenes_are_heard_alone() -> None:
    made = plan(SOURCE, SCENES, hidden=True)
    assert (made.films, len(made.unseen), made.length) == ((), 6, 590)
    assert Plan.from_dict(made.to_dict()) == made


def test_every_scene_is_rendered_the_first_time() -> None:
    made = plan(SOURCE, SCENES)
    assert len(made.to_render) == 6
    assert made.frames == 590
    assert [cut.joint for cut in made.cuts] == [None, Joint("crossfade", 10), None, None, None, None]
    assert [(each.version.size, each.version.exports) for each in made.compositions] == [
        ((1920, 1080), (("mp4", (1920, 1080)),))
    ]


def test_nothing_is_rendered_when_all_are_cached() -> None:
    made = plan(SOURCE, SCENES, cached=keys(SCENES))
    assert made.to_render == ()
    assert made.cached_scenes == 6


def test_one_changed_word_renders_one_scene() -> None:
    edited = [*SCENES[:3], use(4, text="Another word"), *SCENES[4:]]
    made = plan(SOURCE, edited, cached=keys(SCENES))
    assert [film.name for film in made.to_render] == ["Scene 4"]
    assert say_estimate(plan(SOURCE, edited, cached=keys(SCENES), seconds_per_frame=0.92)).startswith(
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


def test_moving_scenes_and_changing_transitions_or_other_tracks_renders_nothing() -> None:
    moved = [SCENES[5], *(replace(scene, start=scene.start + 95, joint=Joint("dip", 5)) for scene in SCENES[:5])]
    made = plan(SOURCE, moved, LAYERS, cached=keys(SCENES))
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
        (SOURCE, replace(use(1), clip_id="x", name="renamed", start=3, scene="s9")),
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
    wanted = wish([ExportWish("mp4"), ExportWish("prores", "720", "9:16"), ExportWish("mp3")], (20, 300))
    made = plan(SOURCE, SCENES, LAYERS, wanted, cached=keys(SCENES)[:2], loudness=-14.0)
    again = Plan.from_dict(json.loads(json.dumps(made.to_dict())))
    assert again.to_dict() == made.to_dict()
    assert again.compositions == made.compositions
    assert (again.layers, again.frames, again.loudness) == (LAYERS, 280, -14.0)
    assert len(again.films) == 2 * 4, "four scenes of the range, in two shapes"


@pytest.mark.parametrize(("seconds", "said"), [(0.2, "0:01"), (59.6, "1:00"), (100, "1:40"), (3725, "1:02:05")])
def test_durations_are_said_as_people_do(seconds: float, said: str) -> None:
    assert say_seconds(seconds) == said


def test_estimates() -> None:
    assert say_estimate(plan(SOURCE, SCENES[:1])).startswith("1 of 1 scene to render, about 0:0")
    assert say_estimate(plan(SOURCE, SCENES, cached=keys(SCENES))).startswith("all 6 scenes are rendered already")


def test_one_composition_serves_all_files_of_a_shape_and_scenes_are_rendered_once_for_it() -> None:
    wanted = wish([ExportWish("mp4"), ExportWish("webm", "720"), ExportWish("gif", "draft"), ExportWish("wav")])
    made = plan(SOURCE, SCENES, wanted=wanted)
    [composition] = made.compositions
    assert composition.version.size == (1920, 1080)
    assert [name for name, _ in composition.version.exports] == ["mp4", "webm", "gif", "wav"]
    assert len(made.films) == 6


def test_transparency_and_another_aspect_are_compositions_with_scenes_of_their_own() -> None:
    wanted = wish([ExportWish("mp4"), ExportWish("prores"), ExportWish("mp4", "1080", "9:16")])
    made = plan(SOURCE, SCENES, wanted=wanted)
    shapes = [(each.version.size, each.version.alpha) for each in made.compositions]
    assert shapes == [((1920, 1080), False), ((1920, 1080), True), ((1080, 1920), False)]
    assert len(made.films) == 18
    assert {(film.size, film.alpha) for film in made.films} == set(shapes)
    assert content_hash(replace(SOURCE, alpha=True), use(1)) != content_hash(SOURCE, use(1))


def test_a_draft_is_rendered_small_unless_the_scenes_are_there_in_full() -> None:
    wanted = wish([ExportWish("mp4")], draft=True)
    made = plan(SOURCE, SCENES, wanted=wanted)
    assert {film.size for film in made.films} == {(960, 540)}
    assert made.seconds < plan(SOURCE, SCENES).seconds / 2
    have = keys(SCENES)
    assert set(have) <= hashes(SOURCE, SCENES, wanted)
    ready = plan(SOURCE, SCENES, wanted=wanted, cached=have)
    assert ready.to_render == ()
    assert (ready.compositions[0].version.size, ready.compositions[0].version.exports) == (
        (1920, 1080),
        (("mp4", (960, 540)),),
    )


def test_a_range_renders_the_scenes_that_it_shows_and_a_sound_none() -> None:
    made = plan(SOURCE, SCENES, wanted=wish([ExportWish()], (95, 200)))
    assert [film.name for film in made.films] == ["Scene 1", "Scene 2", "Scene 3"]
    assert plan(SOURCE, SCENES, wanted=wish([ExportWish("mp3")])).films == ()


@pytest.mark.parametrize(
    ("exports", "span", "field"),
    [
        ([], None, "exports"),
        ([ExportWish()] * 13, None, "exports"),
        ([ExportWish("avi")], None, "format"),
        ([ExportWish(size="8k")], None, "size"),
        ([ExportWish(aspect="2:1")], None, "aspect"),
        ([ExportWish()], (5, 5), "range"),
    ],
)
def test_a_wish_that_cannot_be_names_its_field(exports: list[ExportWish], span: object, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        wish(exports, span)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_jobs_of_before_wish_for_a_film_and_their_plans_are_not_read() -> None:
    assert Wish.from_dict({"format": "mp4", "revision": 3}) == Wish()
    assert Wish.from_dict(wish([ExportWish("gif", "720")], (1, 9)).to_dict()).range == (1, 9)
    assert len(versions(Wish(), (640, 360))) == 1
    with pytest.raises(Conflict, match="older version"):
        Plan.from_dict({"version": 1})
