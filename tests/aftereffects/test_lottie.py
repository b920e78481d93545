"""Authored compositions as Lottie: what a strict player needs to find, and what it must not."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from py_aep import MaskMode, TrackMatteType

from flatrender.aftereffects import names
from flatrender.aftereffects.names import clean
from flatrender.aftereffects.project import Project, open_project
from flatrender.commands import main
from tests.aftereffects.authored import Author, fill_of, keyed, template


@pytest.fixture
def author() -> Author:
    return Author()


def opened(author: Author, folder: Path) -> Project:
    return open_project(author.save(folder / "made.aep"))


def lottie(project: Project, name: str = "Main", **values: Any) -> dict[str, Any]:
    (found,) = [comp.id for comp in project.graph.compositions.values() if comp.name == name]
    document = project.lottie(found, values)
    json.dumps(document, allow_nan=False).encode("utf-8")  # always valid, always Unicode
    return document


def layer(document: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [found for found in document["layers"] if found["nm"] == name]
    return found


def solid_of(written: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Size, middle and colour of the one rectangle that a solid is written as."""
    rectangle, fill, _ = written["shapes"][0]["it"]
    assert (written["ty"], rectangle["ty"], fill["ty"]) == (4, "rc", "fl")
    return rectangle["s"]["k"], rectangle["p"]["k"], fill["c"]["k"]


def test_the_document_covers_the_whole_composition(author: Author, tmp_path: Path) -> None:
    comp = author.comp("Main", (640, 360), 3.0, 25.0)
    comp.work_area_start = 1.0
    document = lottie(opened(author, tmp_path))
    assert {key: document[key] for key in ("fr", "ip", "op", "w", "h", "nm")} == {
        "fr": 25, "ip": 0, "op": 75, "w": 640, "h": 360, "nm": "Main",
    }  # fmt: skip


def test_shapes(author: Author, tmp_path: Path) -> None:
    author.box(author.comp("Main"), "box", (0.0, 0.5, 1.0), 120)
    (group,) = layer(lottie(opened(author, tmp_path)), "box")["shapes"]
    assert [item["ty"] for item in group["it"]] == ["rc", "fl", "tr"]
    assert group["it"][0]["s"] == {"a": 0, "k": [120, 120]}
    assert group["it"][1]["c"] == {"a": 0, "k": [0, 0.5, 1, 1]}


def test_strokes_without_dashes_have_none(author: Author, tmp_path: Path) -> None:
    box = author.box(author.comp("Main"), "box")
    inner = box["ADBE Root Vectors Group"][0]["ADBE Vectors Group"]
    inner.add_property("ADBE Vector Graphic - Stroke")
    off = inner.add_property("ADBE Vector Filter - Trim")
    off.enabled = False
    (group,) = layer(lottie(opened(author, tmp_path)), "box")["shapes"]
    assert [item["ty"] for item in group["it"]] == ["rc", "fl", "st", "tr"]  # what is switched off is left out
    assert "d" not in group["it"][2]
    assert group["it"][2]["ml"] == 4


def test_hidden_layers_stay_as_nulls_and_keep_their_children(author: Author, tmp_path: Path) -> None:
    comp = author.comp("Main")
    parent, child = author.box(comp, "parent"), author.box(comp, "child")
    child.parent = parent
    parent.enabled = False
    guide = author.box(comp, "guide")
    guide.guide_layer = True
    document = lottie(opened(author, tmp_path))
    assert layer(document, "parent")["ty"] == 3
    assert layer(document, "guide")["ty"] == 3
    assert "shapes" not in layer(document, "parent")
    assert layer(document, "child")["parent"] == layer(document, "parent")["ind"]


def test_visible_values_show_and_hide(author: Author, tmp_path: Path) -> None:
    comp = author.comp("Main")
    box = author.box(comp, "box")
    project = opened(author, tmp_path)
    address = f"{comp.id}/{box.id}"
    assert layer(lottie(project, **{address: {"kind": "visible", "value": False}}), "box")["ty"] == 3
    assert layer(lottie(project, **{address: {"kind": "visible", "value": True}}), "box")["ty"] == 4


def test_mattes(author: Author, tmp_path: Path) -> None:
    comp = author.comp("Main")
    shown, cut = author.box(comp, "shown"), author.box(comp, "cut")
    shown.set_track_matte(cut, TrackMatteType.LUMA_INVERTED)
    document = lottie(opened(author, tmp_path))
    assert layer(document, "cut")["td"] == 1
    assert layer(document, "cut")["ty"] == 4  # hidden, but drawn as the matte
    assert (layer(document, "shown")["tt"], layer(document, "shown")["tp"]) == (4, layer(document, "cut")["ind"])


def test_masks_and_solids(author: Author, tmp_path: Path) -> None:
    comp = author.comp("Main")
    solid = comp.add_solid([0.0, 1.0, 0.0], "card", 200, 100)
    author.mask(solid, [[0.0, 0.0], [50.0, 0.0], [50.0, 50.0], [0.0, 50.0]])
    author.mask(solid, [[10.0, 10.0], [20.0, 10.0], [20.0, 20.0], [10.0, 20.0]]).mask_mode = MaskMode.SUBTRACT
    written = layer(lottie(opened(author, tmp_path)), "card")
    assert solid_of(written) == ([200, 100], [100, 50], [0, 1, 0, 1])
    assert [mask["mode"] for mask in written["masksProperties"]] == ["a", "s"]
    assert written["masksProperties"][0]["pt"]["k"]["v"] == [[0, 0], [50, 0], [50, 50], [0, 50]]


def test_solid_colours_can_be_bound(author: Author, tmp_path: Path) -> None:
    comp = author.comp("Main")
    solid = comp.add_solid([0.0, 1.0, 0.0], "card", 200, 100)
    value = {"kind": "color", "value": "#8040C0"}
    written = layer(lottie(opened(author, tmp_path), **{f"{comp.id}/{solid.id}": value}), "card")
    assert solid_of(written)[2] == pytest.approx([0x80 / 255, 0x40 / 255, 0xC0 / 255, 1], abs=0.002)


def test_separated_dimensions(author: Author, tmp_path: Path) -> None:
    box = author.box(author.comp("Main"), "box")
    position = box.transform["ADBE Position"]
    position.dimensions_separated = True
    keyed(box.transform["ADBE Position_0"], (0.0, 0.0), (1.0, 100.0))
    written = layer(lottie(opened(author, tmp_path)), "box")["ks"]["p"]
    assert written["s"] is True
    assert [frame["s"] for frame in written["x"]["k"]] == [[0], [100]]
    assert written["y"]["a"] == 0


def test_nested_compositions_count_in_the_outer_frame_rate(author: Author, tmp_path: Path) -> None:
    inner, outer = author.comp("Inner", rate=50.0), author.comp("Main", rate=25.0)
    box = author.box(inner, "box")
    keyed(box.transform["ADBE Rotate Z"], (0.0, 0.0), (1.0, 90.0))
    nested = outer.add(inner)
    nested.start_time = 0.4
    document = lottie(opened(author, tmp_path))
    assert layer(document, "Inner")["refId"] == f"comp_{inner.id}"
    assert layer(document, "Inner")["st"] == 10
    (asset,) = document["assets"]
    assert [frame["t"] for frame in asset["layers"][0]["ks"]["r"]["k"]] == [0, 25]


def test_texts_are_outlines(author: Author, tmp_path: Path) -> None:
    comp = author.comp("Main")
    text = author.text(comp, "words", "Hi")
    project = opened(author, tmp_path)
    document = lottie(project)
    assert '"ty": 5' not in json.dumps(document)
    assert "fonts" not in document
    written = layer(document, "words")
    assert written["ty"] == 4
    paths = [item for item in written["shapes"][0]["it"] if item["ty"] == "sh"]
    assert len(paths) == 3  # H, i and its dot
    empty = lottie(project, **{f"{comp.id}/{text.id}": {"kind": "text", "text": ""}})
    assert layer(empty, "words")["shapes"] == []


def test_changing_texts_show_one_after_the_other(author: Author, tmp_path: Path) -> None:
    text = author.text(author.comp("Main"), "words", "one")
    keyed(text.text["ADBE Text Document"], (0.0, "one"), (1.0, "two"))
    shapes = layer(lottie(opened(author, tmp_path)), "words")["shapes"]
    steps = [[(frame["t"], frame["s"][0]) for frame in group["it"][-1]["o"]["k"]] for group in shapes]
    assert steps == [[(0, 100), (30, 0)], [(0, 0), (30, 100)]]


def test_text_animators_colour_the_whole_text(author: Author, tmp_path: Path) -> None:
    text = author.text(author.comp("Main"), "words", "Hi")
    animator = text["ADBE Text Properties"]["ADBE Text Animators"].add_property("ADBE Text Animator")
    fill = animator["ADBE Text Animator Properties"].add_property("ADBE Text Fill Color")
    fill.value = [0.0, 0.0, 1.0, 1.0]
    (group,) = layer(lottie(opened(author, tmp_path)), "words")["shapes"]
    assert [item["c"]["k"] for item in group["it"] if item["ty"] == "fl"] == [[0, 0, 1, 1]]


def test_text_ranges_move_glyph_by_glyph(author: Author, tmp_path: Path) -> None:
    text = author.text(author.comp("Main"), "words", "abc")
    animator = text["ADBE Text Properties"]["ADBE Text Animators"].add_property("ADBE Text Animator")
    animator["ADBE Text Animator Properties"].add_property("ADBE Text Opacity").value = 0.0
    selector = animator["ADBE Text Selectors"].add_property("ADBE Text Selector")
    keyed(selector["ADBE Text Percent Start"], (0.0, 0.0), (1.0, 100.0))
    shapes = layer(lottie(opened(author, tmp_path)), "words")["shapes"]
    assert [group["nm"] for group in shapes] == ["c", "b", "a"]
    firsts = {group["nm"]: group["it"][-1]["o"]["k"] for group in shapes}
    assert all(frames[0]["s"] == [0] and frames[-1]["s"] == [100] for frames in firsts.values())

    def full(name: str) -> float:
        return min(frame["t"] for frame in firsts[name] if frame["s"] == [100])

    assert full("a") == pytest.approx(10, abs=1)
    assert full("b") == pytest.approx(20, abs=1)
    assert full("c") == pytest.approx(30, abs=1)


def test_pictures_are_data_uris_and_shrink_for_previews(author: Author, tmp_path: Path) -> None:
    comp = author.comp("Main")
    author.picture(comp, "photo", tmp_path / "photo.png", (400, 200))
    project = opened(author, tmp_path)
    (asset,) = lottie(project)["assets"]
    assert (asset["w"], asset["h"], asset["u"], asset["e"]) == (400, 200, "", 1)
    assert base64.b64decode(asset["p"].partition(",")[2]) == (tmp_path / "photo.png").read_bytes()
    (small,) = project.lottie(comp.id, {}, max_image_side=50)["assets"]
    data = base64.b64decode(small["p"].partition(",")[2])
    (tmp_path / "small").write_bytes(data)
    with Image.open(tmp_path / "small") as picture:
        assert picture.size == (50, 25)
    assert (small["w"], small["h"]) == (400, 200)


def test_films_lose_nothing_of_pictures_that_are_shown_smaller(author: Author, tmp_path: Path) -> None:
    comp = author.comp("Main")
    author.picture(comp, "logo", tmp_path / "logo.png", (400, 200)).transform["ADBE Scale"].value = [40.0, 40.0, 100.0]
    seen = Image.new("RGBA", (400, 200), (0, 0, 0, 0))
    seen.paste((200, 30, 60, 255), (100, 50, 300, 150))
    seen.save(tmp_path / "logo.png")
    project = opened(author, tmp_path)

    def written(max_image_side: int | None) -> Image.Image:
        (asset,) = project.lottie(comp.id, {}, max_image_side=max_image_side)["assets"]
        return Image.open(io.BytesIO(base64.b64decode(asset["p"].partition(",")[2])))

    film, preview = written(None), written(200)
    assert (film.format, film.size) == ("PNG", (200, 100))
    assert preview.format == "WEBP"
    assert max(preview.size) < max(film.size)


def test_pictures_have_about_the_pixels_that_are_shown(author: Author, tmp_path: Path) -> None:
    inner, comp = author.comp("Inner"), author.comp("Main")
    photo = author.picture(inner, "photo", tmp_path / "photo.png", (400, 200))
    photo.transform["ADBE Scale"].value = [50.0, 50.0, 100.0]
    keyed(comp.add(inner).transform["ADBE Scale"], (0.0, [10.0, 10.0, 100.0]), (1.0, [40.0, 40.0, 100.0]))
    project = opened(author, tmp_path)
    asset = next(asset for asset in lottie(project)["assets"] if "p" in asset)
    (tmp_path / "small").write_bytes(base64.b64decode(asset["p"].partition(",")[2]))
    with Image.open(tmp_path / "small") as picture:
        assert picture.size == (100, 50)  # 400 × 0.5 × 0.4, and a quarter more
    assert (asset["w"], asset["h"]) == (400, 200)


@pytest.mark.parametrize(
    ("fit", "left", "middle"), [("cover", "red", "red"), ("contain", None, "red"), ("stretch", "red", "red")]
)
def test_replaced_pictures_fit_the_old_box(
    author: Author, tmp_path: Path, fit: str, left: str | None, middle: str
) -> None:
    comp = author.comp("Main")
    photo = author.picture(comp, "photo", tmp_path / "photo.png", (400, 200), "white")
    Image.new("RGB", (100, 300), "red").save(tmp_path / "tall.png")
    value = {"kind": "image", "path": str(tmp_path / "tall.png"), "fit": fit}
    (asset,) = lottie(opened(author, tmp_path), **{f"{comp.id}/{photo.id}": value})["assets"]
    assert (asset["w"], asset["h"]) == (400, 200)
    (tmp_path / "fitted").write_bytes(base64.b64decode(asset["p"].partition(",")[2]))
    with Image.open(tmp_path / "fitted") as picture:
        if fit != "stretch":
            assert picture.width == pytest.approx(2 * picture.height, abs=2)
        rgba = picture.convert("RGBA")
        edge = rgba.getpixel((1, picture.height // 2))
        assert isinstance(edge, tuple)
        assert (edge[3] == 0) == (left is None)


def test_a_crop_keeps_what_matters(author: Author, tmp_path: Path) -> None:
    comp = author.comp("Main")
    photo = author.picture(comp, "photo", tmp_path / "photo.png", (100, 100), "white")
    wide = Image.new("RGB", (300, 100), "red")
    wide.paste("blue", (200, 0, 300, 100))
    wide.save(tmp_path / "wide.png")
    value = {"kind": "image", "path": str(tmp_path / "wide.png"), "fit": "cover", "focus": [1.0, 0.5]}
    (asset,) = lottie(opened(author, tmp_path), **{f"{comp.id}/{photo.id}": value})["assets"]
    (tmp_path / "crop").write_bytes(base64.b64decode(asset["p"].partition(",")[2]))
    with Image.open(tmp_path / "crop") as picture:
        pixel = picture.convert("RGB").getpixel((50, 50))
        assert isinstance(pixel, tuple)
        assert pixel[2] > 200
        assert pixel[0] < 60


def test_what_is_cut_away_is_gone_before_the_picture_is_fitted(author: Author, tmp_path: Path) -> None:
    comp = author.comp("Main")
    photo = author.picture(comp, "photo", tmp_path / "photo.png", (100, 100), "white")
    wide = Image.new("RGB", (100, 100), "red")
    wide.paste("blue", (60, 60, 100, 100))
    wide.save(tmp_path / "wide.png")
    value = {"kind": "image", "path": str(tmp_path / "wide.png"), "fit": "stretch", "crop": [0.6, 0.6, 0, 0]}
    (asset,) = lottie(opened(author, tmp_path), **{f"{comp.id}/{photo.id}": value})["assets"]
    (tmp_path / "crop").write_bytes(base64.b64decode(asset["p"].partition(",")[2]))
    with Image.open(tmp_path / "crop") as picture:
        assert picture.convert("RGB").getpixel((2, 2))[2] > 200  # type: ignore[index]
        assert picture.size == (40, 40)


def test_missing_pictures_leave_a_null(author: Author, tmp_path: Path) -> None:
    author.picture(author.comp("Main"), "photo", tmp_path / "photo.png")
    path = author.save(tmp_path / "made.aep")
    (tmp_path / "photo.png").unlink()
    document = lottie(open_project(path))
    assert layer(document, "photo")["ty"] == 3
    assert document["assets"] == []


def test_footage_of_an_unknown_kind_leaves_a_null_and_is_told(author: Author, tmp_path: Path) -> None:
    author.picture(author.comp("Main"), "photo", tmp_path / "photo.png")
    path = author.save(tmp_path / "made.aep")
    (tmp_path / "photo.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n")
    project = open_project(path)
    assert layer(lottie(project), "photo")["ty"] == 3
    assert [one.feature for one in project.report().capabilities if one.status == "ignored"] == ["footage format"]


def test_a_composition_inside_itself_ends(author: Author, tmp_path: Path) -> None:
    main_comp, inner = author.comp("Main"), author.comp("Inner")
    main_comp.add(inner)
    project = opened(author, tmp_path)
    main_layers = project.graph.compositions[main_comp.id].layers
    object.__setattr__(project.graph.compositions[inner.id], "layers", main_layers)  # as a damaged file would
    assert len(lottie(project)["assets"]) == 1


def test_names_in_old_code_pages_become_unicode() -> None:
    assert clean("caf\udce9") == "café"
    assert clean("plain \u200c متن") == "plain \u200c متن"
    clean("half \ud800 pair").encode("utf-8")
    assert clean("bell\x07") == "bell"


NAMES = {
    "cp1252": ["Formación", "Größe", "Été", "Background © 2015", "Set Red To Source 1’s", "Øre", "naïve façade"],
    "cp1251": [
        "Фон",
        "Слой 1",
        "ЗАГОЛОВОК",
        "Название компании",
        "Белый Сплошной слой 1",
        "Ёлка",
        "мир",
        "текст_01",
        "ТЕКСТ",
        "ВИДЕО",
    ],
    "cp1256": ["متن", "لوگو", "پس زمينه", "پس\u200cزمينه", "خلفية", "الإعلان", "چهارگوش", "text متن", "شكل 1"],
    "cp932": ["テキスト", "背景", "シェイプ レイヤー 1", "ホワイト 平面 1", "こんにちは", "写真"],
    "cp949": ["배경", "모양 레이어 1"],
    "cp936": ["标题", "形状图层 1", "白色 纯色 1", "音乐"],
    "cp1250": ["Pozadí", "Źródło", "Příliš žluťoučký"],
}


@pytest.mark.parametrize("page", NAMES)
def test_a_name_tells_by_itself_in_which_code_page_it_is(page: str) -> None:
    """Where its project does not say it. Of short ones that read as well in another page nothing can be known."""
    stored = [name.encode(page).decode("utf-8", "surrogateescape") for name in NAMES[page]]
    assert [clean(name) for name in stored] == NAMES[page]


def test_a_long_text_is_known_by_its_first_foreign_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """A comment in an expression: a stranger's may have a million letters, half a minute of looking at all of them."""
    alone, looked_at = names._oddness_alone, list[str]()
    monkeypatch.setattr(names, "_oddness_alone", lambda letter: looked_at.append(letter) or alone(letter))
    text = "value // " * 1000 + "Фон заголовка " * 1000
    assert clean(text.encode("cp1251").decode("utf-8", "surrogateescape")) == text
    assert len(looked_at) < 2000


def test_a_name_that_was_cut_within_a_letter_loses_that_letter_alone() -> None:
    assert clean("پس‌زمینه".encode()[:-1].decode("utf-8", "surrogateescape")) == "پس‌زمین"


def test_animated_fills(author: Author, tmp_path: Path) -> None:
    box = author.box(author.comp("Main"), "box")
    keyed(fill_of(box)["ADBE Vector Fill Color"], (0.0, [1.0, 0.0, 0.0, 1.0]), (1.0, [0.0, 0.0, 1.0, 1.0]))
    (group,) = layer(lottie(opened(author, tmp_path)), "box")["shapes"]
    assert [frame["s"] for frame in group["it"][1]["c"]["k"]] == [[1, 0, 0, 1], [0, 0, 1, 1]]


def test_the_command_writes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = template(tmp_path / "in").parent
    out = tmp_path / "out.json"
    words = ["lottie", str(home), "--comp", "Intro", "--set", "title=Moin", "--set", "accent=#FF0000"]
    assert main([*words, "--out", str(out)]) == 0
    assert layer(json.loads(out.read_text("utf-8")), "bar")["shapes"][0]["it"][1]["c"]["k"] == [1, 0, 0, 1]
    assert main(["lottie", str(home), "--comp", "Intr", "--out", str(out)]) == 2
    assert "“Intro”" in capsys.readouterr().err
    assert main(["lottie", str(home), "--comp", "Intro", "--out", str(tmp_path / "no" / "out.json")]) == 2


def test_compositions_of_one_name_are_chosen_by_id(
    author: Author, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = author.comp("Main"), author.comp("Main", (100, 100))
    path = author.save(tmp_path / "made.aep")
    out = tmp_path / "out.json"
    assert main(["lottie", str(path), "--comp", "Main", "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert f"#{first.id}" in said
    assert main(["lottie", str(path), "--comp", f"#{second.id}", "--out", str(out)]) == 0
    assert json.loads(out.read_text("utf-8"))["w"] == 100
