"""The demo templates: what their scripts promise holds in the files they write and in the pictures drawn of them."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path

import numpy as np
import py_aep
import pytest
from PIL import Image
from py_aep import KeyframeInterpolationType, Property, PropertyGroup

from flatrender.aftereffects.client import EngineClient
from flatrender.templates import convention
from flatrender.templates.demos import DEMOS, DemoTemplate, build_all, words
from flatrender.templates.demos.fonts import add_fonts, used_fonts
from flatrender.templates.demos.motion import SETTLE, Key, animate

SLUGS = [demo.slug for demo in DEMOS]


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every demo, built once."""
    built = build_all(tmp_path_factory.mktemp("demos"), None)
    return {folder.name: folder for folder in built}


@pytest.fixture(scope="module")
def engine() -> EngineClient:
    client = EngineClient()
    yield client
    client.close()


@pytest.fixture(params=SLUGS)
def demo(request: pytest.FixtureRequest) -> DemoTemplate:
    return next(found for found in DEMOS if found.slug == request.param)


@cache
def _opened(file: Path) -> py_aep.Project:
    return py_aep.parse(file, platform="windows").project


def _project(bundles: dict[str, Path], demo: DemoTemplate) -> py_aep.Project:
    return _opened(bundles[demo.slug] / f"{demo.slug}.aep")


def _properties(group: PropertyGroup) -> list[Property]:
    found: list[Property] = []
    for child in group:
        found.extend(_properties(child) if isinstance(child, PropertyGroup) else [child])
    return found


def test_there_are_five_and_they_cover_the_formats() -> None:
    assert len(DEMOS) >= 5
    assert len(set(SLUGS)) == len(SLUGS)
    assert {"16:9", "9:16", "4:5"} <= {demo.aspect for demo in DEMOS}
    assert {"fixed", "flexible"} == {demo.kind for demo in DEMOS}
    assert {"16:9", "9:16"} <= {demo.aspect for demo in DEMOS if demo.kind == "flexible" and "promo" in demo.tags}
    assert any(demo.category == "Persian" for demo in DEMOS)


def test_words_are_there_in_both_languages(demo: DemoTemplate) -> None:
    assert all((demo.name, demo.name_fa, demo.description, demo.description_fa, demo.category, demo.tags))
    assert all(any("\u0600" <= sign <= "\u06ff" for sign in text) for text in (demo.name_fa, demo.description_fa))
    assert all(preset.name and preset.name_fa for preset in demo.presets)


def _files(folder: Path) -> dict[Path, Path]:
    return {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}


def test_two_builds_are_the_same_bytes(bundles: dict[str, Path], tmp_path: Path) -> None:
    again = build_all(tmp_path / "some" / "where" / "else", None)
    for folder in again:
        first, second = _files(bundles[folder.name]), _files(folder)
        assert first.keys() == second.keys()
        for name, path in first.items():
            assert path.read_bytes() == second[name].read_bytes(), f"{folder.name}/{name}"


def test_no_path_of_this_machine_is_inside(bundles: dict[str, Path], demo: DemoTemplate) -> None:
    data = (bundles[demo.slug] / f"{demo.slug}.aep").read_bytes()
    assert str(bundles[demo.slug].parent).encode() not in data
    files = [str(footage.file) for footage in _project(bundles, demo).footages]
    assert all(file.startswith(f"C:\\FlatRender\\{demo.slug}\\images\\") for file in files)
    assert all((bundles[demo.slug] / "images" / file.rsplit("\\", 1)[-1]).is_file() for file in files)


def test_every_demo_moves_with_ease_and_in_turn(bundles: dict[str, Path], demo: DemoTemplate) -> None:
    bezier = KeyframeInterpolationType.BEZIER
    starts: set[float] = set()
    layers: set[tuple[str, str]] = set()
    for comp in _project(bundles, demo).compositions:
        for layer in comp.layers:
            for prop in _properties(layer):
                keys = prop.keyframes
                if len(keys) < 2:
                    continue
                assert all(key.in_interpolation_type == bezier for key in keys[1:]), f"{layer.name}: {prop.match_name}"
                eases = [ease for key in keys[1:] for ease in key.in_temporal_ease]
                if any(ease.influence > 40 for ease in eases):
                    starts.add(round(keys[0].time, 3))
                    layers.add((comp.name, layer.name))
    assert len(layers) >= 5
    assert len(starts) >= 5, "movements begin one after another"


def test_every_demo_has_a_matte_and_a_picture(bundles: dict[str, Path], demo: DemoTemplate) -> None:
    layers = [layer for comp in _project(bundles, demo).compositions for layer in comp.layers]
    matted = [layer for layer in layers if getattr(layer, "has_track_matte", False)]
    assert matted
    assert all(not layer.track_matte_layer.enabled for layer in matted)
    assert any(layer.name in {"frl_logo", "frl_photo", "frl_product"} for layer in layers)


def test_the_convention_finds_scenes_elements_and_colors(
    bundles: dict[str, Path], engine: EngineClient, demo: DemoTemplate
) -> None:
    outline = convention.read(engine.scan(bundles[demo.slug]))
    assert outline.kind == demo.kind
    assert outline.final_composition_id is not None
    assert len(outline.scenes) == (1 if demo.kind == "fixed" else 4 if "desert" in demo.slug else 3)
    for scene in outline.scenes:
        kinds = [element.kind for element in scene.elements]
        assert "text" in kinds
        assert all(element.default for element in scene.elements)
    every = [element for _, element in outline.elements()]
    assert any(element.kind == "image" for element in every)
    assert any(element.kind == "toggle" for element in every)
    assert {color.key: color.value for color in outline.shared_colors} == demo.default_colors
    # The one scene of a fixed template has no name of its own.
    parts = (*(outline.scenes if demo.kind == "flexible" else ()), *every, *outline.shared_colors)
    assert [part.name for part in parts if not words.both(part.name)] == [], "named in both languages"
    if "Persian" in demo.category:
        texts = [element for element in every if element.kind == "text" and element.key != "url"]
        assert all(element.direction == "rtl" for element in texts)


def test_presets_name_every_shared_color(demo: DemoTemplate) -> None:
    assert len(demo.presets) >= 2
    for preset in demo.presets:
        assert preset.colors.keys() == demo.default_colors.keys()
        assert all(len(color) == 7 and int(color[1:], 16) >= 0 for color in preset.colors.values())
    assert len({json.dumps(preset.colors) for preset in demo.presets}) == len(demo.presets)


def test_only_the_two_font_families_are_used(bundles: dict[str, Path], demo: DemoTemplate) -> None:
    fonts = used_fonts(bundles[demo.slug])
    assert fonts
    assert all(font.startswith(("Inter-", "Vazirmatn-")) for font in fonts)


def _picture(
    engine: EngineClient, bundle: Path, comp: str, frames: list[int], choices: dict[str, object] | None = None
) -> list[np.ndarray]:
    """Frames of a composition as float RGBA, quarter size, with values by element or shared colour."""
    report = engine.scan(bundle)
    values = convention.resolve(convention.read(report), choices or {})
    found = next(item for item in report.compositions if item.name == comp)
    pictures = engine.snapshot(bundle, found.id, frames, values, width=480)
    return [np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"), np.float32) / 255 for data in pictures]


def _difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).mean())


def test_the_cover_is_a_picture_and_follows_text_color_and_image(
    bundles: dict[str, Path], engine: EngineClient, demo: DemoTemplate, tmp_path: Path
) -> None:
    bundle, comp, at = bundles[demo.slug], demo.cover_composition, demo.cover_frame
    plain = _picture(engine, bundle, comp, [at])[0]
    assert plain[..., 3].max() > 0.9
    assert plain[..., :3][plain[..., 3] > 0.9].std() > 0.05, "not one flat colour"
    scene = next(
        scene
        for scene in convention.read(engine.scan(bundle)).scenes
        if scene.composition_id == next(c.id for c in engine.scan(bundle).compositions if c.name == comp)
    )
    prefix = "" if demo.kind == "fixed" else f"{scene.key}/"
    by_kind = {element.kind: element.key for element in scene.elements if element.key not in ("call", "brand")}
    text = _picture(engine, bundle, comp, [at], {f"{prefix}{by_kind['text']}": "Changed"})[0]
    assert _difference(plain, text) > 0.0002
    color = _picture(engine, bundle, comp, [at], dict(demo.presets[1].colors))[0]
    assert _difference(plain, color) > 0.002
    if "image" in by_kind:
        other = tmp_path / "other.png"
        Image.new("RGB", (300, 300), "#00FF00").save(other)
        value = {"path": str(other), "fit": "cover", "focus": [0.5, 0.5]}
        changed = _picture(engine, bundle, comp, [at], {f"{prefix}{by_kind['image']}": value})[0]
        assert _difference(plain, changed) > 0.0005


def test_every_film_ends_at_rest(bundles: dict[str, Path], engine: EngineClient, demo: DemoTemplate) -> None:
    name = "frfinal" if demo.kind == "fixed" else "flatrender"
    found = next(item for item in engine.scan(bundles[demo.slug]).compositions if item.name == name)
    last = found.frames - 1
    before, end = _picture(engine, bundles[demo.slug], name, [last - 3, last])
    assert _difference(before, end) < 0.004, "nothing is cut off in the middle of a movement"


def test_eases_are_stored_as_speed_and_influence() -> None:
    project = py_aep.new("26.0x67", platform="windows").project
    comp = project.root_folder.add_comp("comp", 100, 100, 1.0, 2.0, 25.0)
    layer = comp.add_shape()
    opacity = layer.transform.property("ADBE Opacity")
    animate(opacity, 25.0, Key(0.2, 0), Key(1.2, 100, SETTLE))
    first, second = opacity.keyframes
    assert first.out_temporal_ease[0].influence == pytest.approx(16)
    assert first.out_temporal_ease[0].speed == pytest.approx(625)
    assert second.in_temporal_ease[0].influence == pytest.approx(70)
    assert second.in_temporal_ease[0].speed == pytest.approx(0)
    middle = opacity.value_at_time(0.4)
    assert isinstance(middle, float)
    assert middle > 60, "most of the way is made early"


def test_used_fonts_travel_with_the_bundle(tmp_path: Path) -> None:
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    fonts = tmp_path / "fonts"
    fonts.mkdir()
    for name in ("Inter-ExtraBold", "Inter-Medium", "Inter-Black"):
        font = FontBuilder(1000, isTTF=True)
        font.setupGlyphOrder([".notdef"])
        font.setupCharacterMap({})
        font.setupGlyf({".notdef": TTGlyphPen(None).glyph()})
        font.setupHorizontalMetrics({".notdef": (500, 0)})
        font.setupHorizontalHeader()
        font.setupNameTable({"familyName": "Inter", "styleName": name, "psName": name})
        font.setupPost()
        font.save(fonts / f"any name of {name}.ttf")
    lower_third = next(demo for demo in DEMOS if demo.slug == "clean-lower-third")
    bundle = lower_third.build(tmp_path / "out")
    missing = add_fonts(bundle, fonts)
    assert sorted(path.name for path in (bundle / "fonts").iterdir()) == ["Inter-ExtraBold.ttf", "Inter-Medium.ttf"]
    assert missing == ["Inter-Bold", "Inter-Regular"]


def test_long_texts_in_one_line_shrink(bundles: dict[str, Path], engine: EngineClient) -> None:
    long = {"name": "A name that is much longer than any name on a screen should be"}
    picture = _picture(engine, bundles["clean-lower-third"], "frfinal", [60], long)[0]
    bar_end = round(1000 / 1920 * 480)
    assert picture[150:, bar_end + 8 :, 3].max() == 0, "nothing hangs over the end of the bar"
