"""The template convention on reports made by hand: which names make scenes, elements and shared colours."""

import sys

import pytest

from flatrender.aftereffects.report import CompositionReport, LayerReport, MarkerReport, ProjectReport
from flatrender.core.errors import InvalidInput
from flatrender.core.process import Limits, run
from flatrender.templates import assembly, convention
from flatrender.templates.convention import read, resolve
from flatrender.templates.element_names import color_text, comment_options, people_name, rgba_text
from flatrender.templates.element_values import direction_of


class Sketch:
    """A report in the making: compositions with layers, ids given in order."""

    def __init__(self) -> None:
        self.compositions: list[CompositionReport] = []
        self._layers = 100

    def comp(
        self, name: str, *layers: LayerReport, comment: str = "", markers: tuple[MarkerReport, ...] = ()
    ) -> CompositionReport:
        made = CompositionReport(
            id=len(self.compositions) + 1, name=name, width=1920, height=1080, frame_rate=25.0,
            frame_rate_rational=(25, 1), duration=5.0, frames=125, background="#000000", work_area=(0.0, 5.0),
            used_in=(), layers=layers, comment=comment, markers=markers,
        )  # fmt: skip
        self.compositions.append(made)
        return made

    def layer(self, name: str, kind: str = "text", text: str | None = None, **more: object) -> LayerReport:
        self._layers += 1
        values: dict[str, object] = {
            "id": self._layers, "index": 1, "name": name, "type": kind, "enabled": True, "in_point": 0.0,
            "out_point": 5.0, "width": 100, "height": 50, "text": text if kind == "text" else None,
            "direction": "ltr" if kind == "text" else None,
        }  # fmt: skip
        return LayerReport(**{**values, **more})  # type: ignore[arg-type]

    def nested(self, inner: CompositionReport, name: str = "", start: float = 0.0) -> LayerReport:
        return self.layer(name or inner.name, "precomp", source_id=inner.id, source=inner.name, in_point=start)

    def read(self) -> convention.TemplateOutline:
        return read(ProjectReport("film.aep", "0" * 32, "26.0", tuple(self.compositions)))


@pytest.fixture
def sketch() -> Sketch:
    return Sketch()


def keys(scene: convention.SceneOutline) -> list[str]:
    return [element.key for element in scene.elements]


def test_without_names_everything_is_offered(sketch: Sketch) -> None:
    sketch.comp(
        "Opener",
        sketch.layer("Headline", text="Hi"),
        sketch.layer("Logo", "image", source="logo.png", width=300, height=200),
        sketch.layer("Card", "solid", color="#336699", enabled=False),
        sketch.layer("Headline", text="again"),
        sketch.layer("box", "shape"),
        sketch.layer("notes", text="do not touch", guide=True),
    )
    sketch.comp("Empty")
    outline = sketch.read()
    assert (outline.kind, outline.final_composition_id) == ("free", None)
    assert [(scene.key, scene.composition_id) for scene in outline.scenes] == [("Opener", 1), ("Empty", 2)]
    first = outline.scenes[0]
    assert keys(first) == ["Opener/Headline", "Opener/Logo", "Opener/Card", "Opener/Headline 2"]
    assert [(e.kind, e.default, e.hidden) for e in first.elements] == [
        ("text", "Hi", False), ("image", "logo.png", False), ("color", "#336699", True), ("text", "again", False),
    ]  # fmt: skip
    assert (first.elements[1].width, first.elements[1].height) == (300, 200)


def test_compositions_of_one_name_are_told_apart(sketch: Sketch) -> None:
    sketch.comp("Main", sketch.layer("A", text="x"))
    sketch.comp("Main", sketch.layer("A", text="y"))
    outline = sketch.read()
    assert [scene.key for scene in outline.scenes] == ["#1", "#2"]
    assert set(resolve(outline, {"#2/A": "z"})) == {"2/102"}


def test_fixed_templates_group_by_scene(sketch: Sketch) -> None:
    sketch.comp(
        "frfinal",
        sketch.layer("frl_c2t1", text="two"),
        sketch.layer("frl_c1m1", "image", source="a.png"),
        sketch.layer("frl_c1t2", text="b"),
        sketch.layer("frl_c1t1", text="a"),
        sketch.layer("frl_website", text="example.org"),
        sketch.layer("background", "image", source="b.png"),
        markers=(MarkerReport(0.0, 0.0, "c2: Our team"),),
    )
    outline = sketch.read()
    assert (outline.kind, outline.final_composition_id) == ("fixed", 1)
    assert [(scene.key, scene.name, keys(scene)) for scene in outline.scenes] == [
        ("main", "Main", ["website"]),
        ("c1", "Scene 1", ["c1t1", "c1t2", "c1m1"]),
        ("c2", "Our team", ["c2t1"]),
    ]
    assert [element.name for element in outline.scenes[1].elements] == ["Text 1", "Text 2", "Media 1"]
    assert {scene.composition_id for scene in outline.scenes} == {1}


def test_flexible_templates_have_a_scene_per_composition(sketch: Sketch) -> None:
    photo = sketch.comp("photo frame", sketch.layer("picture", "image", source="a.jpg", width=800, height=600))
    card = sketch.comp("frc_card", sketch.layer("frl_price", text="9"))
    intro = sketch.comp("Intro", sketch.layer("frl_title", text="Hello"), sketch.nested(photo, "frl_photo"))
    shop = sketch.comp("Shop", sketch.nested(card), sketch.layer("frl_title", text="Buy"))
    sketch.comp("frshare", sketch.layer("accent", text="255,0,16,255"), sketch.layer("frd_mood", text="2"))
    sketch.comp("flatrender", sketch.nested(shop, start=4.0), sketch.nested(intro, start=0.0))
    outline = sketch.read()
    assert outline.kind == "flexible"
    assert outline.final_composition_id == 6
    assert [(scene.key, keys(scene)) for scene in outline.scenes] == [
        ("Intro", ["title", "photo"]),
        ("Shop", ["price", "title"]),
    ]
    media = outline.scenes[0].elements[1]
    assert (media.kind, media.addresses, media.width) == ("image", ("1/101",), 800)
    assert outline.scenes[1].elements[0].group == "Card"
    assert [(color.key, color.value) for color in outline.shared_colors] == [("accent", "#FF0010")]
    assert [(control.key, control.kind, control.default) for control in outline.controls] == [("mood", "choice", "2")]


def test_an_assembly_that_shows_no_scene_is_no_film(sketch: Sketch) -> None:
    sketch.comp("Intro", sketch.layer("frl_title", text="Hello"))
    sketch.comp("flatrender", sketch.layer("background", "solid", color="#000000"))
    assert sketch.read().final_composition_id is None


def test_references_and_repeats_are_one_element(sketch: Sketch) -> None:
    first = sketch.comp("frc_first", sketch.layer("frs_name", text="Ana"))
    second = sketch.comp("frc_second", sketch.layer("frs_name", text="Ana"))
    sketch.comp(
        "Team", sketch.layer("frl_name", text="Ana"), sketch.nested(first), sketch.nested(second), sketch.nested(first)
    )
    (scene,) = sketch.read().scenes
    (element,) = scene.elements
    assert element.addresses == ("3/103", "1/101", "2/102")


def test_elements_follow_the_picture_from_top_to_bottom(sketch: Sketch) -> None:
    row = sketch.comp("row", sketch.layer("frl_label", text="c", position=(0.0, 600.0)))
    sketch.comp(
        "Intro",
        sketch.layer("frd_on", text="1", position=(0.0, 0.0)),
        sketch.layer("frl_price", text="d", position=(0.0, 900.0)),
        sketch.layer("frl_title", text="b", position=(0.0, 300.0)),
        sketch.layer("row", "precomp", source_id=row.id, position=(0.0, 540.0)),
        sketch.layer("frl_kicker", text="a", position=(0.0, 200.0)),
    )
    assert keys(sketch.read().scenes[0]) == ["kicker", "title", "label", "price", "on"]


def test_equal_names_keep_their_numbers_when_they_move(sketch: Sketch) -> None:
    upper = sketch.layer("Line", text="one", position=(0.0, 500.0))
    sketch.comp("Main", upper, sketch.layer("Line", text="two", position=(0.0, 100.0)))
    assert [(e.key, e.default) for e in sketch.read().scenes[0].elements] == [
        ("Main/Line 2", "two"),
        ("Main/Line", "one"),
    ]


def test_hidden_data(sketch: Sketch) -> None:
    sketch.comp(
        "Intro",
        sketch.layer("frl_title", text="سلام", direction="rtl"),
        sketch.layer("frd_dtitle", text="1", enabled=False),
        sketch.layer("frd_show_logo", text="1", enabled=False),
        sketch.layer("frd_layout", text="3", enabled=False, comment="Layout\noptions: 1=Left, 2=Middle, 3=Right"),
        sketch.layer("frd_tint", text="1,2,3,255", enabled=False),
        sketch.layer("frd_detail", text="small", enabled=False),
    )
    (scene,) = sketch.read().scenes
    found = {element.key: element for element in scene.elements}
    assert {key: (e.kind, e.default, e.hidden) for key, e in found.items()} == {
        "title": ("text", "سلام", False),
        "show_logo": ("toggle", "1", True),
        "layout": ("choice", "3", True),
        "tint": ("color", "#010203", True),
        "detail": ("text", "small", True),
    }
    assert (found["title"].direction, found["title"].direction_addresses) == ("rtl", ("1/102",))
    assert (found["layout"].name, found["layout"].options[0]) == ("Layout", ("1", "Left"))


def test_values_go_to_addresses(sketch: Sketch) -> None:
    sketch.comp(
        "Intro",
        sketch.layer("frl_title", text="Hello"),
        sketch.layer("frd_dtitle", text="0", enabled=False),
        sketch.layer("frd_on", text="1", enabled=False),
        sketch.layer("frd_layout", text="3", enabled=False, comment="options: 1=Left, 3=Right"),
        sketch.layer("frl_photo", "image", source="a.png"),
        sketch.layer("frl_card", "solid", color="#000000"),
        sketch.layer("frd_tint", text="1,2,3,255", enabled=False),
    )
    sketch.comp("frshare", sketch.layer("accent", text="0,0,0,255"))
    outline = sketch.read()
    assert resolve(outline, {"title": "درود"}) == {
        "1/101": {"kind": "text", "text": "درود", "direction": "auto"},
        "1/102": {"kind": "data", "text": "1"},
    }
    assert resolve(outline, {"frl_title": {"text": "x", "direction": "rtl"}})["1/102"]["text"] == "1"
    assert resolve(outline, {"on": False}) == {"1/103": {"kind": "data", "text": "0"}}
    assert resolve(outline, {"Intro/on": "yes"}) == {"1/103": {"kind": "data", "text": "1"}}
    assert resolve(outline, {"layout": "Left"}) == {"1/104": {"kind": "data", "text": "1"}}
    assert resolve(outline, {"photo": "/a/b.png"})["1/105"] == {
        "kind": "image", "path": "/a/b.png", "fit": "cover", "focus": [0.5, 0.5],
    }  # fmt: skip
    assert resolve(outline, {"card": "#abcdef"}) == {"1/106": {"kind": "color", "value": "#ABCDEF"}}
    assert resolve(outline, {"tint": "#0A0B0C"}) == {"1/107": {"kind": "data", "text": "10,11,12,255"}}
    assert resolve(outline, {"accent": "#FF000080"}) == {"2/108": {"kind": "data", "text": "255,0,0,128"}}
    assert resolve(outline, {"title": None, "accent": None}) == {}


def test_a_key_that_scenes_share_means_all_of_them_or_the_one_named(sketch: Sketch) -> None:
    sketch.comp("One", sketch.layer("frl_title", text="1"))
    sketch.comp("Two", sketch.layer("frl_title", text="2"))
    outline = sketch.read()
    assert set(resolve(outline, {"title": "x"})) == {"1/101", "2/102"}
    assert set(resolve(outline, {"Two/title": "x"})) == {"2/102"}
    assert set(resolve(outline, {"title": "x"}, scene="One")) == {"1/101"}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"titel": "x"}, "did you mean “title”"),
        ({"nothing like it": "x"}, "There is no element “nothing like it”; it has"),
        ({"title": 5}, "takes a text"),
        ({"on": "perhaps"}, "switched on or off"),
        ({"accent": "red"}, "takes a colour such as"),
        ({"photo": ""}, "takes a file"),
    ],
)
def test_wrong_values_are_told(sketch: Sketch, values: dict[str, object], words: str) -> None:
    sketch.comp(
        "Intro",
        sketch.layer("frl_title", text="a"),
        sketch.layer("frd_on", text="1"),
        sketch.layer("frl_photo", "image"),
    )
    sketch.comp("frshare", sketch.layer("accent", text="0,0,0,255"))
    with pytest.raises(InvalidInput) as caught:
        resolve(sketch.read(), values)
    assert words in caught.value.message
    assert caught.value.field == next(iter(values))


def test_of_many_keys_it_says_how_many_more_there_are(sketch: Sketch) -> None:
    sketch.comp("Intro", *[sketch.layer(f"frl_line{number}", text="a") for number in range(11)])
    with pytest.raises(InvalidInput, match=r"“line7” and 3 more; `flatrender scan` lists them all"):
        resolve(sketch.read(), {"zzz": "x"})


def test_layers_around_the_scenes_of_an_assembly_are_told(sketch: Sketch) -> None:
    opening = sketch.comp("Opening", sketch.layer("frl_title", text="a"))
    wrapped = sketch.comp("Wrapper", sketch.nested(opening))
    dust = sketch.comp("Dust", sketch.layer("grain", "solid"))
    hidden, guide = sketch.layer("old", "image", enabled=False), sketch.layer("lines", "shape", guide=True)
    layers = (sketch.nested(dust, "Grain"), hidden, sketch.nested(wrapped), guide, sketch.layer("Paper", "solid"))
    sketch.comp("flatrender", *layers, sketch.layer("rig", "null"))
    report = ProjectReport("film.aep", "0" * 32, "26.0", tuple(sketch.compositions))
    assert assembly.around(report) == ("Grain", "Paper")
    assert "shows “Grain”, “Paper” around its scenes" in (assembly.warning(report) or "")


def test_an_assembly_of_scenes_alone_needs_no_words(sketch: Sketch) -> None:
    opening = sketch.comp("Opening", sketch.layer("frl_title", text="a"))
    sketch.comp("flatrender", sketch.nested(opening))
    report = ProjectReport("film.aep", "0" * 32, "26.0", tuple(sketch.compositions))
    assert assembly.warning(report) is None
    assert assembly.around(ProjectReport("film.aep", "0" * 32, "26.0", ())) == ()


def test_names_for_people() -> None:
    assert [people_name(key) for key in ("title", "main_title2", "logoImage", "URL", "عنوان", "c-t")] == [
        "Title", "Main title 2", "Logo image", "URL", "عنوان", "C t",
    ]  # fmt: skip
    assert comment_options("x\noptions: a=First, b") == (("a", "First"), ("b", "B"))


def test_comments_name_things(sketch: Sketch) -> None:
    sketch.comp("intro_1", sketch.layer("frl_t", text="a", comment="Big headline\nfor the opening"), comment="Opening")
    (scene,) = sketch.read().scenes
    assert (scene.key, scene.name, scene.elements[0].name) == ("intro_1", "Opening", "Big headline")


def test_colour_texts() -> None:
    assert color_text("253,226,228,255") == "#FDE2E4"
    assert color_text(" 0, 0,0 ") == "#000000"
    assert color_text("256,0,0,255") is None
    assert color_text("word") is None
    assert rgba_text("#FDE2E4") == "253,226,228,255"
    assert color_text(rgba_text("#123456")) == "#123456"


def test_directions() -> None:
    assert direction_of("hello سلام", None) == "ltr"
    assert direction_of("۱۲۳ سلام hello", None) == "rtl"
    assert direction_of("123", "rtl") == "rtl"
    assert direction_of("PlayStation آمد", "rtl") == "rtl"
    assert direction_of("PlayStation آمد", "ltr") == "ltr"


def test_it_loads_nothing_heavy() -> None:
    code = (
        "import sys; import flatrender.templates.convention;"
        "heavy = {'py_aep', 'PIL', 'numpy', 'uharfbuzz', 'quickjs', 'sqlmodel', 'reflex'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = run([sys.executable, "-c", code], limits=Limits(wall_seconds=60))
    assert done.returncode == 0, done.stderr.decode()
