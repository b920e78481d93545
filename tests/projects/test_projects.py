"""Projects over HTTP: made, listed, edited; what a template does not allow; what happens when two edit at once."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from flatrender.access.models import Role
from flatrender.core.db import DEFAULT_TENANT
from flatrender.core.ids import new_id
from flatrender.projects import service, summaries, upgrades, versions
from flatrender.projects.models import Project, ProjectEdit
from flatrender.ui.catalogues import catalogue
from tests.installation import OTHER_TENANT
from tests.media.files import png_bytes, tone
from workers import housekeeping


def _make(client, template_id: str, **more) -> dict:
    answer = client.post("/api/v1/projects", json={"template_id": template_id, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def _open(client, project_id: str) -> dict:
    answer = client.get(f"/api/v1/projects/{project_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def _commit(client, project_id: str, base: int, *ops: dict, op_id: str = ""):
    body = {"op_id": op_id or new_id(), "base_revision": base, "ops": list(ops)}
    return client.post(f"/api/v1/projects/{project_id}/ops", json=body)


def _clips(document: dict) -> list[dict]:
    return [item for item in document["tracks"][0]["items"] if item["type"] == "clip"]


@pytest.fixture
def project(me, promo) -> dict:
    return _open(me, _make(me, promo)["id"])


def test_a_project_begins_with_all_scenes_in_order(project) -> None:
    document = project["document"]
    assert (document["version"], document["rate"], document["size"]) == (2, [25, 1], [320, 180])
    assert [clip["scene"] for clip in _clips(document)] == ["Opening", "Closing"]
    assert [clip["duration"] for clip in _clips(document)] == [12, 12]
    assert project["duration"] == 24
    assert project["problems"] == []
    assert project["project"]["name"] == "Promo"
    assert [scene["key"] for scene in project["definition"]["scenes"]] == ["Opening", "Closing"]


def test_a_project_of_chosen_scenes(me, promo) -> None:
    made = _make(me, promo, name="  My   film ", scenes=["Closing", "Opening", "Closing"])
    assert (made["name"], made["scenes"]) == ("My film", 3)
    refused = me.post("/api/v1/projects", json={"template_id": promo, "scenes": ["Middle"]})
    assert (refused.status_code, refused.json()["field"]) == (422, "scenes")
    assert me.post("/api/v1/projects", json={"template_id": promo, "scenes": []}).status_code == 422
    assert me.post("/api/v1/projects", json={"template_id": "0" * 32}).status_code == 404
    answer = me.post("/api/v1/projects", json={"template_id": promo, "scenes": ["Opening"] * 10_000})
    assert (answer.status_code, answer.json()["field"]) == (422, "scenes")
    assert "at most 200" in answer.json()["detail"]


def test_projects_are_listed_searched_copied_put_away_and_deleted(me, promo) -> None:
    first, second = _make(me, promo, name="Summer sale"), _make(me, promo, name="Winter sale")
    names = lambda query="": [item["name"] for item in me.get(f"/api/v1/projects?{query}").json()["items"]]  # noqa: E731
    assert names() == ["Winter sale", "Summer sale"]
    assert names("sort=name") == ["Summer sale", "Winter sale"]
    assert names("q=summer") == ["Summer sale"]
    assert names("q=100%25") == []
    copy = me.post(f"/api/v1/projects/{first['id']}/duplicate", json={}).json()
    assert copy["name"] == "Summer sale, copy"
    assert me.patch(f"/api/v1/projects/{second['id']}", json={"state": "archived"}).json()["state"] == "archived"
    assert names("sort=name") == ["Summer sale", "Summer sale, copy"]
    assert names("state=archived") == ["Winter sale"]
    assert names("state=all&q=winter") == ["Winter sale"]
    assert me.get("/api/v1/projects?q=sale").json()["counts"] == {"active": 2, "archived": 1}
    assert names(f"template_id={promo}&limit=1&offset=1&sort=name") == ["Summer sale, copy"]
    assert me.get("/api/v1/projects?sort=size").status_code == 422
    assert me.get("/api/v1/projects?state=lost").status_code == 422
    assert me.patch(f"/api/v1/projects/{first['id']}", json={"name": "\u202eSpring"}).json()["name"] == "Spring"
    assert me.patch(f"/api/v1/projects/{first['id']}", json={}).status_code == 422
    assert me.delete(f"/api/v1/projects/{copy['id']}").status_code == 204
    assert me.get(f"/api/v1/projects/{copy['id']}").status_code == 404
    assert me.get("/api/v1/projects?state=all").json()["total"] == 2


def test_a_list_reads_each_document_once(me, project, installation, monkeypatch) -> None:
    """And anew when it has another revision; what was rolled back is not remembered."""
    read: list[int] = []
    real = upgrades.read
    monkeypatch.setattr(summaries.upgrades, "read", lambda document: (read.append(1), real(document))[1])
    one = project["project"]

    def listed() -> dict:
        return me.get("/api/v1/projects").json()["items"][0]

    assert (listed()["scenes"], len(read)) == (2, 1)
    assert (listed()["scenes"], len(read)) == (2, 1)
    with pytest.raises(ZeroDivisionError), installation.tenant_session(DEFAULT_TENANT) as session:
        row = session.get(Project, one["id"])
        clips = {**row.document, "tracks": [{**track, "items": []} for track in row.document["tracks"]]}
        row.document, row.revision = clips, row.revision + 1
        session.flush()
        assert summaries.of_rows(session, [row])[row.id].shown == ()
        raise ZeroDivisionError
    clip = _clips(project["document"])[0]["id"]
    removed = _commit(me, one["id"], one["revision"], {"op": "remove_scene", "clip": clip})
    assert removed.status_code == 200, removed.text
    assert listed()["scenes"] == 1


def test_a_project_has_the_templates_picture_until_its_first_scene_is_changed(me, project) -> None:
    cover = lambda: me.get("/api/v1/projects").json()["items"][0]["cover"]  # noqa: E731
    assert cover() is None, "nothing of this template is drawn"
    key, clip = project["project"]["id"], _clips(project["document"])[0]["id"]
    _commit(me, key, 0, {"op": "set_value", "clip": clip, "key": "title", "value": "Mine"})
    assert cover() == f"/api/v1/projects/{key}/cover?revision=1"
    assert me.get(cover()).json()["detail"] == "This project has no picture yet."
    assert me.get("/api/v1/projects/nobody/cover").status_code == 404


def test_every_commit_is_the_save(me, project) -> None:
    key, [opening, closing] = project["project"]["id"], _clips(project["document"])
    answer = _commit(
        me,
        key,
        0,
        {"op": "set_value", "clip": opening["id"], "key": "title", "value": "سلام"},
        {"op": "move_scene", "clip": closing["id"], "index": 0},
        {"op": "set_transition", "after": closing["id"], "transition": {"id": "t", "kind": "crossfade", "duration": 4}},
    )
    assert answer.status_code == 200, answer.text
    saved = answer.json()
    assert (saved["revision"], saved["notices"], saved["others"], saved["duration"]) == (1, [], [], 20)
    opened = _open(me, key)
    assert [(place["start"], place["end"]) for place in opened["layout"]] == [(0, 12), (8, 20)]
    document = opened["document"]
    assert [clip["scene"] for clip in _clips(document)] == ["Closing", "Opening"]
    assert _clips(document)[1]["values"] == {"title": "سلام"}
    undone = _commit(me, key, 1, *saved["inverse"])
    assert undone.status_code == 200, undone.text
    assert _open(me, key)["document"] == project["document"]


def test_a_commit_sent_twice_is_made_once(me, project) -> None:
    key, clip = project["project"]["id"], _clips(project["document"])[0]["id"]
    copy = {"op": "duplicate_scene", "clip": clip, "id": "twin"}
    first = _commit(me, key, 0, copy, op_id="same")
    assert _commit(me, key, 0, copy, op_id="same").json() == first.json()
    assert len(_clips(_open(me, key)["document"])) == 3


def test_different_fields_merge_and_the_last_writer_of_one_is_told(me, project) -> None:
    key, clip = project["project"]["id"], _clips(project["document"])[0]["id"]
    title = {"op": "set_value", "clip": clip, "key": "title", "value": "One"}
    assert _commit(me, key, 0, title).json()["revision"] == 1
    other = _commit(me, key, 0, {"op": "set_value", "clip": clip, "key": "subtitle", "value": "Below"}).json()
    assert (other["revision"], other["notices"], other["others"]) == (2, [], [title])
    again = _commit(me, key, 0, {**title, "value": "Two"}).json()
    assert [notice["field"] for notice in again["notices"]] == [f"clip/{clip}/values/title"]
    assert "changed elsewhere" in again["notices"][0]["detail"]
    values = _clips(_open(me, key)["document"])[0]["values"]
    assert values == {"title": "Two", "subtitle": "Below"}
    since = me.get(f"/api/v1/projects/{key}/edits?after=1").json()
    assert (since["revision"], [edit["revision"] for edit in since["edits"]]) == (3, [2, 3])


def test_a_lost_answer_is_given_again_with_what_others_did(me, project) -> None:
    key, clip = project["project"]["id"], _clips(project["document"])[0]["id"]
    theirs = {"op": "set_value", "clip": clip, "key": "subtitle", "value": "Theirs"}
    mine = {"op": "set_value", "clip": clip, "key": "title", "value": "Mine"}
    _commit(me, key, 0, theirs)
    first = _commit(me, key, 0, mine, op_id="lost").json()
    assert (first["revision"], first["others"]) == (2, [theirs])
    assert _commit(me, key, 0, mine, op_id="lost").json() == first, "the page still knows nothing of theirs"
    assert _commit(me, key, 2, mine, op_id="lost").json()["others"] == [], "and now it does"


def test_an_answer_holds_no_document(me, project) -> None:
    key, clip = project["project"]["id"], _clips(project["document"])[0]["id"]
    _commit(me, key, 0, *({"op": "duplicate_scene", "clip": clip, "id": f"copy{n}"} for n in range(100)))
    answer = _commit(me, key, 1, {"op": "set_value", "clip": clip, "key": "title", "value": "x"})
    assert len(answer.content) <= 1024
    gone = _commit(me, key, 2, {"op": "set_value", "clip": "nobody", "key": "title", "value": "x"})
    assert (gone.status_code, len(gone.content) <= 1024) == (409, True)


def test_an_edit_of_a_removed_scene_is_refused(me, project) -> None:
    key, clip = project["project"]["id"], _clips(project["document"])[0]["id"]
    assert _commit(me, key, 0, {"op": "remove_scene", "clip": clip}).status_code == 200
    refused = _commit(me, key, 0, {"op": "set_value", "clip": clip, "key": "title", "value": "x"})
    assert refused.status_code == 409
    problem = refused.json()
    assert (problem["code"], problem["revision"], problem["clip"]) == ("clip-gone", 1, clip)
    assert _commit(me, key, 9, {"op": "set_music", "clip": None}).json()["code"] == "unknown-revision"


def test_a_commit_is_made_whole_or_not_at_all(me, project) -> None:
    key, clip = project["project"]["id"], _clips(project["document"])[0]["id"]
    refused = _commit(
        me,
        key,
        0,
        {"op": "set_value", "clip": clip, "key": "subtitle", "value": "kept out"},
        {"op": "set_value", "clip": clip, "key": "title", "value": "thirteen char"},
    )
    assert refused.status_code == 422
    assert _open(me, key)["document"] == project["document"]


@pytest.mark.parametrize(
    ("operation", "field", "said"),
    [
        ({"op": "set_value", "key": "title", "value": "thirteen char"}, "title", "At most 12 characters; this has 13."),
        ({"op": "set_value", "key": "title", "value": 7}, "title", "Write a text."),
        ({"op": "set_value", "key": "titel", "value": "x"}, "titel", "has no element “titel”"),
        ({"op": "set_value", "key": "show_note", "value": "yes"}, "show_note", "Switch it on or off."),
        ({"op": "set_value", "key": "photo", "value": "photo.png"}, "photo", "Choose a picture."),
        ({"op": "set_value", "key": "photo", "value": {"media": "0" * 32}}, "photo", "not among your files"),
        ({"op": "set_value", "key": "photo", "value": {"media": "x", "focus": [2, 0]}}, "photo", "0 to 1"),
        ({"op": "set_value", "key": "photo", "value": {"media": "x", "crop": [0.5, 0, 0.5, 0]}}, "photo", "crop"),
        ({"op": "set_duration", "duration": 5}, "duration", "between 6 and 12 frames"),
        ({"op": "set_color", "key": "sky", "value": "#FFFFFF"}, "sky", "no shared colour “sky”"),
        ({"op": "apply_preset", "preset": "gone", "colors": {}}, "preset", "no longer has this colour preset"),
        ({"op": "set_music", "clip": {"id": "m", "media": "0" * 32}}, "media", "not among your files"),
        ({"op": "add_scene", "clip": {"id": "n", "scene": "Middle", "duration": 12}}, "scene", "no scene “Middle”"),
    ],
)
def test_what_the_template_does_not_allow_is_said_beside_the_field(me, project, operation, field, said) -> None:
    clip = _clips(project["document"])[0]["id"]
    refused = _commit(me, project["project"]["id"], 0, {"clip": clip, **operation})
    assert refused.status_code == 422
    problems = refused.json()["problems"]
    assert [problem["field"] for problem in problems] == [field]
    assert said in problems[0]["detail"]
    code = problems[0].get("code")
    assert code is None or f"errors.{code}" in catalogue("fa"), code


def test_the_last_scene_stays(me, promo) -> None:
    project = _make(me, promo, scenes=["Opening"])
    clip = _clips(_open(me, project["id"])["document"])[0]["id"]
    refused = _commit(me, project["id"], 0, {"op": "remove_scene", "clip": clip})
    assert (refused.status_code, refused.json()["code"]) == (422, "last-scene")


def test_a_scene_is_added_with_the_templates_length(me, project, installation) -> None:
    key = project["project"]["id"]
    saved = _commit(me, key, 0, {"op": "add_scene", "clip": {"id": "n", "scene": "Closing"}, "index": 1}).json()
    assert saved["ops"][0]["clip"]["duration"] == 12
    assert [clip["scene"] for clip in _clips(_open(me, key)["document"])] == ["Opening", "Closing", "Closing"]
    with installation.tenant_session(DEFAULT_TENANT) as session:  # made when the template had twice the frame rate
        kept = session.get(Project, key)
        kept.document = {**kept.document, "rate": [2 * kept.document["rate"][0], kept.document["rate"][1]]}
    saved = _commit(me, key, 1, {"op": "add_scene", "clip": {"id": "m", "scene": "Closing"}, "index": 1}).json()
    assert saved["ops"][0]["clip"]["duration"] == 24
    refused = _commit(me, key, 2, {"op": "set_duration", "clip": "m", "duration": 25})
    assert "lasts between 2 and 24 frames" in refused.json()["detail"]


def test_a_preset_brings_the_templates_colors(me, project) -> None:
    key, [preset] = project["project"]["id"], project["definition"]["presets"]
    saved = _commit(me, key, 0, {"op": "apply_preset", "preset": preset["id"], "colors": {}}).json()
    assert saved["ops"][0]["colors"] == preset["colors"] == {"accent": "#00AA55", "paper": "#101010"}
    document = _open(me, key)["document"]
    assert (document["preset"], document["colors"]) == (preset["id"], preset["colors"])
    assert _commit(me, key, 1, *saved["inverse"]).status_code == 200
    assert _open(me, key)["document"]["colors"] == {}


def test_a_picture_and_music_of_ones_own(me, project, signed_in, tmp_path) -> None:
    key, clip = project["project"]["id"], _clips(project["document"])[0]["id"]
    photo = me.post("/api/v1/media", files={"file": ("a.png", png_bytes())}).json()["id"]
    song = me.post("/api/v1/media", files={"file": ("a.wav", tone(tmp_path / "a.wav").read_bytes())}).json()["id"]
    value = {"media": photo, "fit": "cover", "focus": [0.5, 0.2]}
    saved = _commit(
        me,
        key,
        0,
        {"op": "set_value", "clip": clip, "key": "photo", "value": value},
        {"op": "set_music", "clip": {"id": "m", "media": song, "fade_out": 5}, "volume": 0.5},
    )
    assert saved.status_code == 200, saved.text
    opened = _open(me, key)
    assert set(opened["media"]) == {photo, song}
    assert opened["project"]["has_music"]
    in_use = me.delete(f"/api/v1/media/{photo}")
    assert (in_use.status_code, in_use.json()["code"]) == (409, "media-in-use")
    assert "Promo" in in_use.json()["detail"]
    stranger = signed_in(email="stranger@example.com")
    theirs = stranger.post("/api/v1/media", files={"file": ("b.png", png_bytes((9, 9)))}).json()["id"]
    refused = _commit(me, key, 1, {"op": "set_value", "clip": clip, "key": "photo", "value": {"media": theirs}})
    assert "not among your files" in refused.json()["detail"]
    wrong = _commit(me, key, 1, {"op": "set_music", "clip": {"id": "q", "media": photo}})
    assert wrong.json()["field"] == "media"


def test_a_picture_has_the_size_that_the_template_wants(me, project, signed_in) -> None:
    designer = signed_in(Role.ADMIN)
    base = f"/api/v1/templates/{project['definition']['id']}"
    scene = project["definition"]["scenes"][0]
    photo = next(element for element in scene["elements"] if element["key"] == "photo")
    limits = {"limits": {"min_width": 100, "min_height": 50, "aspect": "16:9"}}
    assert designer.patch(f"{base}/elements/{photo['id']}", json=limits).status_code == 204
    small = me.post("/api/v1/media", files={"file": ("a.png", png_bytes((90, 60)))}).json()["id"]
    large = me.post("/api/v1/media", files={"file": ("b.png", png_bytes((160, 90)))}).json()["id"]
    square = me.post("/api/v1/media", files={"file": ("c.png", png_bytes((100, 60)))}).json()["id"]
    key, clip = project["project"]["id"], _clips(project["document"])[0]["id"]
    refused = _commit(me, key, 0, {"op": "set_value", "clip": clip, "key": "photo", "value": {"media": small}})
    assert "90 × 60 pixels; it must have at least 100 × 50" in refused.json()["problems"][0]["detail"]
    refused = _commit(me, key, 0, {"op": "set_value", "clip": clip, "key": "photo", "value": {"media": square}})
    assert "100 × 60 pixels; it must have the shape 16:9" in refused.json()["problems"][0]["detail"]
    assert (
        _commit(me, key, 0, {"op": "set_value", "clip": clip, "key": "photo", "value": {"media": large}}).status_code
        == 200
    )


def test_a_fixed_template_is_filled_in_but_not_rearranged(me, fixed) -> None:
    project = _open(me, _make(me, fixed)["id"])
    [clip] = _clips(project["document"])
    key = project["project"]["id"]
    refused = _commit(me, key, 0, {"op": "duplicate_scene", "clip": clip["id"], "id": "twin"})
    assert "is one film" in refused.json()["detail"]
    values = {"op": "set_value", "clip": clip["id"], "key": "c1t1", "value": "First"}
    assert _commit(me, key, 0, values).status_code == 200


def test_versions_are_named_and_restored(me, project) -> None:
    key, clip = project["project"]["id"], _clips(project["document"])[0]["id"]
    assert _commit(me, key, 0, {"op": "set_value", "clip": clip, "key": "title", "value": "One"}).status_code == 200
    assert me.post(f"/api/v1/projects/{key}/versions", json={"name": "First try"}).json()["revision"] == 1
    assert _commit(me, key, 1, {"op": "set_value", "clip": clip, "key": "title", "value": "Two"}).status_code == 200
    listed = me.get(f"/api/v1/projects/{key}/versions").json()
    assert [(row["revision"], row["name"]) for row in listed] == [(1, "First try"), (0, "")]
    restored = me.post(f"/api/v1/projects/{key}/versions/1/restore").json()
    assert _clips(restored["document"])[0]["values"] == {"title": "One"}
    assert restored["project"]["revision"] == 3
    assert [row["revision"] for row in me.get(f"/api/v1/projects/{key}/versions").json()] == [2, 1, 0]
    late = _commit(me, key, 2, {"op": "set_value", "clip": clip, "key": "subtitle", "value": "Late"}).json()
    assert late["reload"]
    assert late["notices"]
    assert me.post(f"/api/v1/projects/{key}/versions/77/restore").status_code == 404


def test_a_page_far_behind_reads_anew(me, project, monkeypatch) -> None:
    monkeypatch.setattr(service, "MOST_BEHIND", 2)
    key = project["project"]["id"]
    clip = _clips(project["document"])[0]["id"]
    for number in range(3):
        operation = {"op": "set_value", "clip": clip, "key": "title", "value": f"T{number}"}
        assert _commit(me, key, number, operation, op_id=f"o{number}").status_code == 200
    told = me.get(f"/api/v1/projects/{key}/edits?after=0").json()
    assert told == {"revision": 3, "edits": [{"revision": 3, "op_id": "", "ops": [], "reload": True}]}
    assert len(me.get(f"/api/v1/projects/{key}/edits?after=1").json()["edits"]) == 2
    late = _commit(me, key, 0, {"op": "set_value", "clip": clip, "key": "title", "value": "Late"}, op_id="late").json()
    assert (late["revision"], late["reload"], late["others"]) == (4, True, [])
    assert "elsewhere" in late["notices"][0]["detail"]


def test_edits_that_no_page_catches_up_with_go(me, project, installation, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(service, "MOST_BEHIND", 2)
    key = project["project"]["id"]
    clip = _clips(project["document"])[0]["id"]
    for number in range(5):
        operation = {"op": "set_value", "clip": clip, "key": "title", "value": f"T{number}"}
        assert _commit(me, key, number, operation, op_id=f"o{number}").status_code == 200

    def kept() -> list[int]:
        with installation.system_session(read_only=True) as session:
            return list(session.exec(select(ProjectEdit.revision).order_by(col(ProjectEdit.revision))))

    housekeeping.run(installation, tmp_path, "n1")
    assert kept() == [1, 2, 3, 4, 5], "they are of today"
    housekeeping.run(installation, tmp_path, "n1", housekeeping.Ages(edits=timedelta(seconds=-1)))
    assert kept() == [3, 4, 5]
    for after, told in ((0, ["", True]), (2, ["", True]), (3, ["o3", False])):
        edit = me.get(f"/api/v1/projects/{key}/edits?after={after}").json()["edits"][0]
        assert [edit["op_id"], edit["reload"]] == told


def test_versions_are_bounded(me, project, monkeypatch) -> None:
    monkeypatch.setattr(versions, "MOST_UNNAMED", 2)
    monkeypatch.setattr(versions, "MOST_NAMED", 1)
    key = project["project"]["id"]
    address = f"/api/v1/projects/{key}/versions"
    clip = _clips(project["document"])[0]["id"]
    assert me.post(address, json={"name": "First"}).status_code == 201
    for revision in range(0, 6, 2):
        operation = {"op": "set_value", "clip": clip, "key": "title", "value": f"T{revision}"}
        assert _commit(me, key, revision, operation, op_id=f"o{revision}").status_code == 200
        assert me.post(f"{address}/0/restore").status_code == 200
    assert [row["revision"] for row in me.get(address).json()] == [5, 3, 0]
    refused = me.post(address, json={"name": "Second"})
    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-versions")
    assert me.delete(f"{address}/0/name").status_code == 200
    assert me.put(f"{address}/0/name", json={"name": "First"}).status_code == 200, "though newer ones fill the list"
    assert me.delete(f"{address}/0/name").status_code == 200
    assert me.post(address, json={"name": "Second"}).status_code == 201


def test_a_named_version_holds_its_files(me, project) -> None:
    key, clip = project["project"]["id"], _clips(project["document"])[0]["id"]
    address = f"/api/v1/projects/{key}/versions"
    photo = me.post("/api/v1/media", files={"file": ("a.png", png_bytes())}).json()["id"]
    value = {"media": photo, "fit": "cover", "focus": [0.5, 0.5]}
    assert _commit(me, key, 0, {"op": "set_value", "clip": clip, "key": "photo", "value": value}).status_code == 200
    assert me.post(address, json={"name": "With Lut"}).json()["revision"] == 1
    assert _commit(me, key, 1, {"op": "reset_value", "clip": clip, "key": "photo"}).status_code == 200

    refused = me.delete(f"/api/v1/media/{photo}")
    assert (refused.status_code, refused.json()["code"]) == (409, "media-in-version")
    assert "Promo: With Lut" in refused.json()["detail"]
    assert me.get(f"/api/v1/media/{photo}").json()["uses"] == [
        {"kind": "version", "id": key, "name": "Promo: With Lut"}
    ]
    back = me.post(f"{address}/1/restore").json()
    assert photo in back["media"]
    assert _commit(me, key, 3, {"op": "reset_value", "clip": clip, "key": "photo"}).status_code == 200
    assert me.delete(f"{address}/1/name").json()["name"] == ""
    assert me.put(f"{address}/1/name", json={"name": "With Lut"}).json()["name"] == "With Lut"
    assert me.delete(f"/api/v1/media/{photo}").json()["code"] == "media-in-version", "taken back, it holds them again"
    assert me.delete(f"{address}/1/name").status_code == 200
    assert me.delete(f"/api/v1/media/{photo}").status_code == 204
    assert me.delete(f"{address}/77/name").status_code == 404
    assert me.put(f"{address}/77/name", json={"name": "x"}).status_code == 404


def test_projects_are_private(me, project, signed_in, client) -> None:
    key, clip = project["project"]["id"], _clips(project["document"])[0]["id"]
    colleague = signed_in(email="colleague@example.com")
    foreigner = signed_in(Role.ADMIN, email="foreigner@example.com", tenant=OTHER_TENANT)
    bake = {"clip": clip, "key": "title", "value": "x"}
    for other, status in ((colleague, 404), (foreigner, 404), (client, 401)):
        assert other.get(f"/api/v1/projects/{key}").status_code == status
        assert other.patch(f"/api/v1/projects/{key}", json={"name": "Mine"}).status_code == status
        assert _commit(other, key, 0, {"op": "set_music", "clip": None}).status_code == status
        assert other.get(f"/api/v1/projects/{key}/scenes/{clip}/lottie").status_code == status
        assert other.post(f"/api/v1/projects/{key}/bake", json=bake).status_code == status
        assert other.post(f"/api/v1/projects/{key}/duplicate", json={}).status_code == status
        assert other.get(f"/api/v1/projects/{key}/versions").status_code == status
        assert other.delete(f"/api/v1/projects/{key}").status_code == status
    assert foreigner.post("/api/v1/projects", json={"template_id": project["definition"]["id"]}).status_code == 404
    assert foreigner.get("/api/v1/projects").json()["total"] == 0
    assert colleague.get("/api/v1/projects").json()["total"] == 0


def test_templates_to_narrow_the_list_by(me, promo, fixed, signed_in) -> None:
    for _ in range(2):
        _make(me, promo)
    used = _make(me, fixed)
    found = me.get("/api/v1/projects/templates").json()["items"]
    assert sorted((one["id"], one["projects"]) for one in found) == sorted([(promo, 2), (fixed, 1)])
    assert [item["id"] for item in me.get(f"/api/v1/projects?template_id={fixed}").json()["items"]] == [used["id"]]
    other = signed_in(Role.MEMBER, email="other@example.com")
    assert other.get("/api/v1/projects/templates").json() == {"items": []}
    assert other.get(f"/api/v1/projects?template_id={fixed}").json()["counts"] == {"active": 0, "archived": 0}


@pytest.mark.parametrize("tenant", ["", OTHER_TENANT])
def test_others_can_neither_archive_nor_copy_nor_delete(me, project, signed_in, tenant) -> None:
    of = {"tenant": tenant} if tenant else {}
    other = signed_in(Role.ADMIN, email="other@example.com", **of)
    address = f"/api/v1/projects/{project['project']['id']}"
    assert other.patch(address, json={"state": "archived"}).status_code == 404
    assert other.post(f"{address}/duplicate", json={}).status_code == 404
    assert other.delete(address).status_code == 404
    assert me.get(address).json()["project"]["state"] == "active"


def test_a_template_in_use_is_archived_not_deleted(me, project, signed_in) -> None:
    designer = signed_in(Role.ADMIN)
    template_id = project["definition"]["id"]
    refused = designer.delete(f"/api/v1/templates/{template_id}")
    assert (refused.status_code, refused.json()["code"]) == (409, "template-in-use")
    assert "1 project;" in refused.json()["detail"]
    assert designer.post(f"/api/v1/templates/{template_id}/archive").json()["state"] == "archived"
    assert _open(me, project["project"]["id"])["document"] == project["document"]
    assert me.post("/api/v1/projects", json={"template_id": template_id}).status_code == 404


def test_old_projects_open_when_the_template_has_moved_on(me, project, signed_in) -> None:
    designer = signed_in(Role.ADMIN)
    key, clip = project["project"]["id"], _clips(project["document"])[0]["id"]
    assert (
        _commit(me, key, 0, {"op": "set_value", "clip": clip, "key": "title", "value": "Hello there"}).status_code
        == 200
    )
    template_id = project["definition"]["id"]
    review = designer.get(f"/api/v1/templates/{template_id}/review").json()
    opening, closing = review["scenes"]
    title = next(element for element in opening["elements"] if element["key"] == "title")
    base = f"/api/v1/templates/{template_id}"
    assert designer.patch(f"{base}/elements/{title['id']}", json={"limits": {"max_length": 5}}).status_code == 204
    assert designer.patch(f"{base}/scenes/{closing['id']}", json={"enabled": False}).status_code == 204
    opened = _open(me, key)
    assert [(problem["field"], problem["clip"]) for problem in opened["problems"]] == [
        ("title", clip),
        ("scene", _clips(project["document"])[1]["id"]),
    ]
    assert me.get(f"/api/v1/projects/{key}/scenes/{clip}/lottie").status_code == 200
