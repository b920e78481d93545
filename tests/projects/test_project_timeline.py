"""Clips of every kind over HTTP: whose files, which bounds, what the template says to gestures."""

import pytest
from sqlmodel import select

from flatrender.core.db import DEFAULT_TENANT, get_database
from flatrender.media.models import MOVING, Media
from flatrender.projects import upgrades
from flatrender.projects.models import Project
from flatrender.renders import tracks
from flatrender.templates import description, review
from flatrender.templates import service as templates
from tests.media.files import png_bytes, tone
from tests.projects.test_projects import _clips, _commit, _make, _open
from tests.templates.conftest import DESIGNER


@pytest.fixture
def project(me, promo) -> dict:
    return _open(me, _make(me, promo)["id"])


def _track(kind: str, name: str | None = None) -> dict:
    return {"op": "add_track", "track": {"id": name or kind, "kind": kind}}


def test_clips_of_every_kind_are_of_ones_own_files(me, project, tmp_path) -> None:
    key = project["project"]["id"]
    photo = me.post("/api/v1/media", files={"file": ("a.png", png_bytes())}).json()["id"]
    song = me.post("/api/v1/media", files={"file": ("a.wav", tone(tmp_path / "a.wav").read_bytes())}).json()["id"]
    kinds = ("video", "image", "text", "voice", "sfx")
    assert _commit(me, key, 0, *map(_track, kinds)).status_code == 200

    def put(track: str, **clip: object):
        clip = {"id": f"on-{track}", "duration": 10, **clip}
        return _commit(me, key, 1, {"op": "insert_clip", "track": track, "at": 0, "clip": clip})

    for track, media in (("video", photo), ("image", song), ("voice", photo), ("sfx", "0" * 32), ("music", photo)):
        refused = put(track, media=media)
        assert (refused.status_code, refused.json()["field"]) == (422, "media"), track
        assert "not among your files" in refused.json()["detail"]
    for track, media in (("image", photo), ("voice", song), ("sfx", song)):
        assert put(track, media=media).status_code == 200, track
    assert put("text", text="سلام").status_code == 200
    opened = _open(me, key)
    assert {place["track"] for place in opened["layout"]} == {"scenes", "image", "voice", "sfx", "text"}
    assert set(opened["media"]) == {photo, song}
    busy = me.delete(f"/api/v1/media/{song}")
    assert (busy.status_code, busy.json()["code"]) == (409, "media-in-use")


def test_a_picture_that_moves_is_seen_for_as_long_as_its_clip_lasts(me, project) -> None:
    key = project["project"]["id"]
    with get_database().tenant_session(DEFAULT_TENANT) as session:
        user = session.exec(select(Project).where(Project.id == key)).one().user_id
        facts = {"kind": "video", "state": "ready", "duration": 1.0, "frames": 10, "rate_num": 10, "rate_den": 1}
        for name, ending in (("film", "original"), ("gif", MOVING)):
            row = Media(
                tenant_id=DEFAULT_TENANT,
                user_id=user,
                name=name,
                sha256=name.ljust(64, "0"),
                size=1,
                key=f"media/{name}.{ending}",
                content_type="video/webm",
                **facts,
            )
            row.id = name
            session.add(row)
    clips = [{"id": f"c-{name}", "media": name, "duration": 500} for name in ("film", "gif")]
    refused, taken = (
        _commit(me, key, 0, _track("video"), {"op": "insert_clip", "track": "video", "at": 0, "clip": clip})
        for clip in clips
    )
    assert (refused.status_code, refused.json()["field"]) == (422, "duration")
    assert taken.status_code == 200, taken.text
    opened = _open(me, key)
    assert opened["media"]["gif"]["repeats"]
    with get_database().tenant_session(DEFAULT_TENANT) as session:
        [[use]] = tracks.layers(session, upgrades.read(opened["document"])).above
    assert (use.frames, use.loop) == (500, (10, 10, 1))


def test_a_text_of_100000_characters_is_refused_beside_its_field(me, project) -> None:
    key = project["project"]["id"]
    clip = {"id": "x", "text": "Short", "duration": 10}
    put = {"op": "insert_clip", "track": "text", "at": 0, "clip": clip}
    assert _commit(me, key, 0, _track("text"), put).status_code == 200
    for operation in (
        {"op": "set_clip", "clip": "x", "field": "text", "value": "x" * 100_000},
        {**put, "clip": {**clip, "id": "y", "text": "x" * 100_000}},
    ):
        refused = _commit(me, key, 1, operation)
        assert (refused.status_code, refused.json()["field"]) == (422, "text")
        assert "at most 5000 characters, not 100000" in refused.json()["detail"]
    title = {"op": "set_value", "clip": _clips(project["document"])[0]["id"], "key": "title", "value": "x" * 100_000}
    refused = _commit(me, key, 1, title)
    assert (refused.status_code, refused.json()["field"]) == (422, "title")
    assert "12" in refused.json()["detail"], "the template's own limit is said"


def test_a_film_has_bounds(me, project) -> None:
    key = project["project"]["id"]
    added = _commit(me, key, 0, *(_track("sfx", f"lane{n}") for n in range(48)))
    assert added.status_code == 200
    refused = _commit(me, key, 1, _track("sfx", "one-more"))
    assert (refused.status_code, refused.json()["field"]) == (422, "tracks")
    assert "at most 50 tracks" in refused.json()["detail"]
    markers = [{"op": "add_marker", "marker": {"id": f"k{n}", "frame": n}} for n in range(200)]
    for revision in (1, 2):
        renamed = [{**one, "marker": {**one["marker"], "id": f"{revision}-{n}"}} for n, one in enumerate(markers)]
        assert _commit(me, key, revision, *renamed).status_code == 200
    refused = _commit(me, key, 3, *markers)
    assert "at most 500 markers" in refused.json()["detail"]


def test_a_film_is_not_of_any_length(me, project) -> None:
    key = project["project"]["id"]

    def put(duration: int):
        clip = {"id": "words", "text": "For ever", "duration": duration}
        return _commit(me, key, 0, _track("text"), {"op": "insert_clip", "track": "text", "at": 0, "clip": clip})

    refused = put(2**31 - 1)
    assert (refused.status_code, refused.json()["field"]) == (422, "duration")
    assert "at most 3 hours" in refused.json()["detail"]
    assert put(100).status_code == 200


def test_gestures_keep_to_the_template(me, project) -> None:
    key, [opening, closing] = project["project"]["id"], _clips(project["document"])
    shorter = _commit(me, key, 0, {"op": "trim", "clip": opening["id"], "edge": "end", "delta": -6, "ripple": True})
    assert shorter.status_code == 200, "this scene may be 6 frames long"
    for operation in (
        {"op": "trim", "clip": opening["id"], "edge": "end", "delta": -1, "ripple": True},
        {"op": "split", "clip": opening["id"], "at": 3, "id": "half"},
        {"op": "trim", "clip": closing["id"], "edge": "end", "delta": 1, "ripple": True},
    ):
        refused = _commit(me, key, 1, operation)
        assert (refused.status_code, refused.json()["field"]) == (422, "duration"), operation
        assert "lasts" in refused.json()["detail"]
    halved = _commit(me, key, 1, {"op": "split", "clip": closing["id"], "at": 10, "id": "half"})
    assert halved.status_code == 200, "its designer set no shortest length"


def test_a_project_opens_after_its_template_was_changed_and_unpublished(me, project, promo) -> None:
    key, [opening, closing] = project["project"]["id"], _clips(project["document"])
    title = {"op": "set_value", "clip": opening["id"], "key": "title", "value": "Long enough"}
    assert _commit(me, key, 0, title).status_code == 200
    with get_database().tenant_session(DEFAULT_TENANT) as session:
        scenes = description.describe(session, DESIGNER, promo)["scenes"]
        element = next(one for one in scenes[0]["elements"] if one["key"] == "title")
        review.edit_element(session, DESIGNER, promo, element["id"], {"limits": {"max_length": 6}})
        review.edit_scene(session, DESIGNER, promo, scenes[1]["id"], {"enabled": False})
        templates.unpublish(session, DESIGNER, promo)
    opened = _open(me, key)
    problems = {problem["field"]: problem for problem in opened["problems"]}
    assert set(problems) == {"title", "scene", "template"}
    assert (problems["title"]["clip"], problems["title"]["key"]) == (opening["id"], "title")
    assert (problems["title"]["code"], problems["title"]["most"], problems["title"]["given"]) == (
        "text-too-long",
        6,
        11,
    )
    assert "“Closing”; remove it" in problems["scene"]["detail"]
    assert "can be edited and rendered" in problems["template"]["detail"]
    for revision, operation in enumerate(
        (
            {"op": "move_scene", "clip": closing["id"], "index": 0},
            {"op": "set_clip", "clip": opening["id"], "field": "name", "value": "Still here"},
            {"op": "remove_scene", "clip": closing["id"]},
            {**title, "value": "Fits"},
        ),
        start=1,
    ):
        assert _commit(me, key, revision, operation).status_code == 200, operation
    assert [problem["field"] for problem in _open(me, key)["problems"]] == ["template"]
