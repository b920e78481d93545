"""Finding fonts: names, weights, substitutes, broken files; and fonts out of packages."""

import shutil
import sys
from pathlib import Path

import pytest

from flatrender.aftereffects.text import FontLibrary, packaged
from flatrender.aftereffects.text.faces import faces_in, normal, style_of
from flatrender.aftereffects.text.packaged import _kept, _parsed, font_files, install_fonts, package_dirs
from flatrender.core.errors import InvalidInput, Unavailable
from tests.aftereffects.text.library import packaged_fonts
from tests.fonts import square_font


@pytest.mark.parametrize(
    ("name", "weight", "italic"),
    [
        ("SemiBold Italic", 600, True),
        ("Inter-ExtraLight", 200, False),
        ("Vazirmatn-Bold", 700, False),
        ("Montserrat-BlackItalic", 900, True),
        ("Arial-BoldItalicMT", 700, True),
        ("Roboto-BoldIt", 700, True),
        ("Regular", 400, False),
        ("", 400, False),
    ],
)
def test_styles_by_name(name: str, weight: int, italic: bool) -> None:
    assert style_of(name) == (weight, italic)


def test_a_plain_installation_has_a_latin_and_a_persian_font() -> None:
    fonts = packaged_fonts()
    for character in "Aé ", "پچژگک۱۲۳،؟", "אב":
        for letter in character.strip():
            font = fonts.fallback(letter)
            assert font is not None, letter
            assert font.covers(ord(letter))


@pytest.mark.parametrize("weight", [100, 600, 900])
def test_a_sign_of_one_weight_alone_is_drawn_at_every_weight(tmp_path: Path, weight: int) -> None:
    """As with DejaVu: its bold and light faces have less signs than the regular one."""
    for own, letters in ((100, "a"), (400, "a漢"), (700, "ab"), (900, "a")):
        (tmp_path / f"{own}.ttf").write_bytes(square_font("Squares", letters, weight=own))
    found = FontLibrary([tmp_path], system=False).fallback("漢", weight)
    assert found is not None
    assert found.face.weight == 400


def test_named_instances_of_variable_fonts() -> None:
    bold = packaged_fonts().find("Inter-Bold")
    assert bold is not None
    assert (bold.family, bold.weight, bold.italic) == ("Inter", 700, False)
    slanted = packaged_fonts().find("Inter-SemiBoldItalic")
    assert slanted is not None
    assert (slanted.weight, slanted.italic) == (600, True)


def test_family_and_style() -> None:
    found = packaged_fonts().find("", "Noto Sans Arabic", "Bold")
    assert found is not None
    assert found.weight == 700
    assert packaged_fonts().find("inter semibold") is not None
    assert packaged_fonts().find("Inter") is not None


def test_a_missing_font_gets_a_stated_substitute_of_its_weight() -> None:
    font, substitution = packaged_fonts().resolve("Gotham-BlackItalic")
    assert (font.face.family, font.face.weight, font.face.italic) == ("Inter", 900, True)
    assert substitution is not None
    assert (substitution.requested, substitution.used) == ("Gotham-BlackItalic", "Inter-BlackItalic")


def test_a_missing_weight_comes_from_the_family_itself() -> None:
    font, substitution = packaged_fonts().resolve("Inter-Heavy")
    assert (font.face.family, font.face.weight) == ("Inter", 900)
    assert substitution is not None


def test_a_found_font_is_no_substitution() -> None:
    assert packaged_fonts().resolve("Inter-Bold")[1] is None


def test_characters_that_no_font_has() -> None:
    font, _ = packaged_fonts().resolve("Inter-Bold")
    assert packaged_fonts().undrawable("Hello سلام\r\u200cשלום", font) == ""
    assert packaged_fonts().undrawable("a日本日", font) == "日本"


def test_bundle_fonts_come_first(tmp_path: Path) -> None:
    (file,) = [path for folder in package_dirs() for path in font_files(folder) if path.name.startswith("Inter[")]
    shutil.copy(file, tmp_path / "anything.ttf")
    found = FontLibrary([tmp_path], system=False).find("Inter-Bold")
    assert found is not None
    assert found.path == str(tmp_path / "anything.ttf")


def test_broken_font_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"\x00\x01\x00\x00" + b"\xff" * 200)
    (tmp_path / "empty.otf").write_bytes(b"")
    (tmp_path / "text.ttf").write_text("no font")
    assert [faces_in(path) for path in font_files(tmp_path)] == [(), (), ()]
    assert FontLibrary([tmp_path], system=False).find("Inter-Bold") is not None


def test_names_are_compared_without_case_and_separators() -> None:
    assert normal("Inter Semi-Bold") == normal("inter_SemiBold")


def test_font_packages_are_named_exactly() -> None:
    assert _parsed("@fontsource/inter@5.3.0") == ("@fontsource/inter", "5.3.0")
    assert _parsed("@fontsource/vazirmatn") == ("@fontsource/vazirmatn", None)
    for wrong in ("left-pad", "@fontsource/../x", "@fontsource/inter@latest && true", "--help"):
        with pytest.raises(InvalidInput):
            _parsed(wrong)


def test_installed_fonts_are_not_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "Vazirmatn-Bold.ttf").write_bytes(b"font")
    (tmp_path / ".vazirmatn.json").write_text('{"version": "5.3.0", "files": ["Vazirmatn-Bold.ttf"]}')
    assert install_fonts(tmp_path, ["@fontsource/vazirmatn@5.3.0"]) == [tmp_path / "Vazirmatn-Bold.ttf"]
    assert _kept(tmp_path, "@fontsource/vazirmatn", "5.4.0") == []
    (tmp_path / "Vazirmatn-Bold.ttf").unlink()
    assert _kept(tmp_path, "@fontsource/vazirmatn", "5.3.0") == []


@pytest.fixture(scope="module")
def web_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package as `@fontsource` makes them: Demo Sans, bold, in two Unicode subsets."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    (source,) = [path for folder in package_dirs() for path in font_files(folder) if "Hebrew" in path.name]
    package = tmp_path_factory.mktemp("npm") / "demo"
    (package / "files").mkdir(parents=True)
    (package / "metadata.json").write_text('{"family": "Demo Sans"}')
    (package / "package.json").write_text('{"version": "1.2.3"}')
    for subset, letters in (("hebrew", "שלום"), ("latin", "0123")):
        font = instantiateVariableFont(TTFont(source), {"wght": 700, "wdth": 100})
        subsetter = Subsetter(Options())
        subsetter.populate(text=letters)
        subsetter.subset(font)
        font.flavor = "woff2"
        font.save(package / "files" / f"demo-{subset}-700-normal.woff2")
    return package


def fake_npm(folder: Path, lines: str) -> list[str]:
    """A command in npm's place."""
    script = folder / "npm.py"
    script.write_text(f"import shutil, sys\n{lines}\n")
    return [sys.executable, str(script)]


def test_web_fonts_become_one_sfnt_per_weight(
    web_package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The subsets of a family are joined, and the names are those that After Effects writes."""
    copy = f'shutil.copytree({str(web_package)!r}, "node_modules/@fontsource/demo")'
    monkeypatch.setattr(packaged, "find_npm", lambda: fake_npm(tmp_path, copy))
    out = tmp_path / "fonts"
    (file,) = install_fonts(out, ["@fontsource/demo@1.2.3"])
    assert file == out / "DemoSans-Bold.ttf"
    (face,) = faces_in(file)
    assert (face.postscript_name, face.family, face.style, face.weight) == ("DemoSans-Bold", "Demo Sans", "Bold", 700)
    font, substitution = FontLibrary([out], packages=False, system=False).resolve("DemoSans-Bold")
    assert substitution is None
    assert all(font.covers(ord(letter)) for letter in "שלום0123")
    # Nothing is left of the work, and the next call finds the file.
    assert sorted(path.name for path in out.iterdir()) == [".demo.json", "DemoSans-Bold.ttf"]
    monkeypatch.setattr(packaged, "find_npm", lambda: fake_npm(tmp_path, "sys.exit('must not run')"))
    assert install_fonts(out, ["@fontsource/demo@1.2.3"]) == [file]
    assert install_fonts(out, ["@fontsource/demo"], styles=("Bold",)) == [file]


def test_a_part_of_a_font_keeps_its_features_and_their_glyphs() -> None:
    """A slashed zero and joined fractions are in no list of usual features."""
    import uharfbuzz as hb

    (inter, *_) = [path for folder in package_dirs() for path in font_files(folder) if path.name.startswith("Inter")]

    def shaped(font: bytes, **features: bool) -> list[str]:
        made, letters = hb.Font(hb.Face(font)), hb.Buffer()
        letters.add_str("0")
        letters.guess_segment_properties()
        hb.shape(made, letters, features)
        return [made.glyph_to_string(info.codepoint) for info in letters.glyph_infos]

    whole = inter.read_bytes()
    part = packaged._subset(whole, {ord("0")})
    assert len(part) < len(whole) / 4
    assert shaped(part) == shaped(whole) != shaped(part, zero=True) == shaped(whole, zero=True)
    assert len(hb.Face(part).unicodes) == 1


def test_fonts_that_cannot_be_fetched_are_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "sys.exit('npm warn something\\nnpm error network request failed')"
    monkeypatch.setattr(packaged, "find_npm", lambda: fake_npm(tmp_path, lines))
    with pytest.raises(Unavailable, match="network request failed"):
        install_fonts(tmp_path / "fonts", ["@fontsource/demo"])
    assert list((tmp_path / "fonts").iterdir()) == []
    monkeypatch.setattr(packaged, "find_npm", lambda: fake_npm(tmp_path, "pass"))
    with pytest.raises(Unavailable, match="without fonts"):
        install_fonts(tmp_path / "fonts", ["@fontsource/demo"])
