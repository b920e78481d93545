"""A newer file for a template, above all one in the gallery: what is asked, refused, taken and discarded."""

import pytest

from flatrender.core.db import DEFAULT_TENANT, get_database
from flatrender.core.errors import NotFound
from flatrender.core.storage import get_storage
from flatrender.farm import service as farm
from flatrender.renders import resolving
from flatrender.templates import engine, pictures
from flatrender.templates.models import TemplateElement
from tests.installation import OTHER_TENANT
from tests.templates.designing import element_of, review_of, scene_of, upload

pytestmark = pytest.mark.usefixtures("drawn_at_once", "scanned_once")


@pytest.fixture
def base(promo) -> str:
    return f"/api/v1/templates/{promo['id']}"


@pytest.fixture
def published(studio, promo, base) -> str:
    assert studio.post(f"{base}/publish").status_code == 200
    return base


def _scan(studio, base: str, path, name: str = "newer.aep") -> dict:
    answer = upload(studio, path, name, f"{base}/scan/preview")
    assert answer.status_code == 200, answer.text
    return answer.json()


def _apply(studio, base: str, scan: dict, ticked: list[str] | None = None, **more: bool):
    body = {"scan_id": scan["scan_id"], "ticked": scan["ticked"] if ticked is None else ticked, **more}
    return studio.post(f"{base}/scan/apply", json=body)


def _file_of(template_id: str) -> engine.EngineSource:
    with get_database().tenant_session(DEFAULT_TENANT, read_only=True) as session:
        return engine.source(session, template_id)


def test_a_waiting_scan_keeps_its_ticks(studio, base, promo, made_projects) -> None:
    scan = _scan(studio, base, made_projects("promo_2"))
    assert set(scan["ticked"]) == {c["id"] for c in scan["changes"] if c["state"] != "removed"}
    assert review_of(studio, promo["id"])["pending"] == scan
    assert (scan["same_file"], scan["other_project"]) == (False, False)


def test_a_waiting_scan_is_discarded(studio, base, promo, made_projects, signed_in, days_later) -> None:
    before = _file_of(promo["id"])
    scan = _scan(studio, base, made_projects("promo_2"))
    foreigner = signed_in("admin", email="foreigner@example.com", tenant=OTHER_TENANT)
    assert foreigner.delete(f"{base}/scan/{scan['scan_id']}").status_code == 404
    assert studio.delete(f"{base}/scan/{scan['scan_id']}").status_code == 204
    after = review_of(studio, promo["id"])
    assert after == promo | {"problems": []}
    assert studio.delete(f"{base}/scan/{scan['scan_id']}").status_code == 404
    assert _apply(studio, base, scan).status_code == 404
    assert _file_of(promo["id"]) == before and days_later(before.key)


def test_nothing_ticked_of_the_same_file_is_refused(studio, base, promo) -> None:
    title, photo = element_of(promo, "Opening", "title"), element_of(promo, "Opening", "photo")
    with get_database().tenant_session(DEFAULT_TENANT) as session:
        row = session.get(TemplateElement, photo["id"])
        session.delete(row)  # as if an older engine had not found it
    scan = studio.post(f"{base}/scan/preview").json()
    assert scan["same_file"] and scan["ticked"] == ["element:Opening/photo"]
    answer = _apply(studio, base, scan, [])
    assert (answer.status_code, answer.json()["code"]) == (422, "nothing-ticked")
    assert "\n" not in answer.json()["detail"]
    assert _apply(studio, base, scan).status_code == 200
    assert element_of(review_of(studio, promo["id"]), "Opening", "title")["id"] == title["id"]


def test_nothing_ticked_takes_the_newer_file_and_keeps_the_rest(studio, published, promo, made_projects) -> None:
    title, subtitle = element_of(promo, "Opening", "title"), element_of(promo, "Opening", "subtitle")
    assert studio.patch(f"{published}/elements/{subtitle['id']}", json={"name": "Line two"}).status_code == 204
    assert _apply(studio, published, _scan(studio, published, made_projects("promo_2")), []).status_code == 200
    after = review_of(studio, promo["id"])
    assert (after["state"], after["problems"], after["file"]["name"]) == ("published", [], "newer.aep")
    assert element_of(after, "Opening", "title")["default"] == title["default"]
    assert element_of(after, "Opening", "subtitle")["gone"]
    # The old file brings back what it held, with the edits.
    scan = _scan(studio, published, made_projects("promo"))
    assert "element:Opening/subtitle" in scan["ticked"]
    assert _apply(studio, published, scan).status_code == 200
    back = element_of(review_of(studio, promo["id"]), "Opening", "subtitle")
    assert (back["gone"], back["enabled"], back["name"]) == (False, True, "Line two")


def test_another_project_is_told_and_asks_for_its_own_confirmation(studio, base, promo, made_projects) -> None:
    scan = _scan(studio, base, made_projects("plain"))
    elements = sum(len(scene["elements"]) for scene in promo["scenes"])
    assert (scan["other_project"], scan["elements"], scan["found"]) == (True, elements, 0)
    before = review_of(studio, promo["id"])
    for ticked in ([], scan["ticked"]):
        answer = _apply(studio, base, scan, ticked)
        assert (answer.status_code, answer.json()["code"]) == (409, "other-project")
        assert f"({elements})" in answer.json()["detail"]
    assert review_of(studio, promo["id"]) == before
    assert _apply(studio, base, scan, other_project=True).status_code == 200
    after = review_of(studio, promo["id"])
    assert scene_of(after, "Opening")["gone"]
    assert scene_of(after, "Main")["enabled"]
    assert element_of(after, "Opening", "photo")["picture"] is None, "not a broken link"


@pytest.mark.parametrize(
    ("name", "ticked", "said"),
    [("plain", [], "Switch at least one scene on."), ("fontless", None, "1 font to choose: Gilroy-ExtraBold.")],
)
def test_what_stands_in_the_gallery_is_never_left_unusable(
    studio, published, promo, made_projects, name, ticked, said
) -> None:
    source = _file_of(promo["id"])
    scan = _scan(studio, published, made_projects(name))
    before = review_of(studio, promo["id"])
    answer = _apply(studio, published, scan, ticked, other_project=True)
    assert (answer.status_code, answer.json()["code"]) == (409, "leaves-gallery")
    assert said in answer.json()["detail"]
    assert review_of(studio, promo["id"]) == before, "nothing was merged, and the scan waits still"
    assert _file_of(promo["id"]) == source and get_storage().exists(source.key)
    assert studio.post(f"{published}/unpublish").status_code == 200
    assert _apply(studio, published, scan, ticked, other_project=True).status_code == 200
    assert review_of(studio, promo["id"])["problems"]


def test_pictures_size_and_length_follow_the_file(studio, published, promo, made_projects) -> None:
    pictures.make(DEFAULT_TENANT, promo["id"])
    opening = scene_of(promo, "Opening")
    edits = {"min_frames": 10, "max_frames": 11, "cover_frame": 11}
    assert studio.patch(f"{published}/scenes/{opening['id']}", json=edits).status_code == 204
    old = scene_of(review_of(studio, promo["id"]), "Opening")["picture"]
    with get_database().tenant_session(DEFAULT_TENANT) as session:
        for task in farm.tasks_of(session, promo["id"]):
            session.delete(task)
    scan = _scan(studio, published, made_projects("promo_larger"))
    sentence = next(c["sentence"] for c in scan["changes"] if c["id"] == "scene:Opening")
    assert "Length in frames 12 → 9, follows the file" in sentence
    assert _apply(studio, published, scan, []).status_code == 200
    discarded = studio.delete(f"{published}/scan/{scan['scan_id']}")
    assert (discarded.status_code, discarded.json()["code"]) == (409, "scan-merged")
    after = review_of(studio, promo["id"])
    assert (after["size"], after["frames"]) == ([640, 360], 9)
    scene = scene_of(after, "Opening")
    assert (scene["size"], scene["frames"], scene["picture"]) == ([640, 360], 9, None)
    assert (scene["min_frames"], scene["max_frames"], scene["cover_frame"]) == (9, 9, 8)
    assert scene_of(after, "Closing")["picture"] is None
    pictures.make(DEFAULT_TENANT, promo["id"])
    assert scene_of(review_of(studio, promo["id"]), "Opening")["picture"] not in {None, old}
    with get_database().tenant_session(DEFAULT_TENANT, read_only=True) as session:
        assert [task.kind for task in farm.tasks_of(session, promo["id"])] == ["preview"], "the gallery's film anew"


def test_projects_of_a_template_that_became_another_open_and_say_so(studio, published, promo, made_projects) -> None:
    made = studio.post("/api/v1/projects", json={"template_id": promo["id"]})
    assert made.status_code == 201, made.text
    address = f"/api/v1/projects/{made.json()['id']}"
    scan = _scan(studio, published, made_projects("plain"))
    assert _apply(studio, published, scan, other_project=True).status_code == 200
    assert review_of(studio, promo["id"])["state"] == "published"
    opened = studio.get(address)
    assert opened.status_code == 200, opened.text
    said = [problem["detail"] for problem in opened.json()["problems"]]
    assert "The template no longer has the scene “Opening”; remove it from the project." in said
    with (
        get_database().tenant_session(DEFAULT_TENANT, read_only=True) as session,
        pytest.raises(NotFound, match="remove it from the project") as caught,
    ):
        resolving.resolve(session, opened.json()["document"], promo["id"])
    assert caught.value.code == "scene-gone", "what the job says when it is sent all the same"


def test_the_last_scene_and_element_of_what_stands_in_the_gallery_stay_on(studio, published, promo) -> None:
    scenes = [f"{published}/scenes/{scene['id']}" for scene in promo["scenes"]]
    elements = [f"{published}/elements/{one['id']}" for scene in promo["scenes"] for one in scene["elements"]]
    for addresses in (scenes, elements):
        answers = [studio.patch(address, json={"enabled": False}) for address in addresses]
        assert [answer.status_code for answer in answers] == [*[204] * (len(addresses) - 1), 409]
        assert answers[-1].json()["code"] == "leaves-gallery"
        assert "Take it out of the gallery first." in answers[-1].json()["detail"]
        assert review_of(studio, promo["id"])["problems"] == []
        for address in addresses:
            assert studio.patch(address, json={"enabled": True}).status_code == 204
    assert studio.post(f"{published}/unpublish").status_code == 200
    assert all(studio.patch(address, json={"enabled": False}).status_code == 204 for address in scenes)
