"""The designer's editor: edits over what was found, the second scan, fonts, presets, and the routes for all of it."""

import io

import pytest
from PIL import Image

from flatrender.access.models import Role
from flatrender.core.db import DEFAULT_TENANT, get_database
from flatrender.core.errors import InvalidInput
from flatrender.core.storage import get_storage
from flatrender.templates import engine, limits, merge
from tests.installation import OTHER_TENANT
from tests.templates.designing import created, element_of, review_of, scene_of, upload

pytestmark = pytest.mark.usefixtures("drawn_at_once")


def test_an_upload_answers_with_the_review(promo) -> None:
    assert promo["name"] == "Promo"
    assert [scene["key"] for scene in promo["scenes"]] == ["Opening", "Closing"]
    assert promo["problems"] == []
    assert promo["pending"] is None


def test_a_bad_file_is_a_problem_beside_its_field(studio, tmp_path) -> None:
    letter = tmp_path / "letter.aep"
    letter.write_text("Dear customer")
    answer = upload(studio, letter, "letter.aep")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["code"], answer.json()["field"]) == ("bad-file", "file")
    assert studio.get("/api/v1/templates?state=all").json()["total"] == 0


def test_two_gigabytes_are_refused_before_they_are_sent(studio) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(2 * 1024**3)}
    answer = studio.post("/api/v1/templates", content=b"--x\r\n", headers=headers)
    assert answer.status_code == 413
    assert "larger than the 1 GB" in answer.json()["detail"]


def test_a_zip_with_two_projects_lists_them(studio, made_projects, zipped) -> None:
    path = zipped("both.zip", {"promo.aep": made_projects("promo"), "plain.aep": made_projects("plain")})
    answer = upload(studio, path, "both.zip")
    assert (answer.status_code, answer.json()["code"]) == (422, "which-project")
    assert answer.json()["choices"] == ["plain.aep", "promo.aep"]
    assert upload(studio, path, "both.zip", project="plain.aep").json()["kind"] == "free"


def test_customers_and_strangers_design_nothing(promo, signed_in, client, made_projects) -> None:
    base = f"/api/v1/templates/{promo['id']}"
    scene = promo["scenes"][0]
    customer = signed_in(Role.MEMBER, email="customer@example.com")
    foreigner = signed_in(Role.ADMIN, email="foreigner@example.com", tenant=OTHER_TENANT)
    for other, status in ((customer, 403), (foreigner, 404), (client, 401)):
        assert other.get(f"{base}/review").status_code == status
        assert other.get(f"{base}/report").status_code == status
        assert other.patch(base, json={"name": "Mine"}).status_code == status
        assert other.patch(f"{base}/scenes/{scene['id']}", json={"name": "Mine"}).status_code == status
        assert other.patch(f"{base}/elements/{scene['elements'][0]['id']}", json={"name": "Mine"}).status_code == status
        assert other.post(f"{base}/presets", json={"name": "Mine"}).status_code == status
        assert other.post(f"{base}/scan/preview").status_code == status
        assert other.post(f"{base}/scan/apply", json={"scan_id": "x", "ticked": []}).status_code == status
        assert other.post(f"{base}/publish").status_code == status
        assert other.delete(base).status_code == status
    assert customer.get(base).status_code == 404, "a draft is nobody's but the designers'"
    assert client.get(base).status_code == 404
    assert client.post("/api/v1/templates", files={"file": ("a.aep", b"x")}).status_code == 401


def test_words_and_switches_are_edited(studio, promo) -> None:
    base = f"/api/v1/templates/{promo['id']}"
    title, opening = element_of(promo, "Opening", "title"), scene_of(promo, "Opening")
    changes = {
        "name": "Headline",
        "name_fa": "عنوان",
        "default": "Welcome",
        "limits": {"max_length": 20},
        "group": "Top",
    }
    assert studio.patch(f"{base}/elements/{title['id']}", json=changes).status_code == 204
    changes = {"name": "Start", "name_fa": "آغاز", "min_frames": 6, "max_frames": 10, "cover_frame": 3}
    assert studio.patch(f"{base}/scenes/{opening['id']}", json=changes).status_code == 204
    photo = element_of(promo, "Opening", "photo")
    assert studio.patch(f"{base}/elements/{photo['id']}", json={"enabled": False}).status_code == 204
    shown = studio.get(base).json()
    scene = shown["scenes"][0]
    assert (scene["name"], scene["name_fa"], scene["min_frames"], scene["max_frames"]) == ("Start", "آغاز", 6, 10)
    by_key = {element["key"]: element for element in scene["elements"]}
    assert "photo" not in by_key
    assert (by_key["title"]["name"], by_key["title"]["default"], by_key["title"]["group"]) == (
        "Headline",
        "Welcome",
        "Top",
    )
    assert by_key["title"]["limits"] == {"max_length": 20}
    assert studio.patch(f"{base}/elements/{title['id']}", json={"default": None, "limits": None}).status_code == 204
    assert element_of(review_of(studio, promo["id"]), "Opening", "title")["default"] == "Hello"


@pytest.mark.parametrize(
    ("what", "changes", "field"),
    [
        ("element", {"name": ""}, "name"),
        ("element", {"default": "far too long", "limits": {"max_length": 3}}, "default"),
        ("element", {"limits": {"max_length": 0}}, "limits.max_length"),
        ("element", {"limits": {"aspect": "16:9"}}, "limits.aspect"),
        ("element", {"limits": {"fonts": ["Nowhere-Bold"]}}, "limits.fonts"),
        ("element", {"limits": {"fonts": "Inter"}}, "limits.fonts"),
        ("element", {"limits": {"min_size": 5}}, "limits.min_size"),
        ("element", {"direction": "up"}, "direction"),
        ("element", {"color": "red"}, "color"),
        ("element", {"enabled": "yes"}, "enabled"),
        ("scene", {"min_frames": 0}, "min_frames"),
        ("scene", {"max_frames": 13}, "max_frames"),
        ("scene", {"min_frames": 9, "max_frames": 8}, "min_frames"),
        ("scene", {"cover_frame": 12}, "cover_frame"),
    ],
)
def test_an_edit_that_makes_no_sense_names_its_field(studio, promo, what, changes, field) -> None:
    row = element_of(promo, "Opening", "title") if what == "element" else scene_of(promo, "Opening")
    answer = studio.patch(f"/api/v1/templates/{promo['id']}/{what}s/{row['id']}", json=changes)
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert review_of(studio, promo["id"])["revision"] == promo["revision"]


def test_scenes_elements_and_colors_are_ordered(studio, promo) -> None:
    base = f"/api/v1/templates/{promo['id']}"
    opening = scene_of(promo, "Opening")
    scenes = [scene["id"] for scene in reversed(promo["scenes"])]
    elements = [element["id"] for element in reversed(opening["elements"])]
    colors = [color["id"] for color in reversed(promo["colors"])]
    assert studio.put(f"{base}/scenes/order", json={"ids": scenes}).status_code == 204
    assert studio.put(f"{base}/scenes/{opening['id']}/order", json={"ids": elements[:1]}).status_code == 204
    assert studio.put(f"{base}/colors/order", json={"ids": colors}).status_code == 204
    after = review_of(studio, promo["id"])
    assert [scene["id"] for scene in after["scenes"]] == scenes
    assert next(element["id"] for element in scene_of(after, "Opening")["elements"]) == elements[0]
    assert [color["id"] for color in after["colors"]] == colors
    assert studio.put(f"{base}/scenes/order", json={"ids": [scenes[0], scenes[0]]}).status_code == 422
    assert studio.put(f"{base}/scenes/order", json={"ids": ["0" * 32]}).status_code == 422


def test_a_picture_field_knows_the_files_own_picture(studio, made_projects, zipped, signed_in) -> None:
    project = made_projects("promo")
    path = zipped("promo.zip", {"promo.aep": project, "images/photo.png": project.parent / "images/photo.png"})
    promo = created(studio, path, "promo.zip")
    photo = element_of(promo, "Opening", "photo")
    answer = studio.get(photo["picture"])
    assert answer.status_code == 200, answer.text
    with Image.open(io.BytesIO(answer.content)) as image:
        red, green, blue = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert abs(red - 40) < 8 and abs(green - 90) < 8 and abs(blue - 200) < 8
    title = element_of(promo, "Opening", "title")
    assert title["picture"] is None
    wrong = f"/api/v1/templates/{promo['id']}/elements/{title['id']}/picture"
    assert studio.get(wrong).status_code == 404
    customer = signed_in(Role.MEMBER, email="customer@example.com")
    assert customer.get(photo["picture"]).status_code == 404, "a draft is nobody's but the designers'"
    alone = element_of(created(studio, project, "alone.aep"), "Opening", "photo")
    missing = studio.get(alone["picture"])
    assert (missing.status_code, missing.json()["code"]) == (404, "not-found"), "its file was not handed in"


def test_presets_are_managed(studio, promo) -> None:
    base = f"/api/v1/templates/{promo['id']}/presets"
    plain = studio.post(base, json={"name": "As made"}).json()["id"]
    dusk = studio.post(base, json={"name": "Dusk", "name_fa": "غروب", "colors": {"accent": "#00aa55"}}).json()["id"]
    assert studio.post(base, json={"name": "Wrong", "colors": {"sky": "#000000"}}).json()["field"] == "colors"
    assert studio.post(base, json={"name": "Wrong", "colors": {"accent": "green"}}).status_code == 422
    assert studio.put(f"{base}/order", json={"ids": [dusk, plain]}).status_code == 204
    assert studio.patch(f"{base}/{plain}", json={"name": "Original", "group": "Warm"}).status_code == 204
    presets = studio.get(f"/api/v1/templates/{promo['id']}").json()["presets"]
    assert [(preset["name"], preset["group"]) for preset in presets] == [("Dusk", ""), ("Original", "Warm")]
    assert presets[0]["colors"] == {"accent": "#00AA55"}
    assert presets[1]["colors"] == {"accent": "#E8634A", "paper": "#F4E9D8"}
    assert studio.delete(f"{base}/{dusk}").status_code == 204
    assert len(review_of(studio, promo["id"])["presets"]) == 1


def test_a_second_scan_keeps_edits_and_merges_what_is_ticked(studio, promo, made_projects) -> None:
    base = f"/api/v1/templates/{promo['id']}"
    title = element_of(promo, "Opening", "title")
    accent = next(color for color in promo["colors"] if color["key"] == "accent")
    assert studio.patch(f"{base}/elements/{title['id']}", json={"default": "Ours"}).status_code == 204
    assert studio.patch(f"{base}/colors/{accent['id']}", json={"name": "Coral"}).status_code == 204
    answer = upload(studio, made_projects("promo_2"), "promo v2.aep", f"{base}/scan/preview")
    assert answer.status_code == 200, answer.text
    preview = answer.json()
    states = {change["id"]: change["state"] for change in preview["changes"]}
    assert states == {
        "scene:Extra": "added",
        "element:Opening/title": "changed",
        "element:Opening/note": "added",
        "element:Opening/subtitle": "removed",
        "color:accent": "changed",
        "color:night": "added",
        "color:paper": "removed",
    }
    sentence = next(change["sentence"] for change in preview["changes"] if change["id"] == "element:Opening/title")
    assert sentence == "Default Hello → Hello again, your edit is kept; Font size 24 → 30"
    assert review_of(studio, promo["id"])["pending"]["scan_id"] == preview["scan_id"]
    assert element_of(review_of(studio, promo["id"]), "Opening", "title")["font_size"] == 24, "a preview merges nothing"

    ticked = ["element:Opening/title", "element:Opening/note", "scene:Extra", "color:accent"]
    body = {"scan_id": preview["scan_id"], "ticked": [*ticked, "scene:Nowhere"]}
    assert studio.post(f"{base}/scan/apply", json=body).json()["field"] == "ticked"
    applied = studio.post(f"{base}/scan/apply", json={"scan_id": preview["scan_id"], "ticked": ticked})
    assert applied.status_code == 200, applied.text
    after = review_of(studio, promo["id"])
    assert after["pending"] is None
    assert after["file"]["name"] == "promo v2.aep"
    merged = element_of(after, "Opening", "title")
    assert (merged["default"], merged["font_size"]) == ("Ours", 30)
    assert element_of(after, "Opening", "note")["enabled"]
    assert element_of(after, "Opening", "subtitle")["gone"]
    assert [element["key"] for element in scene_of(after, "Extra")["elements"]] == ["title"]
    colors = {color["key"]: color for color in after["colors"]}
    assert (colors["accent"]["name"], colors["accent"]["value"]) == ("Coral", "#112233")
    assert colors["paper"]["gone"]
    assert "night" not in colors
    customer_view = studio.get(base).json()
    assert "subtitle" not in [element["key"] for element in customer_view["scenes"][0]["elements"]]

    again = studio.post(f"{base}/scan/preview").json()
    assert [change["id"] for change in again["changes"]] == ["color:night"], "the rest is merged or known to be gone"
    assert studio.post(f"{base}/scan/apply", json=body).json()["code"] == "scan-merged"
    subtitle = element_of(after, "Opening", "subtitle")
    assert studio.patch(f"{base}/elements/{subtitle['id']}", json={"enabled": True}).status_code == 409


def test_the_old_file_goes_when_the_new_one_is_merged(studio, promo, made_projects, days_later) -> None:
    base = f"/api/v1/templates/{promo['id']}"
    with get_database().tenant_session(DEFAULT_TENANT, read_only=True) as session:
        before = engine.source(session, promo["id"])
    preview = upload(studio, made_projects("promo_2"), "promo.aep", f"{base}/scan/preview").json()
    assert studio.post(f"{base}/scan/apply", json={"scan_id": preview["scan_id"], "ticked": []}).status_code == 200
    with get_database().tenant_session(DEFAULT_TENANT, read_only=True) as session:
        after = engine.source(session, promo["id"])
    assert after.md5 != before.md5
    assert not days_later(before.key)
    assert get_storage().exists(after.key)
    assert element_of(review_of(studio, promo["id"]), "Opening", "title")["default"] == "Hello"


def test_a_scene_is_made_of_any_composition(studio, made_projects) -> None:
    promo = created(studio, made_projects("promo"), "promo.aep")
    base = f"/api/v1/templates/{promo['id']}"
    spare = {composition["name"]: composition["id"] for composition in promo["compositions"]}
    assert set(spare) == {"flatrender", "frshare"}
    made = studio.post(f"{base}/scenes", json={"composition_id": spare["flatrender"], "name": "Whole film"})
    assert made.status_code == 201, made.text
    assert studio.post(f"{base}/scenes", json={"composition_id": spare["flatrender"]}).status_code == 409
    assert studio.post(f"{base}/scenes", json={"composition_id": 999_999}).status_code == 404
    scene = next(scene for scene in review_of(studio, promo["id"])["scenes"] if scene["name"] == "Whole film")
    assert scene["by_hand"]
    assert studio.post(f"{base}/scan/preview").json()["changes"] == [], "a scan finds it again"
    assert studio.delete(f"{base}/scenes/{scene['id']}").status_code == 204
    assert studio.delete(f"{base}/scenes/{promo['scenes'][0]['id']}").status_code == 409


def test_elements_follow_a_shared_color_of_the_designers_own(studio, made_projects, tmp_path) -> None:
    from tests.templates.projects import author_solids

    template = created(studio, author_solids(tmp_path), "solids.aep")
    base = f"/api/v1/templates/{template['id']}"
    [first, second] = [element["key"] for element in template["scenes"][0]["elements"] if element["kind"] == "color"]
    scene = template["scenes"][0]["key"]
    body = {"name": "Ground", "value": "#102030", "elements": [f"{scene}/{first}", f"{scene}/{second}"]}
    made = studio.post(f"{base}/colors", json=body)
    assert made.status_code == 201, made.text
    assert studio.post(f"{base}/colors", json=body).status_code == 409, "an element follows one colour"
    shown = studio.get(base).json()
    assert [(color["key"], color["value"]) for color in shown["colors"]] == [("ground", "#102030")]
    assert [element["kind"] for element in shown["scenes"][0]["elements"]] == ["text"]
    assert studio.delete(f"{base}/colors/{made.json()['id']}").status_code == 204


def test_categories_are_managed(studio, client) -> None:
    first = studio.post("/api/v1/categories", json={"name": "Promos", "name_fa": "تبلیغ"}).json()
    second = studio.post("/api/v1/categories", json={"name": "Lower thirds"}).json()
    assert (first["key"], second["key"]) == ("promos", "lower-thirds")
    assert studio.post("/api/v1/categories", json={"name": "Promos"}).status_code == 409
    assert studio.patch(f"/api/v1/categories/{second['id']}", json={"position": 0, "name": "Names"}).status_code == 204
    assert [shelf["name"] for shelf in client.get("/api/v1/categories").json()] == ["Names", "Promos"]
    assert studio.delete(f"/api/v1/categories/{first['id']}").status_code == 204
    assert client.post("/api/v1/categories", json={"name": "Mine"}).status_code == 401


def test_pictures_are_read_by_those_who_see_the_template(studio, promo, client, signed_in) -> None:
    from flatrender.templates import pictures

    pictures.make(DEFAULT_TENANT, promo["id"])
    base = f"/api/v1/templates/{promo['id']}"
    address = scene_of(review_of(studio, promo["id"]), "Opening")["picture"]
    assert studio.get(address).headers["content-type"] == "image/webp"
    assert client.get(address).status_code == 404
    assert client.get(f"{base}/preview").status_code == 404
    assert studio.post(f"{base}/publish").status_code == 200
    assert client.get(address).status_code == 200
    assert client.get(f"{base}/poster").status_code == 200
    assert client.get(f"{base}/preview").json()["code"] == "not-made-yet"
    foreigner = signed_in(Role.MEMBER, email="foreigner@example.com", tenant=OTHER_TENANT)
    assert foreigner.get(address).status_code == 404


def test_limits_of_values() -> None:
    assert limits.check("choice", "7", {"min": 1, "max": 5}) == "At most 5."
    assert limits.check("choice", "x", {}) == "Enter a whole number."
    options = [{"value": "0", "name": "Left"}, {"value": "1", "name": "Right"}]
    assert limits.check("choice", "2", {}, options) == "Choose one of Left, Right."
    assert limits.check("choice", "1", {}, options) is None
    assert limits.check("text", "a\nb", {"max_lines": 1}) == "At most 1 line."
    assert limits.check("text", {"text": "a", "direction": "down"}, {}) is not None
    sizes = {"min_size": 50, "max_size": 120}
    assert limits.check("text", {"text": "a", "size": 0.5, "fit": True}, sizes) is None
    assert limits.check("text", {"text": "a", "size": 1.3}, sizes) == "Between 50 and 120 % of the designed size."
    assert limits.check("text", {"text": "a", "size": 0.9}, {}) == "The template keeps the size of this text."
    assert limits.check("text", {"text": "a", "fit": 1}, sizes) is not None
    assert limits.check("color", "#12345", {}) is not None
    assert limits.check("video", "x", {}) is not None
    with pytest.raises(InvalidInput):
        limits.element_limits({"min": 5, "max": 1}, "choice")
    assert merge.change_id("element", "title", "Opening") == "element:Opening/title"
